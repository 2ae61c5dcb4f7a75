using System.Runtime.InteropServices.Marshalling;
using static TorchSharp.torch;

namespace TorchSharp.Interop;

/// <summary>
/// Tensors across the border: handles in, alive until the call is over and never null; new handles out, an exception
/// for null.
/// </summary>
[CustomMarshaller(typeof(Tensor), MarshalMode.ManagedToUnmanagedIn, typeof(In))]
[CustomMarshaller(typeof(Tensor), MarshalMode.ManagedToUnmanagedOut, typeof(Out))]
internal static class TensorMarshaller
{
    internal struct In
    {
        private Tensor? _tensor;

        public void FromManaged(Tensor managed)
        {
            ArgumentNullException.ThrowIfNull(managed, "tensor");
            _tensor = managed;
        }

        public readonly nint ToUnmanaged() => _tensor!.Handle;

        /// <summary>Without this the finalizer could free the native tensor while the call still uses it.</summary>
        public readonly void OnInvoked() => GC.KeepAlive(_tensor);

        public readonly void Free()
        {
        }
    }

    internal static class Out
    {
        public static Tensor ConvertToManaged(nint unmanaged) => Native.Take(unmanaged);
    }
}

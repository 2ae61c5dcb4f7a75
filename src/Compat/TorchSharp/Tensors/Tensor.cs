using System.Runtime.InteropServices.Marshalling;
using TorchSharp.Interop;

namespace TorchSharp;

public static partial class torch
{
    /// <summary>
    /// An array of numbers in libtorch's memory. It belongs to the dispose scope in which it was made; outside scopes the
    /// user disposes it, and the finalizer does what was forgotten.
    /// </summary>
    [NativeMarshalling(typeof(TensorMarshaller))]
    public partial class Tensor : IDisposable
    {
        private static long s_total;
        private static long s_peak;

        private nint _handle;

        /// <summary>Takes over a native tensor and puts it into the current scope.</summary>
        internal Tensor(IntPtr handle)
        {
            _handle = handle;
            long total = Interlocked.Increment(ref s_total);
            if (total > Volatile.Read(ref s_peak))
                Volatile.Write(ref s_peak, total);
            OwningDisposeScope = DisposeScopeManager.Register(this);
        }

        ~Tensor() => Dispose(false);

        /// <summary>Tensors that are alive in the whole process.</summary>
        public static long TotalCount => Volatile.Read(ref s_total);

        public static long PeakCount => Volatile.Read(ref s_peak);

        /// <summary>Address of the native tensor, an at::Tensor on the heap.</summary>
        public IntPtr Handle => _handle != 0 ? _handle : throw new InvalidOperationException("The tensor was disposed.");

        public bool IsInvalid => _handle == 0;

        public string? name { get; set; }

        internal DisposeScope? OwningDisposeScope { get; set; }

        /// <summary>Wraps a native tensor that other native code made, and owns it from then on.</summary>
        public static Tensor UnsafeCreateTensor(IntPtr handle) => new(handle);

        /// <summary>Gives the native tensor away: this object is as good as disposed, nothing is freed.</summary>
        public IntPtr DecoupleFromNativeHandle()
        {
            nint handle = Handle;
            _handle = 0;
            Uncount(disposing: true);
            return handle;
        }

        public void Dispose()
        {
            Dispose(true);
            GC.SuppressFinalize(this);
        }

        public torch.Tensor MoveToOuterDisposeScope()
        {
            OwningDisposeScope?.MoveToOuter(this);
            return this;
        }

        public torch.Tensor DetachFromDisposeScope()
        {
            OwningDisposeScope?.Detach(this);
            return this;
        }

        public torch.Tensor MoveToOtherDisposeScope(torch.Tensor other)
            => MoveToOtherDisposeScope(other.OwningDisposeScope);

        public torch.Tensor MoveToOtherDisposeScope(DisposeScope? other)
        {
            if (OwningDisposeScope is { } owner)
                owner.MoveToOther(other, this);
            else
                other?.Attach(this);
            return this;
        }

        public override bool Equals(object? obj) => ReferenceEquals(this, obj);

        public override int GetHashCode() => base.GetHashCode();

        protected virtual void Dispose(bool disposing)
        {
            nint handle = Interlocked.Exchange(ref _handle, 0);
            if (handle == 0)
                return;
            Native.release(handle);
            Uncount(disposing);
        }

        private void Uncount(bool disposing)
        {
            Interlocked.Decrement(ref s_total);
            // The finalizer runs on a thread of its own: its statistics and the scope's set are not to be touched there.
            if (!disposing)
                return;
            if (OwningDisposeScope is { } scope)
                scope.MarkAsDisposed(this);
            else
                DisposeScopeManager.Statistics.TensorStatistics.DisposedOutsideScopeCount++;
        }

        /// <summary>This very object, as in-place operations return it.</summary>
        private Tensor Done(int status)
        {
            Native.Check(status);
            return this;
        }
    }
}

using System.Runtime.InteropServices;
using TorchSharp;
using static TorchSharp.torch;

namespace Glide.Devices;

/// <summary>libglide_cuda: what TorchSharp's interface lacks of CUDA, over the same libtorch. It may be missing.</summary>
internal static partial class CudaLibrary
{
    private const string Name = "glide_cuda";

    private static readonly Lazy<bool> s_isThere =
        new(() => NativeLibrary.TryLoad(Name, typeof(CudaLibrary).Assembly, DllImportSearchPath.AssemblyDirectory, out _));

    /// <summary>Whether it is there for tensors on this device.</summary>
    public static bool Serves(Device device) => device.type == DeviceType.CUDA && s_isThere.Value;

    /// <summary>The most memory that libtorch held on a GPU since the last call, for tensors and in reserve, in bytes; <c>null</c> where nobody knows.</summary>
    public static long? TakePeakBytes(Device device) => Serves(device) && glide_cuda_peak(device.index) is >= 0 and long bytes ? bytes : null;

    /// <summary>A tensor in page-locked memory as a new one on a GPU, copied beside its work; <c>null</c> if it cannot be.</summary>
    public static Tensor? CopyAhead(Tensor locked, Device device)
    {
        nint copy = Serves(device) ? glide_copy_ahead(locked.Handle, device.index) : 0;
        return copy == 0 ? null : Tensor.UnsafeCreateTensor(copy);
    }

    [LibraryImport(Name)]
    internal static partial nint glide_graph_begin(int device);

    [LibraryImport(Name)]
    internal static partial int glide_graph_end(nint recording);

    [LibraryImport(Name)]
    internal static partial int glide_graph_replay(nint recording);

    [LibraryImport(Name)]
    internal static partial void glide_graph_release(nint recording);

    [LibraryImport(Name)]
    private static partial nint glide_copy_ahead(nint host, int device);

    [LibraryImport(Name)]
    private static partial long glide_cuda_peak(int device);
}

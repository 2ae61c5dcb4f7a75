using System.Runtime.InteropServices;
using TorchSharp;
using static TorchSharp.torch;

namespace Glide.Models;

/// <summary>Work of a GPU in a CUDA graph, by way of libglide_cuda; where that library is missing, nothing can be recorded.</summary>
internal sealed partial class CudaGraph : IRecording
{
    private const string Library = "glide_cuda";

    private static readonly Lazy<bool> s_isThere =
        new(() => NativeLibrary.TryLoad(Library, typeof(CudaGraph).Assembly, DllImportSearchPath.AssemblyDirectory, out _));

    private nint _recording;

    private CudaGraph(nint recording) => _recording = recording;

    /// <summary>Records what <paramref name="work"/> tells a device, without doing it.</summary>
    /// <returns><c>null</c> where the device, libtorch or the work does not allow it.</returns>
    public static CudaGraph? Record(Device device, Action work)
    {
        if (device.type != DeviceType.CUDA || !s_isThere.Value)
            return null;
        nint recording = Begin(device.index);
        if (recording == 0)
            return null;
        var graph = new CudaGraph(recording);
        try
        {
            work();
            if (End(recording) == 0)
                return graph;
        }
        catch (ExternalException)
        {
            // The work waits for the device somewhere, which no recording allows: it is done step by step instead.
        }
        graph.Dispose();
        return null;
    }

    /// <summary>The most memory that tensors held on a GPU since the last call, in bytes; <c>null</c> where nobody knows.</summary>
    public static long? TakePeakBytes(Device device) => s_isThere.Value && Peak(device.index) is >= 0 and long bytes ? bytes : null;

    /// <inheritdoc/>
    public void Replay()
    {
        ObjectDisposedException.ThrowIf(_recording == 0, this);
        if (Replay(_recording) != 0)
            throw new InvalidOperationException("A CUDA graph could not be started.");
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        if (_recording != 0)
            Release(_recording);
        _recording = 0;
    }

    [LibraryImport(Library, EntryPoint = "glide_graph_begin")]
    private static partial nint Begin(int device);

    [LibraryImport(Library, EntryPoint = "glide_graph_end")]
    private static partial int End(nint recording);

    [LibraryImport(Library, EntryPoint = "glide_graph_replay")]
    private static partial int Replay(nint recording);

    [LibraryImport(Library, EntryPoint = "glide_graph_release")]
    private static partial void Release(nint recording);

    [LibraryImport(Library, EntryPoint = "glide_cuda_peak")]
    private static partial long Peak(int device);
}

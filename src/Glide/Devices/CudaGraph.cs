using System.Runtime.InteropServices;
using static TorchSharp.torch;

namespace Glide.Devices;

/// <summary>Work of a GPU in a CUDA graph, by way of libglide_cuda, without which nothing can be recorded.</summary>
internal sealed class CudaGraph : IRecording
{
    private readonly CudaLibrary _library;
    private nint _recording;

    private CudaGraph(CudaLibrary library, nint recording)
    {
        _library = library;
        _recording = recording;
    }

    /// <summary>Records what <paramref name="work"/> tells a device, without doing it.</summary>
    /// <returns><c>null</c> where the device, libtorch or the work does not allow it.</returns>
    public static CudaGraph? Record(Device device, Action work) => Record(CudaLibrary.For(device), device.index, work);

    /// <summary>Records what <paramref name="work"/> tells a GPU, without doing it.</summary>
    /// <param name="library">What records; <c>null</c> for nothing.</param>
    /// <param name="index">The GPU's number, or -1 for the current one.</param>
    /// <param name="work">What is to be recorded.</param>
    /// <returns><c>null</c> where it cannot be.</returns>
    public static CudaGraph? Record(CudaLibrary? library, int index, Action work)
    {
        nint recording = library?.BeginGraph(index) ?? 0;
        if (recording == 0)
            return null;
        var graph = new CudaGraph(library!, recording);
        bool isRecorded = false;
        try
        {
            work();
            isRecorded = library!.EndGraph(recording);
        }
        catch (ExternalException)
        {
            // The work waits for the device somewhere, which no recording allows: it is done step by step instead.
        }
        finally
        {
            // Whatever went wrong, the thread must not go on recording.
            if (!isRecorded)
                graph.Dispose();
        }
        return isRecorded ? graph : null;
    }

    /// <inheritdoc/>
    public void Replay()
    {
        ObjectDisposedException.ThrowIf(_recording == 0, this);
        if (!_library.ReplayGraph(_recording))
            throw new InvalidOperationException("A CUDA graph could not be started.");
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        if (_recording != 0)
            _library.ReleaseGraph(_recording);
        _recording = 0;
    }
}

using System.Runtime.InteropServices;
using static TorchSharp.torch;

namespace Glide.Devices;

/// <summary>Work of a GPU in a CUDA graph, by way of libglide_cuda; where that library is missing, nothing can be recorded.</summary>
internal sealed class CudaGraph : IRecording
{
    private nint _recording;

    private CudaGraph(nint recording) => _recording = recording;

    /// <summary>Records what <paramref name="work"/> tells a device, without doing it.</summary>
    /// <returns><c>null</c> where the device, libtorch or the work does not allow it.</returns>
    public static CudaGraph? Record(Device device, Action work)
    {
        nint recording = CudaLibrary.Serves(device) ? CudaLibrary.glide_graph_begin(device.index) : 0;
        if (recording == 0)
            return null;
        var graph = new CudaGraph(recording);
        bool isRecorded = false;
        try
        {
            work();
            isRecorded = CudaLibrary.glide_graph_end(recording) == 0;
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
        if (CudaLibrary.glide_graph_replay(_recording) != 0)
            throw new InvalidOperationException("A CUDA graph could not be started.");
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        if (_recording != 0)
            CudaLibrary.glide_graph_release(_recording);
        _recording = 0;
    }
}

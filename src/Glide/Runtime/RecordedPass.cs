using System.Runtime.InteropServices;
using static TorchSharp.torch;

namespace Glide.Runtime;

/// <summary>A network pass that is recorded after a few calls and then replayed.</summary>
/// <remarks>
/// A recording holds addresses, not tensors: it reads its inputs and writes its output at fixed places. So inputs are
/// copied to one place and the output is copied from one. If recording is not possible, every pass is computed
/// normally.
/// </remarks>
internal sealed class RecordedPass : IDisposable
{
    // Libraries choose kernels and allocate memory in the first passes, which a recording must not contain.
    private const int PassesBefore = 2;

    private readonly Func<Tensor, Tensor, Tensor> _pass;
    private readonly Func<Action, IRecording?> _record;
    private int _passes;
    private IRecording? _recording;
    private Tensor? _x;
    private Tensor? _timestep;
    private Tensor? _output;

    /// <param name="pass">From noisy images and timesteps to the output of the network; all other tensors that it reads
    /// stay in place.</param>
    /// <param name="record">Records work without running it; <c>null</c> if that is not possible.</param>
    public RecordedPass(Func<Tensor, Tensor, Tensor> pass, Func<Action, IRecording?> record)
    {
        _pass = pass;
        _record = record;
    }

    /// <summary>Runs or replays the pass.</summary>
    /// <param name="x">[N, C, H, W]; the same shape in every call.</param>
    /// <param name="timestep">[N].</param>
    /// <returns>A new tensor.</returns>
    public Tensor Run(Tensor x, Tensor timestep)
    {
        if (_passes <= PassesBefore)
            _passes++;
        if (_passes <= PassesBefore)
            return _pass(x, timestep);
        if (_output is null)
            Record(x, timestep);
        if (_recording is null || !x.shape.AsSpan().SequenceEqual(_x!.shape))
            return _pass(x, timestep);
        _x.copy_(x);
        _timestep!.copy_(timestep);
        _recording.Replay();
        return _output!.clone();
    }

    public void Dispose()
    {
        _recording?.Dispose();
        _x?.Dispose();
        _timestep?.Dispose();
        _output?.Dispose();
    }

    private void Record(Tensor x, Tensor timestep)
    {
        using var scope = NewDisposeScope();
        _x = x.clone().DetachFromDisposeScope();
        _timestep = timestep.clone().DetachFromDisposeScope();
        _output = zeros_like(_pass(_x, _timestep)).DetachFromDisposeScope();
        _recording = _record(() => _output.copy_(_pass(_x, _timestep)));
    }
}

/// <summary>Recorded work of a device that can be replayed.</summary>
internal interface IRecording : IDisposable
{
    void Replay();
}

/// <summary>A CUDA graph, recorded by libglide_cuda.</summary>
internal sealed class CudaGraph : IRecording
{
    private readonly CudaLibrary _library;
    private nint _recording;

    private CudaGraph(CudaLibrary library, nint recording)
    {
        _library = library;
        _recording = recording;
    }

    /// <summary>Records <paramref name="work"/> for a device without running it.</summary>
    /// <returns><c>null</c> if the device, libtorch or the work does not support it.</returns>
    public static CudaGraph? Record(Device device, Action work) => Record(CudaLibrary.For(device), device.index, work);

    /// <summary>Records <paramref name="work"/> for a GPU without running it.</summary>
    /// <param name="library">Does the recording; <c>null</c> if it is not available.</param>
    /// <param name="index">The GPU's number, or -1 for the current one.</param>
    /// <param name="work">The work to record.</param>
    /// <returns><c>null</c> if it cannot be recorded.</returns>
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
            // The work waits for the device, which a recording does not support: it runs normally instead.
        }
        finally
        {
            // Even after a failure the thread must stop recording.
            if (!isRecorded)
                graph.Dispose();
        }
        return isRecorded ? graph : null;
    }

    public void Replay()
    {
        ObjectDisposedException.ThrowIf(_recording == 0, this);
        if (!_library.ReplayGraph(_recording))
            throw new InvalidOperationException("A CUDA graph could not be started.");
    }

    public void Dispose()
    {
        if (_recording != 0)
            _library.ReleaseGraph(_recording);
        _recording = 0;
    }
}

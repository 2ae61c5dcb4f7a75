using System.Runtime.InteropServices;
using static TorchSharp.torch;

namespace Glide.Runtime;

/// <summary>A pass of tensors to tensors that is recorded after a few calls and then replayed.</summary>
/// <remarks>
/// A recording holds addresses, not tensors: it reads its inputs and writes its outputs at fixed places. So inputs are
/// copied to one place and outputs are copied from one. If recording is not possible, and for inputs of other shapes,
/// every pass is computed normally.
/// </remarks>
internal sealed class RecordedPass : IDisposable
{
    // Libraries choose kernels and allocate memory in the first passes, which a recording must not contain.
    private const int PassesBefore = 2;

    private readonly Func<IReadOnlyList<Tensor>, IReadOnlyList<Tensor>> _pass;
    private readonly Func<Action, IRecording?> _record;
    private int _passes;
    private IRecording? _recording;
    private List<Tensor> _inputs = [];
    private List<Tensor> _outputs = [];

    /// <param name="pass">From inputs to new outputs; all other tensors that it reads or writes stay in place.</param>
    /// <param name="record">Records work without running it; <c>null</c> if that is not possible.</param>
    public RecordedPass(
        Func<IReadOnlyList<Tensor>, IReadOnlyList<Tensor>> pass, Func<Action, IRecording?> record)
    {
        _pass = pass;
        _record = record;
    }

    /// <summary>Runs or replays the pass.</summary>
    /// <param name="inputs">As many in every call.</param>
    /// <returns>New tensors.</returns>
    public IReadOnlyList<Tensor> Run(IReadOnlyList<Tensor> inputs)
    {
        if (_passes < PassesBefore)
        {
            var outputs = _pass(inputs);
            if (++_passes == PassesBefore)
                Keep(inputs, outputs);
            return outputs;
        }
        if (!inputs.Zip(_inputs).All(pair => pair.First.shape.AsSpan().SequenceEqual(pair.Second.shape)))
            return _pass(inputs);
        if (_passes == PassesBefore)
            Record();
        if (_recording is null)
            return _pass(inputs);
        foreach (var (own, given) in _inputs.Zip(inputs))
            own.copy_(given);
        _recording.Replay();
        return _outputs.ConvertAll(output => output.clone());
    }

    public void Dispose()
    {
        _recording?.Dispose();
        _inputs.ForEach(input => input.Dispose());
        _outputs.ForEach(output => output.Dispose());
    }

    private void Keep(IReadOnlyList<Tensor> inputs, IReadOnlyList<Tensor> outputs)
    {
        _inputs = [.. inputs.Select(input => empty_like(input).DetachFromDisposeScope())];
        _outputs = [.. outputs.Select(output => empty_like(output).DetachFromDisposeScope())];
    }

    private void Record()
    {
        _passes++;
        using var scope = NewDisposeScope();
        _recording = _record(() =>
        {
            foreach (var (own, made) in _outputs.Zip(_pass(_inputs)))
                own.copy_(made);
        });
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

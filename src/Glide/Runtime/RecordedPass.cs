using System.Runtime.InteropServices;
using static TorchSharp.torch;

namespace Glide.Runtime;

/// <summary>One network pass that is recorded after a few times and then done again from the recording.</summary>
/// <remarks>
/// A recording holds addresses, not tensors: it reads its inputs and writes its output where they were. So inputs are copied
/// to one place and the output is copied from one. Where nothing can be recorded, every pass is made anew.
/// </remarks>
internal sealed class RecordedPass : IDisposable
{
    // Libraries choose their kernels and take their memory in the first passes, which a recording must not contain.
    private const int PassesBefore = 2;

    private readonly Func<Tensor, Tensor, Tensor> _pass;
    private readonly Func<Action, IRecording?> _record;
    private int _passes;
    private IRecording? _recording;
    private Tensor? _x;
    private Tensor? _timestep;
    private Tensor? _output;

    /// <param name="pass">Noisy images and timesteps to what the network says of them; all else that it reads stays where it is.</param>
    /// <param name="record">Records work without doing it; <c>null</c> where that cannot be.</param>
    public RecordedPass(Func<Tensor, Tensor, Tensor> pass, Func<Action, IRecording?> record)
    {
        _pass = pass;
        _record = record;
    }

    /// <summary>Makes the pass.</summary>
    /// <param name="x">[N, C, H, W]; every time of that shape.</param>
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

    /// <inheritdoc/>
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

/// <summary>Work that a device was told once and can do again.</summary>
internal interface IRecording : IDisposable
{
    /// <summary>Does it again.</summary>
    void Replay();
}

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

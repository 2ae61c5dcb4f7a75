using static TorchSharp.torch;

namespace Glide.Devices;

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

    /// <param name="pass">Noisy pictures and timesteps to what the network says of them; all else that it reads stays where it is.</param>
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

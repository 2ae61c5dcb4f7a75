using Glide.Models.UNet;
using Glide.Tokenization;
using static TorchSharp.torch;

namespace Glide.Pipelines.Benchmarks;

/// <summary>A pass as the original makes it: every prompt goes through the text transformer each time.</summary>
internal sealed class OriginalPass : IDisposable
{
    private readonly UNetModel _network;
    private readonly Tensor _ids;     // [N, L]
    private readonly Tensor _mask;    // [N, L]

    /// <param name="network">Stays the caller's.</param>
    /// <param name="tokenizer">Turns prompts into ids.</param>
    /// <param name="prompts">One for each row of a pass; the empty ones of guidance come last.</param>
    public OriginalPass(UNetModel network, ITokenizer tokenizer, IReadOnlyList<string> prompts)
    {
        _network = network;
        var sequences = prompts.Select(prompt => tokenizer.Tokenize(prompt, network.Config.TextContext)).ToList();
        long[] shape = [prompts.Count, network.Config.TextContext];
        _ids = tensor(sequences.SelectMany(sequence => sequence.Ids).ToArray(), shape).DetachFromDisposeScope();
        _mask = tensor(sequences.SelectMany(sequence => sequence.Mask).ToArray(), shape).DetachFromDisposeScope();
    }

    /// <summary>Predicts noise and variance.</summary>
    /// <param name="input">Images, one for each prompt, or for the first of them where a step is not guided.</param>
    /// <param name="timestep">How noisy they are, [N].</param>
    /// <returns>As of <see cref="UNetModel.forward(UNetInput, Tensor, Models.Text.TextConditioning)"/>.</returns>
    public Tensor Run(UNetInput input, Tensor timestep)
    {
        using var scope = NewDisposeScope();
        long rows = input.X.shape[0];
        using var text = _network.EncodeText(_ids.narrow(0, 0, rows), _mask.narrow(0, 0, rows));
        return _network.call(input, timestep, text).MoveToOuterDisposeScope();
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _ids.Dispose();
        _mask.Dispose();
    }
}

using Glide.Models.Text;
using Glide.Models.UNet;
using Glide.Tokenizers;
using static TorchSharp.torch;

namespace Glide.Pipelines;

/// <summary>Prompts to what a network knows about them; says once which prompts are too long.</summary>
internal sealed class PromptEncoder(ITokenizer tokenizer, Action<string>? warn)
{
    private const int ShownCharacters = 20;

    private readonly HashSet<string> _warned = [];

    /// <summary>What messages call a further prompt, of which an image may have several.</summary>
    public static string NameOfFurther(string prompt) => prompt.Length <= ShownCharacters
        ? $"--and '{prompt}'"
        : $"--and '{prompt[..(ShownCharacters - (char.IsHighSurrogate(prompt[ShownCharacters - 1]) ? 1 : 0))]}...'";

    /// <summary>One row for each prompt; equal prompts are computed once. The caller disposes it.</summary>
    /// <param name="network">Whose text transformer.</param>
    /// <param name="prompts">Prompts.</param>
    /// <param name="nameOf">What the warning about a long one calls it; <c>null</c> for "the prompt".</param>
    public TextConditioning Encode(
        UNetModel network, IReadOnlyList<string> prompts, Func<string, string>? nameOf = null)
    {
        var distinct = prompts.Distinct().ToList();
        using var scope = NewDisposeScope();
        var sequences = distinct.Select(prompt => Tokenize(prompt, network.Config.TextContext, nameOf)).ToList();
        long[] shape = [distinct.Count, network.Config.TextContext];
        var ids = tensor(sequences.SelectMany(sequence => sequence.Ids).ToArray(), shape);           // [N, L]
        var mask = tensor(sequences.SelectMany(sequence => sequence.Mask).ToArray(), shape);         // [N, L]
        var encoded = network.EncodeText(ids, mask);
        if (distinct.Count == prompts.Count)
            return encoded;
        using (encoded)
            return encoded.Select([.. prompts.Select(prompt => distinct.IndexOf(prompt))]);
    }

    /// <summary>The same with some prompts mixed with another one.</summary>
    /// <param name="network">Whose text transformer.</param>
    /// <param name="prompts">Prompts.</param>
    /// <param name="blends">What each is mixed with; <c>null</c> where none is.</param>
    public TextConditioning Encode(UNetModel network,
        IReadOnlyList<string> prompts, IReadOnlyList<PromptBlend?>? blends)
    {
        var own = Encode(network, prompts);
        if (blends is null)
            return own;
        using (own)
        {
            using var others = Encode(network, [.. prompts.Zip(blends, (prompt, blend) => blend?.Prompt ?? prompt)]);
            return TextConditioning.Mix(own, others, [.. blends.Select(blend => blend?.Amount ?? 0)]);
        }
    }

    private TokenSequence Tokenize(string prompt, int context, Func<string, string>? nameOf)
    {
        var sequence = tokenizer.Tokenize(prompt, context);
        if (sequence.Cut is { } cut && _warned.Add(prompt))
            warn?.Invoke(nameOf is null ? cut.Message() : cut.Message(nameOf(prompt)));
        return sequence;
    }
}

/// <summary>Another prompt that an image's own is mixed with, in what the networks know of both.</summary>
/// <param name="Prompt">The other prompt.</param>
/// <param name="Amount">0 leaves the own prompt, 1 puts the other in its place.</param>
internal sealed record PromptBlend(string Prompt, double Amount);

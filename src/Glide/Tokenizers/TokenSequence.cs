namespace Glide.Tokenizers;

/// <summary>The tokens of a prompt, as input of a network.</summary>
/// <param name="Ids">Ids and padding, [L], where L is the text context.</param>
/// <param name="Mask">True for ids, false for padding, [L].</param>
/// <param name="Length">Number of ids without padding, with start and end ids.</param>
/// <param name="Cut">Truncation of the prompt; null if all of it fits.</param>
internal sealed record TokenSequence(long[] Ids, bool[] Mask, int Length, PromptCut? Cut)
{
    /// <summary>Pads ids to the length of the context.</summary>
    internal static TokenSequence Pad(IReadOnlyList<int> ids, int textContext, int padding, PromptCut? cut)
    {
        var padded = new long[textContext];
        var mask = new bool[textContext];
        Array.Fill(padded, padding);
        for (int i = 0; i < ids.Count; i++)
        {
            padded[i] = ids[i];
            mask[i] = true;
        }
        return new TokenSequence(padded, mask, ids.Count, cut);
    }

    /// <summary>Start id, as many ids as fit, end id, zeros.</summary>
    internal static TokenSequence Frame(EncodedText encoded, string source, int textContext, int startId, int endId)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(textContext, 3);
        var kept = encoded.Ids.Take(textContext - 2).ToArray();
        return Pad([startId, .. kept, endId], textContext, padding: 0, PromptCut.Of(encoded, source, kept.Length));
    }
}

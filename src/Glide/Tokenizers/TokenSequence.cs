namespace Glide.Tokenizers;

/// <summary>A prompt as a network reads it.</summary>
/// <param name="Ids">Ids with padding behind them, [L], L the text context.</param>
/// <param name="Mask">True where an id is no padding, [L].</param>
/// <param name="Length">How many ids are no padding; start and end ids count.</param>
/// <param name="Cut">Where the prompt was cut; null if all of it fits.</param>
internal sealed record TokenSequence(long[] Ids, bool[] Mask, int Length, PromptCut? Cut)
{
    /// <summary>Brings ids that fit into a context to its length.</summary>
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

    /// <summary>Start, as many ids as fit, end, and zeros behind.</summary>
    internal static TokenSequence Frame(EncodedText encoded, string source, int textContext, int startId, int endId)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(textContext, 3);
        var kept = encoded.Ids.Take(textContext - 2).ToArray();
        return Pad([startId, .. kept, endId], textContext, padding: 0, PromptCut.Of(encoded, source, kept.Length));
    }
}

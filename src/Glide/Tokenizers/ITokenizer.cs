namespace Glide.Tokenizers;

/// <summary>Turns a prompt into the ids that a network reads.</summary>
internal interface ITokenizer
{
    /// <summary>All ids of a prompt, neither framed nor cut nor padded.</summary>
    IReadOnlyList<int> Encode(string prompt);

    /// <summary>The ids of a prompt, brought to a network's text context.</summary>
    /// <param name="prompt">Any text; lone surrogates count as U+FFFD.</param>
    /// <param name="textContext">How many ids the network reads.</param>
    /// <exception cref="ArgumentOutOfRangeException">The context has no room for a token.</exception>
    TokenSequence Tokenize(string prompt, int textContext);
}

/// <summary>The ids of a text, and which part of it each of them covers.</summary>
internal sealed class EncodedText
{
    private readonly Func<IEnumerable<int>, string> _decode;
    private readonly List<Piece> _pieces;
    private readonly List<int> _idsUpTo;

    /// <summary>Keeps what an encoder found.</summary>
    /// <param name="ids">All ids.</param>
    /// <param name="pieces">The pieces that they come from.</param>
    /// <param name="idsUpTo">How many ids there are up to the end of each piece.</param>
    /// <param name="decode">The text of some ids.</param>
    public EncodedText(
        List<int> ids, List<Piece> pieces, List<int> idsUpTo, Func<IEnumerable<int>, string> decode)
    {
        Ids = ids;
        _pieces = pieces;
        _idsUpTo = idsUpTo;
        _decode = decode;
    }

    /// <summary>All ids.</summary>
    public IReadOnlyList<int> Ids { get; }

    /// <summary>How many UTF-16 units of the text the first ids cover; a character cut in its middle does not count.</summary>
    public int CharactersIn(int idCount)
    {
        int piece = _idsUpTo.FindLastIndex(upTo => upTo <= idCount);
        int whole = piece < 0 ? 0 : _idsUpTo[piece];
        int end = piece < 0 ? 0 : _pieces[piece].End;
        if (whole == idCount)
            return end;
        string part = _decode(Ids.Skip(whole).Take(idCount - whole)).TrimEnd('\uFFFD');
        return part.Length == 0 ? end : _pieces[piece + 1].Start + part.Length;
    }
}

/// <summary>What is left of a prompt that is longer than the text context.</summary>
/// <param name="KeptTokens">How many of the prompt's own ids the network reads; start and end ids do not count.</param>
/// <param name="TotalTokens">How many the whole prompt has.</param>
/// <param name="KeptEnd">The last characters, at most twenty, of the part that was kept.</param>
internal sealed record PromptCut(int KeptTokens, int TotalTokens, string KeptEnd)
{
    private const int ShownCharacters = 20;

    /// <summary>Says it to the user.</summary>
    public string Message => $"the prompt is cut to {KeptTokens} of {TotalTokens} tokens at '{KeptEnd}'";

    /// <summary>Describes a cut.</summary>
    /// <param name="encoded">The whole prompt.</param>
    /// <param name="source">The prompt's text before it was lower-cased.</param>
    /// <param name="keptTokens">How many ids are kept.</param>
    /// <returns>Null if all ids are kept.</returns>
    internal static PromptCut? Of(EncodedText encoded, string source, int keptTokens)
    {
        if (encoded.Ids.Count <= keptTokens)
            return null;
        int end = LowerCase.SourceLength(source, encoded.CharactersIn(keptTokens));
        int start = Math.Max(0, end - ShownCharacters);
        if (start < end && char.IsLowSurrogate(source[start]))
            start++;
        return new PromptCut(keptTokens, encoded.Ids.Count, source[start..end]);
    }
}

namespace Glide.Tokenizers;

/// <summary>Turns prompts into token ids.</summary>
internal interface ITokenizer
{
    /// <summary>All ids of a prompt, without start, end, truncation or padding.</summary>
    IReadOnlyList<int> Encode(string prompt);

    /// <summary>The ids of a prompt, truncated or padded to the text context.</summary>
    /// <param name="prompt">Any text; lone surrogates count as U+FFFD.</param>
    /// <param name="textContext">Number of ids that the network reads.</param>
    /// <exception cref="ArgumentOutOfRangeException">The context is too short for a token.</exception>
    TokenSequence Tokenize(string prompt, int textContext);
}

/// <summary>The ids of a text, and the part of the text that each one covers.</summary>
internal sealed class EncodedText
{
    private readonly Func<IEnumerable<int>, string> _decode;
    private readonly List<Piece> _pieces;
    private readonly List<int> _idsUpTo;

    /// <summary>Keeps the result of an encoder.</summary>
    /// <param name="ids">All ids.</param>
    /// <param name="pieces">Pieces of the text.</param>
    /// <param name="idsUpTo">Number of ids up to the end of each piece.</param>
    /// <param name="decode">Decodes ids.</param>
    public EncodedText(
        List<int> ids, List<Piece> pieces, List<int> idsUpTo, Func<IEnumerable<int>, string> decode)
    {
        Ids = ids;
        _pieces = pieces;
        _idsUpTo = idsUpTo;
        _decode = decode;
    }

    public IReadOnlyList<int> Ids { get; }

    /// <summary>Number of UTF-16 units that the first ids cover; an incomplete character does not count.</summary>
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

/// <summary>Truncation of a prompt that is longer than the text context.</summary>
/// <param name="KeptTokens">Number of the prompt's ids that are kept, without start and end ids.</param>
/// <param name="TotalTokens">Number of ids of the whole prompt.</param>
/// <param name="KeptEnd">The last characters of the kept part, at most twenty.</param>
internal sealed record PromptCut(int KeptTokens, int TotalTokens, string KeptEnd)
{
    private const int ShownCharacters = 20;

    /// <param name="what">What is cut, such as <c>the prompt</c>.</param>
    public string Message(string what = "the prompt") =>
        $"{what} is cut to {Counted.Share(KeptTokens, TotalTokens, "token")} at '{KeptEnd}'";

    /// <summary>Describes a cut.</summary>
    /// <param name="encoded">The whole prompt.</param>
    /// <param name="source">Text of the prompt before lower-casing.</param>
    /// <param name="keptTokens">Number of kept ids.</param>
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

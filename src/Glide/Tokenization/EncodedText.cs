namespace Glide.Tokenization;

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

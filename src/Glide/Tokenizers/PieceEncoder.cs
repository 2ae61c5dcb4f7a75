using Microsoft.ML.Tokenizers;

namespace Glide.Tokenizers;

/// <summary>Byte pair encoding of a text that is already split.</summary>
internal sealed class PieceEncoder
{
    // Words are shorter. The package needs quadratic time for a piece: 44 s or more for 200,000 characters.
    private const int LongestForPackage = 128;

    private readonly BpeTokenizer _bpe;
    private readonly Lazy<LongPieceEncoder> _long;

    public PieceEncoder(BpeOptions options)
    {
        _bpe = BpeTokenizer.Create(options);
        _long = new Lazy<LongPieceEncoder>(() => new LongPieceEncoder(options));
    }

    /// <summary>The ids of the pieces, one piece after the other.</summary>
    public EncodedText Encode(string text, List<Piece> pieces)
    {
        var ids = new List<int>();
        var idsUpTo = new List<int>(pieces.Count);
        foreach (var piece in pieces)
        {
            var part = text.AsSpan(piece.Start, piece.Length);
            if (part.Length > LongestForPackage)
                _long.Value.Encode(part, ids);
            else
                ids.AddRange(_bpe.EncodeToIds(part, considerPreTokenization: false, considerNormalization: false));
            idsUpTo.Add(ids.Count);
        }
        return new EncodedText(ids, pieces, idsUpTo, _bpe.Decode);
    }

    /// <summary>Decodes ids; invalid UTF-8 becomes U+FFFD.</summary>
    public string Decode(IEnumerable<int> ids) => _bpe.Decode(ids);
}

/// <summary>A part of a text that is encoded by itself, in UTF-16 units.</summary>
internal readonly record struct Piece(int Start, int Length)
{
    public int End => Start + Length;
}

/// <summary>The characters that stand for bytes in the vocabularies of GPT-2 and CLIP.</summary>
/// <remarks>A visible Latin-1 character stands for its own byte; U+0100 to U+0143 stand for the others.</remarks>
internal static class ByteSymbols
{
    /// <summary>The symbol of each byte, [256].</summary>
    public static IReadOnlyList<char> All { get; } = Make();

    private static char[] Make()
    {
        var symbols = new char[256];
        int others = 0;
        for (int value = 0; value < symbols.Length; value++)
        {
            bool visible = value is (>= '!' and <= '~') or (>= 0xA1 and <= 0xFF and not 0xAD);
            symbols[value] = (char)(visible ? value : 0x100 + others++);
        }
        return symbols;
    }
}

/// <summary>The tokens of a prompt, as input of a network.</summary>
/// <param name="Ids">Ids and padding, [L], where L is the text context.</param>
/// <param name="Mask">True for ids, false for padding, [L].</param>
/// <param name="Length">Number of ids without padding, with start and end ids.</param>
/// <param name="Cut">Truncation of the prompt; null if all of it fits.</param>
internal sealed record TokenSequence(long[] Ids, bool[] Mask, int Length, PromptCut? Cut)
{
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

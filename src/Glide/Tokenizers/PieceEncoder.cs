using Microsoft.ML.Tokenizers;

namespace Glide.Tokenization;

/// <summary>Byte pair encoding of a text that is split already.</summary>
internal sealed class PieceEncoder
{
    // Words are shorter. The package takes quadratic time for a piece: from 44 s on for 200,000 characters.
    private const int LongestForPackage = 128;

    private readonly BpeTokenizer _bpe;
    private readonly Lazy<LongPieceEncoder> _long;

    /// <summary>Encodes with the given merges.</summary>
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

    /// <summary>The text of some ids; bytes that are no UTF-8 become U+FFFD.</summary>
    public string Decode(IEnumerable<int> ids) => _bpe.Decode(ids);
}

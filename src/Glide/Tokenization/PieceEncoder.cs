using Microsoft.ML.Tokenizers;

namespace Glide.Tokenization;

/// <summary>Byte pair encoding of a text that is split already.</summary>
internal sealed class PieceEncoder
{
    private readonly BpeTokenizer _bpe;

    /// <summary>Encodes with the given merges.</summary>
    public PieceEncoder(BpeOptions options) => _bpe = BpeTokenizer.Create(options);

    /// <summary>The ids of the pieces, one piece after the other.</summary>
    public EncodedText Encode(string text, List<Piece> pieces)
    {
        var ids = new List<int>();
        var idsUpTo = new List<int>(pieces.Count);
        foreach (var piece in pieces)
        {
            ids.AddRange(_bpe.EncodeToIds(
                text.AsSpan(piece.Start, piece.Length), considerPreTokenization: false, considerNormalization: false));
            idsUpTo.Add(ids.Count);
        }
        return new EncodedText(ids, pieces, idsUpTo, _bpe.Decode);
    }

    /// <summary>The text of some ids; bytes that are no UTF-8 become U+FFFD.</summary>
    public string Decode(IEnumerable<int> ids) => _bpe.Decode(ids);
}

namespace Glide.Tokenization;

/// <summary>A part of a text that is encoded by itself, in UTF-16 units.</summary>
internal readonly record struct Piece(int Start, int Length)
{
    /// <summary>Where the piece ends, exclusive.</summary>
    public int End => Start + Length;
}

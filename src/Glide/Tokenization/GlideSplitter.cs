namespace Glide.Tokenization;

/// <summary>GPT-2's split of a text into pieces, by code points.</summary>
/// <remarks><c>'s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+</c></remarks>
internal static class GlideSplitter
{
    private static readonly string[] Contractions = ["'s", "'t", "'re", "'ve", "'m", "'ll", "'d"];

    /// <summary>The pieces; together they are the whole text.</summary>
    public static List<Piece> Split(string text)
    {
        var pieces = new List<Piece>();
        for (int start = 0; start < text.Length; start = pieces[^1].End)
            pieces.Add(new Piece(start, EndOfPiece(text, start) - start));
        return pieces;
    }

    private static int EndOfPiece(string text, int start)
    {
        foreach (string contraction in Contractions)
        {
            if (string.CompareOrdinal(text, start, contraction, 0, contraction.Length) == 0)
                return start + contraction.Length;
        }

        // One space in front belongs to the word.
        int word = text[start] == ' ' && start + 1 < text.Length ? start + 1 : start;
        var kind = CharacterKinds.At(text, word, out _);
        if (kind != CharacterKind.Space)
            return EndOfRun(text, word, kind);

        // Of several white spaces, the last one before a word stays for that word.
        int end = EndOfRun(text, start, CharacterKind.Space);
        return end < text.Length && end - start > 1 ? end - 1 : end;
    }

    private static int EndOfRun(string text, int start, CharacterKind kind)
    {
        int end = start;
        while (end < text.Length && CharacterKinds.At(text, end, out int length) == kind)
            end += length;
        return end;
    }
}

namespace Glide.Tokenization;

/// <summary>CLIP's split of a cleaned, lower-cased text into pieces, by code points; white space is dropped.</summary>
/// <remarks>
/// <c>&lt;\|startoftext\|&gt;|&lt;\|endoftext\|&gt;|'s|'t|'re|'ve|'m|'ll|'d|[\p{L}]+|[\p{N}]|[^\s\p{L}\p{N}]+</c>,
/// case-insensitive. In lower-cased text that shows in two places: ſ counts as s; and the iota below (U+0345), no
/// letter but another case of one, fits neither the letters nor the rest and is dropped like white space.
/// </remarks>
internal static class ClipSplitter
{
    private const char IotaBelow = '\u0345';

    private static readonly string[] Words =
        ["<|startoftext|>", "<|endoftext|>", "'s", "'t", "'re", "'ve", "'m", "'ll", "'d"];

    /// <summary>The pieces.</summary>
    public static List<Piece> Split(string text)
    {
        var pieces = new List<Piece>();
        for (int start = 0; start < text.Length;)
        {
            int end = EndOfPiece(text, start, out bool isSpace);
            if (!isSpace)
                pieces.Add(new Piece(start, end - start));
            start = end;
        }
        return pieces;
    }

    private static int EndOfPiece(string text, int start, out bool isSpace)
    {
        isSpace = false;
        foreach (string word in Words)
        {
            if (StartsWith(text, start, word))
                return start + word.Length;
        }
        var kind = KindAt(text, start, out int length);
        isSpace = kind == CharacterKind.Space;
        int end = start + length;
        while (kind != CharacterKind.Number && end < text.Length && KindAt(text, end, out length) == kind)
            end += length;
        return end;
    }

    private static CharacterKind KindAt(string text, int index, out int length)
    {
        var kind = CharacterKinds.At(text, index, out length);
        return text[index] == IotaBelow ? CharacterKind.Space : kind;
    }

    private static bool StartsWith(string text, int start, string word)
    {
        if (text.Length - start < word.Length)
            return false;
        for (int i = 0; i < word.Length; i++)
        {
            char unit = text[start + i];
            if (unit != word[i] && !(unit == 'ſ' && word[i] == 's'))
                return false;
        }
        return true;
    }
}

namespace Glide.Tokenization;

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

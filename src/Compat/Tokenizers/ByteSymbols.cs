namespace Microsoft.ML.Tokenizers;

/// <summary>GPT-2's way to write each of the 256 bytes as one visible character.</summary>
/// <remarks>Bytes that are visible in Latin-1 stand for themselves; the others, in order, for U+0100 and what follows.</remarks>
internal static class ByteSymbols
{
    private static readonly char[] Symbols = MakeSymbols();
    private static readonly short[] Bytes = MakeBytes();

    /// <summary>The character that stands for a byte.</summary>
    public static char Of(byte value) => Symbols[value];

    /// <summary>The byte that a character stands for, or -1.</summary>
    public static int ByteOf(char symbol) => symbol < Bytes.Length ? Bytes[symbol] : -1;

    private static char[] MakeSymbols()
    {
        var symbols = new char[256];
        int hidden = 0;
        for (int value = 0; value < symbols.Length; value++)
        {
            bool visible = value is (>= '!' and <= '~') or (>= 0xA1 and <= 0xAC) or (>= 0xAE and <= 0xFF);
            symbols[value] = (char)(visible ? value : 0x100 + hidden++);
        }
        return symbols;
    }

    private static short[] MakeBytes()
    {
        var bytes = new short[0x200];
        Array.Fill(bytes, (short)-1);
        for (int value = 0; value < Symbols.Length; value++)
            bytes[Symbols[value]] = (short)value;
        return bytes;
    }
}

namespace Glide.Tokenization;

/// <summary>What Windows-1252 has in the places of Latin-1's control characters U+0080 to U+009F.</summary>
internal static class Windows1252
{
    private const string Characters =
        "€\u0081‚ƒ„…†‡ˆ‰Š‹Œ\u008dŽ\u008f\u0090‘’“”•–—˜™š›œ\u009džŸ";

    /// <summary>Whether a code point is one of those control characters.</summary>
    public static bool Replaces(int point) => point is >= 0x80 and <= 0x9F;

    /// <summary>The character in its place; five places are free and keep their control character.</summary>
    public static char Of(int point) => Characters[point - 0x80];
}

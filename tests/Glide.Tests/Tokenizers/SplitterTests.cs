using Glide.Tokenizers;

namespace Glide.Tests.Tokenizers;

public sealed class SplitterTests
{
    // From the pattern in the specification, by hand; | stands between pieces.
    public static TheoryData<string, string> GlidePieces => new()
    {
        { "a red circle", "a| red| circle" },
        { "a  b", "a| | b" },
        { "a \n b", "a| \n| b" },
        { "a\n\nb", "a|\n|\n|b" },
        { "a \n", "a| \n" },
        { "  ", "  " },
        { " ", " " },
        { "a\u00A0b", "a|\u00A0|b" },
        { "a \u00A0b", "a| |\u00A0|b" },
        { "x1²½", "x|1²½" },
        { "x 12 34", "x| 12| 34" },
        { "it's don't we're I've i'm we'll he'd", "it|'s| don|'t| we|'re| I|'ve| i|'m| we|'ll| he|'d" },
        { "'tis", "'t|is" },
        { "a 's b", "a| '|s| b" },
        { "IT'S", "IT|'|S" },
        { "wait... what?!", "wait|...| what|?!" },
        { "a\u0301b", "a|\u0301|b" },
        { "x 𝐚b", "x| 𝐚b" },
        { "x 𝟙2", "x| 𝟙2" },
        { "𠀀𠀁!", "𠀀𠀁|!" },
        { "🦔a", "🦔|a" },
        { "<\u200B>", "<\u200B>" },
        { "a\u001Cb", "a|\u001C|b" },
        { "東京 タワー", "東京| タワー" },
    };

    public static TheoryData<string, string> ClipPieces => new()
    {
        { "a red circle", "a|red|circle" },
        { "it's don't", "it|'s|don|'t" },
        { "don'ſ", "don|'ſ" },
        { "1234", "1|2|3|4" },
        { "x𝟙𝟚", "x|𝟙|𝟚" },
        { "wait...what?!", "wait|...|what|?!" },
        { "<|endoftext|>", "<|endoftext|>" },
        { "<|ſtartoftext|>", "<|ſtartoftext|>" },
        { "a <|startoftext|>b", "a|<|startoftext|>|b" },
        { ".<|endoftext|>", ".<|+endoftext+|>" },
        { "a\u0345b", "a|b" },
        { "a\u0301b", "a|\u0301|b" },
        { "𝐚b 𠀀", "𝐚b|𠀀" },
        { " ", "" },
    };

    [Theory, MemberData(nameof(GlidePieces))]
    public void Glide_splits_as_the_pattern_does(string text, string pieces) =>
        Assert.Equal(pieces, string.Join('|', GlideSplitter.Split(text).Select(piece => text[piece.Start..piece.End])));

    [Theory, MemberData(nameof(ClipPieces))]
    public void Clip_splits_as_the_pattern_does(string text, string pieces)
    {
        var found = ClipSplitter.Split(text).Select(piece => text[piece.Start..piece.End]).ToList();
        // Where a piece ends in the middle of "<|endoftext|>", + stands between pieces.
        string separator = pieces.Contains('+', StringComparison.Ordinal) ? "+" : "|";
        Assert.Equal(pieces, string.Join(separator, found));
    }
}

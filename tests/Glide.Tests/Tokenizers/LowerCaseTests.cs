using Glide.Tokenizers;

namespace Glide.Tests.Tokenizers;

public sealed class LowerCaseTests
{
    // What Python 3.11's str.lower makes of them.
    public static TheoryData<string, string> Pairs => new()
    {
        { "", "" },
        { "A Red CIRCLE 3", "a red circle 3" },
        { "İ", "i\u0307" },
        { "DİYAR", "di\u0307yar" },
        { "I ı", "i ı" },
        { "ẞ K Ⅷ ǅ ᾈ", "ß k ⅷ ǆ ᾀ" },
        { "\U00010400\U0001E900", "\U00010428\U0001E922" },
        { "Σ", "σ" },
        { "ΑΣ", "ας" },
        { "ΣΑ", "σα" },
        { "ΑΣΣ", "ασς" },
        { "ΑΣ.", "ας." },
        { "ΑΣ.Β", "ασ.β" },
        { "ΑΣ.\u0301", "ας.\u0301" },
        { "Α'Σ'Β", "α'σ'β" },
        { "ΑΣ’", "ας’" },
        { "Α\u00ADΣ", "α\u00ADς" },
        { "1Σ", "1σ" },
        { "ªΣ", "ªς" },
        { "ⅠΣ", "ⅰς" },
        { "ʰΣ", "ʰσ" },
        { "ΑΣʰ", "αςʰ" },
        { "ΑΣⒶ", "ασⓐ" },
        { "🅰Σ", "🅰ς" },
        { "ΟΔΟΣ ὈΔΥΣΣΕΎΣ.", "οδος ὀδυσσεύς." },
        { "a\ud800b\udc00", "a\ufffdb\ufffd" },
        { "\ud83e\udd94", "🦔" },
    };

    [Theory, MemberData(nameof(Pairs))]
    public void Of_is_what_Python_makes(string text, string lower) => Assert.Equal(lower, LowerCase.Of(text));

    [Theory, MemberData(nameof(Pairs))]
    public void The_whole_of_it_comes_from_the_whole_source(string text, string lower) =>
        Assert.Equal(text.Length, LowerCase.SourceLength(text, lower.Length));

    [Theory]
    [InlineData(0, 0)]
    [InlineData(1, 1)]
    [InlineData(2, 2)]
    [InlineData(3, 2)]
    [InlineData(4, 3)]
    public void Source_length_counts_one_letter_for_two(int lower, int source) =>
        Assert.Equal(source, LowerCase.SourceLength("aİb", lower));
}

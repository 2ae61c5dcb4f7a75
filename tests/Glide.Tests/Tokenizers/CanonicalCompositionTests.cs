using Glide.Tokenizers;

namespace Glide.Tests.Tokenizers;

public sealed class CanonicalCompositionTests
{
    // Unicode Standard Annex 15 and what Python 3.11's unicodedata.normalize makes of them.
    public static TheoryData<string, string> Pairs => new()
    {
        { "", "" },
        { "plain é", "plain é" },
        { "e\u0301", "é" },
        { "\u212B \u2126", "Å Ω" },
        { "A\u030A\u0301", "Ǻ" },
        { "a\u0323\u0307", "ạ\u0307" },
        { "a\u0307\u0323", "ạ\u0307" },
        { "a\u0315\u0300\u05AEb", "à\u05AE\u0315b" },
        { "a\u0300\u0300", "à\u0300" },
        { "a\u0305\u0301", "a\u0305\u0301" },
        { "\u1E9B\u0323", "\u1E9B\u0323" },
        { "\u0301e\u0301", "\u0301é" },
        { "\u0338<\u0338", "\u0338≮" },
        { "α\u0345\u0301", "\u1FB4" },
        { "\u0958", "\u0915\u093C" },
        { "\u0344", "\u0308\u0301" },
        { "\u0F73", "\u0F71\u0F72" },
        { "\uFB1D", "\u05D9\u05B4" },
        { "\u2ADC", "\u2ADD\u0338" },
        { "\u0B47\u0B56\u0B3E", "\u0B48\u0B3E" },
        { "\u09C7\u09BE", "\u09CB" },
        { "\uF900", "\u8C48" },
        { "\U0001D15E", "\U0001D157\U0001D165" },
        { "\U0002F800", "\u4E3D" },
        { "\U00011131\U00011127", "\U0001112E" },
        { "\u1100\u1161\u11A8", "각" },
        { "가\u11A8", "각" },
        { "가\u11A7", "가\u11A7" },
        { "각\u11A8", "각\u11A8" },
        { "\u1112\u1161\u11AB\u1100\u1173\u11AF", "한글" },
        { "e\u0301\ud800", "é\ufffd" },
        { "ﬁ", "ﬁ" },
    };

    [Theory, MemberData(nameof(Pairs))]
    public void Of_is_normal_form_C(string text, string composed) =>
        Assert.Equal(composed, CanonicalComposition.Of(text));

    [Theory, MemberData(nameof(Pairs))]
    public void Of_leaves_normal_form_C_alone(string _, string composed) =>
        Assert.Equal(composed, CanonicalComposition.Of(composed));
}

using Glide.Tokenizers;

namespace Glide.Tests.Tokenizers;

public sealed class ClipTextCleanerTests
{
    // What ftfy 6.3 with its defaults, html.unescape twice and collapsing of white space make of them.
    public static TheoryData<string, string> Pairs => new()
    {
        { "", "" },
        { " \t\n ", "" },
        { "a  cat\twith\n\nspaces ", "a cat with spaces" },
        { "ﬁve ﬂags, ﬃ ﬆ ŉ Ĳ Ǆ ǆ", "five flags, ffi st 'n IJ DŽ dž" },
        { "æ œ ß", "æ œ ß" },
        { "Ｆｕｌｌ　ｗｉｄｔｈ！ ﾊﾝｶｸ", "Full width! ハンカク" },
        { "ｶﾞ", "ガ" },
        { "“curly” ‘quotes’ don’t ʼn", "\"curly\" 'quotes' don't 'n" },
        { "‚low‟ «angles» ′prime", "'low\" «angles» ′prime" },
        { "a &amp;amp; b &lt;3 &eacute;t&Eacute; &#8364; &hearts;", "a & b <3 étÉ € ♥" },
        { "AT&T &copy 2021 &notit;", "AT&T © 2021 ¬it;" },
        { "P&EACUTE;REZ", "PÉREZ" },
        { "<b> P&EACUTE;REZ &eacute; &amp;eacute;", "<b> P&EACUTE;REZ é é" },
        { "&EACUTE;\n<b>\n&EACUTE;", "É <b> &EACUTE;" },
        { "&amp;amp;amp;amp;lt;", "<" },
        { "<&amp;amp;amp;lt;", "<&amp;lt;" },
        { "one\r\ntwo\rthree\u2028four\u2029five\u0085six", "one two three four five…six" },
        { "x\u0096y \u0080 5", "x–y € 5" },
        { "a\0b\u0007c\u001Fd\u007Fe", "abcde" },
        { "\uFEFFa\u206Ab\uFFF9c\uFFFCd", "abcd" },
        { "a\u200Fb\u200Dc\u202Ed\u200Be", "a\u200Fb\u200Dc\u202Ed\u200Be" },
        { "\u001b[31mred\u001b[0;1m car", "red car" },
        { "\u001b[2J\u001b[1;1Hblank", "blank" },
        { "\u001b[31 red", "[31 red" },
        { "e\u0301le\u0300ve A\u030Angstro\u0308m", "élève Ångström" },
        { "\u1112\u1161\u11AB", "한" },
        { "a\u00A0b\u3000c\u2003d", "a b c d" },
        { "&nbsp;a&nbsp;", "a" },
        { "&#128169; &#0; &#xD800; &#150;", "💩 \ufffd \ufffd –" },
        { "\ud83ea\udd94 \ud83e\0\udd94", "\ufffda\ufffd \ufffd\ufffd" },
        { "👩\u200D👩\u200D👧\u200D👦🏽 ❤\uFE0F", "👩\u200D👩\u200D👧\u200D👦🏽 ❤\uFE0F" },
        { "&ﬁ; &fﬂig;", "&fi; ff" },
        { "&am&#112;lt; x", "< x" },
        { "&#5&#5&#48;;; x", "4 x" },
        { "&#65286;#65286;lt; x", "< x" },
        { "&#894&#894; &semi&semi;", "; ;" },
        { "&am&#65279;p;lt; &am\uFEFFp;lt;", "< <" },
        { "Σ İ ẞ", "Σ İ ẞ" },
    };

    [Theory, MemberData(nameof(Pairs))]
    public void Clean_repairs_what_training_texts_had_repaired(string text, string expected) =>
        Assert.Equal(expected, ClipTextCleaner.Clean(text));

    [Fact]
    public void Mojibake_stays() => Assert.Equal("cafÃ©", ClipTextCleaner.Clean("cafÃ©"));
}

using Glide.Tokenizers;

namespace Glide.Tests.Tokenizers;

public sealed class HtmlEntitiesTests
{
    // What Python 3.11's html.unescape makes of them.
    public static TheoryData<string, string> Pairs => new()
    {
        { "no reference", "no reference" },
        { "&amp;", "&" },
        { "&amp", "&" },
        { "&ampx", "&x" },
        { "&amp;lt;", "&lt;" },
        { "&AMP;&lt&GT", "&<>" },
        { "&notit;", "¬it;" },
        { "&notin;", "∉" },
        { "&notin", "¬in" },
        { "&NotEqualTilde;", "≂̸" },
        { "&NotEqualTilde", "&NotEqualTilde" },
        { "&CounterClockwiseContourIntegral;", "∳" },
        { "&CounterClockwiseContourIntegralx;", "&CounterClockwiseContourIntegralx;" },
        { "&copy2021", "©2021" },
        { "&Aacute;&aacute", "Áá" },
        { "&sup1;&sup;&supx", "¹⊃&supx" },
        { "&bogus;", "&bogus;" },
        { "&x&amp;", "&x&" },
        { "&a🦔;", "&a🦔;" },
        { "& &; &# &#; &#x &#x;", "& &; &# &#; &#x &#x;" },
        { "&#65 &#65; &#x41; &#X41z", "A A A Az" },
        { "&#x1F994;", "🦔" },
        { "&#128;&#x9f;&#129;", "€Ÿ\u0081" },
        { "&#0;&#xD800;&#xDFFF;&#x110000;", "\ufffd\ufffd\ufffd\ufffd" },
        { "&#99999999999999999999;", "\ufffd" },
        { "&#000000000000000000065;", "A" },
        { "&#13;", "\r" },
        { "&#9;&#10;&#12;", "\t\n\f" },
        { "&#1;&#11;&#31;&#127;&#xFDD0;&#xFFFE;&#x1FFFF;", "" },
        { "a &lt b", "a < b" },
        { "&nbsp;&hellip;", "\u00A0…" },
        { "&fjlig;", "fj" },
    };

    // From ftfy's documentation and its source, by hand.
    public static TheoryData<string, string> UnambiguousPairs => new()
    {
        { "&lt;tag&gt;", "<tag>" },
        { "this&not that", "this&not that" },
        { "&amp &amp;", "&amp &" },
        { "&amp;amp;lt;", "<" },
        { "&amp;bogus;", "&bogus;" },
        { "&amp;&amp;lt;", "&<" },
        { "P&eacute;rez P&EACUTE;REZ", "Pérez PÉREZ" },
        { "&ntilde; &Ntilde; &NTILDE; &nTILDE;", "ñ Ñ Ñ &nTILDE;" },
        { "BUNDESSTRA&SZLIG;E", "BUNDESSTRASSE" },
        { "&FFILIG; &NAPOS; &INODOT;", "FFI ʼN I" },
        { "&#x2019;&#8217;", "’’" },
        { "&#59;", "&#59;" },
        { "&#12x;", "&#12x;" },
        { "&#150;", "–" },
        { "&#000000000000000000000065; &#0000000000000000000000065;", "A &#0000000000000000000000065;" },
        { "&am&#112;;lt; &#5&#5&#48;;; &semi&semi;", "< 4 ;" },
        { "&CounterClockwiseContourIntegral;", "&CounterClockwiseContourIntegral;" },
        { "&", "&" },
    };

    [Theory, MemberData(nameof(Pairs))]
    public void Unescape_is_what_a_browser_makes(string text, string expected) =>
        Assert.Equal(expected, HtmlEntities.Unescape(text));

    [Theory, MemberData(nameof(UnambiguousPairs))]
    public void Unescape_unambiguous_wants_the_semicolon(string text, string expected) =>
        Assert.Equal(expected, HtmlEntities.UnescapeUnambiguous(text, repair: value => value));

    [Fact]
    public void All_names_of_the_standard_are_known() =>
        Assert.Equal(2231, EmbeddedTable.Read("entities.txt").DistinctBy(fields => fields[0]).Count());
}

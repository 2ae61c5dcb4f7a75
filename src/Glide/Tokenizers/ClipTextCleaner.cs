using System.Collections.Frozen;
using System.Text;
using System.Text.RegularExpressions;

namespace Glide.Tokenizers;

/// <summary>The text cleaning of CLIP's training, which prompts for CLIP need too.</summary>
/// <remarks>
/// <para>
/// Line by line, until nothing changes: HTML entities (only before the first line that has a <c>&lt;</c>, which may be
/// real HTML); Windows-1252 characters in place of C1 controls; ligatures split; full-width and half-width forms
/// folded; curly quotes straightened; line breaks to <c>\n</c>; terminal colors and control characters dropped; normal
/// form C. This is what the Python library ftfy does by default. Then HTML entities are decoded twice as a browser
/// does, and white space is collapsed.
/// </para>
/// <para>
/// Not done: ftfy's repair of mojibake, text that was decoded with the wrong character set ("cafÃ©" stays as it is).
/// Prompts come from a keyboard or a UTF-8 file, and the repair is a guess.
/// </para>
/// <para>
/// Another difference: a terminal color with an entity inside that stands for an entity or for a character that
/// is dropped counts as a color.
/// </para>
/// <para>Works on code points, not UTF-16 units. A lone surrogate becomes U+FFFD.</para>
/// </remarks>
internal static partial class ClipTextCleaner
{
    private static readonly Lazy<Dictionary<char, string>> Widths = new(() => EmbeddedTable.Read("widths.txt")
        .ToDictionary(fields => (char)EmbeddedTable.CodePoint(fields[0]), fields => EmbeddedTable.Text(fields, 1)));

    /// <summary>The cleaned text, not lower-cased, words separated by single spaces.</summary>
    public static string Clean(string text)
    {
        string repaired = Repair(WithoutLoneSurrogates(text));
        return CollapseWhiteSpace(HtmlEntities.Unescape(HtmlEntities.Unescape(repaired)));
    }

    private static string WithoutLoneSurrogates(string text)
    {
        if (!text.Any(char.IsSurrogate))
            return text;
        var whole = new StringBuilder(text.Length);
        foreach (var rune in text.EnumerateRunes())
            whole.Append(rune.ToString());
        return whole.ToString();
    }

    private static string Repair(string text)
    {
        var repaired = new StringBuilder(text.Length);
        bool entities = true;
        for (int start = 0; start < text.Length;)
        {
            int lineBreak = text.IndexOf('\n', start);
            int end = lineBreak < 0 ? text.Length : lineBreak + 1;
            string line = text[start..end];
            entities &= !line.Contains('<', StringComparison.Ordinal);
            repaired.Append(RepairLine(line, entities));
            start = end;
        }
        return repaired.ToString();
    }

    // Decoded values are repaired at once; otherwise each level of nesting would take a round.
    private static string RepairLine(string line, bool entities)
    {
        while (true)
        {
            string before = line;
            if (entities)
                line = HtmlEntities.UnescapeUnambiguous(line, value => Finish(Fold(value)));
            line = Finish(TerminalEscape().Replace(Fold(line), ""));
            if (line == before)
                return line;
        }
    }

    private static string Fold(string text) =>
        NormalizeLineBreaks(StraightenQuotes(FoldWidths(Ligatures.Split(ReplaceControls(text)))));

    private static string Finish(string text) => CanonicalComposition.Of(DropControls(text));

    private static string ReplaceControls(string text) =>
        Map(text, unit => Windows1252.Replaces(unit) ? Windows1252.Of(unit) : unit);

    private static string FoldWidths(string text)
    {
        if (!text.AsSpan().ContainsAnyInRange('\u3000', '\uFFEF') || !text.Any(Widths.Value.ContainsKey))
            return text;
        var folded = new StringBuilder(text.Length);
        foreach (char unit in text)
            _ = Widths.Value.TryGetValue(unit, out string? form) ? folded.Append(form) : folded.Append(unit);
        return folded.ToString();
    }

    private static string StraightenQuotes(string text) => Map(text, unit => unit switch
    {
        '\u02BC' or (>= '\u2018' and <= '\u201B') => '\'',
        >= '\u201C' and <= '\u201F' => '"',
        _ => unit,
    });

    private static string NormalizeLineBreaks(string text) => Map(
        text.Replace("\r\n", "\n", StringComparison.Ordinal),
        unit => unit is '\r' or '\u2028' or '\u2029' or '\u0085' ? '\n' : unit);

    // Not dropped: white space, joiners and marks of writing direction, tags.
    private static string DropControls(string text)
    {
        if (!text.Any(IsDropped))
            return text;
        return string.Concat(text.Where(unit => !IsDropped(unit)));
    }

    private static bool IsDropped(char unit) =>
        unit is < '\t' or '\u000B' or (>= '\u000E' and < ' ') or '\u007F' or (>= '\u206A' and <= '\u206F')
            or '\uFEFF' or (>= '\uFFF9' and <= '\uFFFC');

    private static string Map(string text, Func<char, char> map)
    {
        foreach (char unit in text)
        {
            if (map(unit) != unit)
            {
                return string.Create(text.Length, (text, map), static (mapped, state) =>
                {
                    for (int i = 0; i < mapped.Length; i++)
                        mapped[i] = state.map(state.text[i]);
                });
            }
        }
        return text;
    }

    private static string CollapseWhiteSpace(string text)
    {
        var collapsed = new StringBuilder(text.Length);
        foreach (string word in text.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries))
        {
            if (collapsed.Length > 0)
                collapsed.Append(' ');
            collapsed.Append(word);
        }
        return collapsed.ToString();
    }

    [GeneratedRegex("\u001b\\[[\\d;]*[a-zA-Z]")]
    private static partial Regex TerminalEscape();
}

/// <summary>The characters of Windows-1252 in place of Latin-1's control characters U+0080 to U+009F.</summary>
internal static class Windows1252
{
    private const string Characters =
        "€\u0081‚ƒ„…†‡ˆ‰Š‹Œ\u008dŽ\u008f\u0090‘’“”•–—˜™š›œ\u009džŸ";

    /// <summary>Whether a code point is one of those control characters.</summary>
    public static bool Replaces(int point) => point is >= 0x80 and <= 0x9F;

    /// <summary>The character for a code point; five code points have none and stay control characters.</summary>
    public static char Of(int point) => Characters[point - 0x80];
}

/// <summary>Single characters for several Latin letters, from typesetting or old character sets.</summary>
/// <remarks>Letters such as æ, œ and ß are not ligatures.</remarks>
internal static class Ligatures
{
    private static readonly FrozenDictionary<char, string> Letters = new Dictionary<char, string>
    {
        ['Ĳ'] = "IJ",
        ['ĳ'] = "ij",
        ['ŉ'] = "ʼn",
        ['Ǆ'] = "DŽ",
        ['ǅ'] = "Dž",
        ['ǆ'] = "dž",
        ['Ǉ'] = "LJ",
        ['ǈ'] = "Lj",
        ['ǉ'] = "lj",
        ['Ǌ'] = "NJ",
        ['ǋ'] = "Nj",
        ['ǌ'] = "nj",
        ['Ǳ'] = "DZ",
        ['ǲ'] = "Dz",
        ['ǳ'] = "dz",
        ['ﬀ'] = "ff",
        ['ﬁ'] = "fi",
        ['ﬂ'] = "fl",
        ['ﬃ'] = "ffi",
        ['ﬄ'] = "ffl",
        ['ﬅ'] = "ſt",
        ['ﬆ'] = "st",
    }.ToFrozenDictionary();

    public static string Split(string text)
    {
        if (!text.Any(Letters.ContainsKey))
            return text;
        var split = new StringBuilder(text.Length);
        foreach (char unit in text)
            _ = Letters.TryGetValue(unit, out string? letters) ? split.Append(letters) : split.Append(unit);
        return split.ToString();
    }
}

using System.Globalization;
using System.Runtime.InteropServices;
using System.Text;

namespace Glide.Tokenizers;

/// <summary>HTML 5's character references.</summary>
internal static class HtmlEntities
{
    private const int LongestName = 32;
    private const int LongestUnambiguousName = 24;
    private const string Replacement = "\uFFFD";

    private static readonly Lazy<Dictionary<string, string>> Names = new(() => EmbeddedTable.Read("entities.txt")
        .ToDictionary(fields => fields[0], fields => EmbeddedTable.Text(fields, 1), StringComparer.Ordinal));

    /// <summary>Decodes every reference once, as browsers do: also without a semicolon where HTML allows it.</summary>
    /// <remarks>The same as Python's <c>html.unescape</c>.</remarks>
    public static string Unescape(string text)
    {
        int at = text.IndexOf('&', StringComparison.Ordinal);
        if (at < 0)
            return text;
        var decoded = new StringBuilder(text.Length);
        int start = 0;
        while (at >= 0)
        {
            decoded.Append(text, start, at - start);
            start = AppendReference(text, at, decoded);
            at = text.IndexOf('&', start);
        }
        return decoded.Append(text, start, text.Length - start).ToString();
    }

    /// <summary>
    /// Decodes unambiguous references: names and numbers that end in a semicolon, including names in capitals.
    /// References that result from decoding are decoded too.
    /// </summary>
    /// <param name="text">Any text.</param>
    /// <param name="repair">Applied to each decoded value before decoding goes on.</param>
    /// <remarks>
    /// What ftfy's <c>unescape_html</c> results in when it is applied until nothing changes. References do not
    /// overlap, so their order does not matter: each is decoded as soon as its semicolon is read, in one pass however
    /// deeply they are nested.
    /// </remarks>
    public static string UnescapeUnambiguous(string text, Func<string, string> repair)
    {
        if (!text.Contains('&', StringComparison.Ordinal))
            return text;
        var decoded = new List<char>(text.Length);
        var values = new Stack<char>();
        foreach (char unit in text)
        {
            values.Push(unit);
            while (values.TryPop(out char next))
            {
                decoded.Add(next);
                int start = next == ';' ? StartOfUnambiguous(decoded) : decoded.Count;
                var reference = CollectionsMarshal.AsSpan(decoded)[start..];
                if (reference.IsEmpty || ValueOfUnambiguous(new string(reference[1..])) is not { } value)
                    continue;
                decoded.RemoveRange(start, reference.Length);
                foreach (char unread in repair(value).Reverse())
                    values.Push(unread);
            }
        }
        return new string(CollectionsMarshal.AsSpan(decoded));
    }

    // Appends the value of the reference at an index; returns the end of the reference.
    private static int AppendReference(string text, int ampersand, StringBuilder decoded)
    {
        int start = ampersand + 1;
        if (start < text.Length && text[start] == '#')
        {
            int numberEnd = EndOfNumber(text, start);
            decoded.Append(numberEnd < 0 ? "&" : ValueOfNumber(text.AsSpan(start, numberEnd - start)));
            return numberEnd < 0 ? start : numberEnd;
        }

        int end = EndOfName(text, start);
        var names = Names.Value.GetAlternateLookup<ReadOnlySpan<char>>();
        for (int length = end - start; length > 1; length--)
        {
            if (names.TryGetValue(text.AsSpan(start, length), out string? value))
            {
                decoded.Append(value).Append(text, start + length, end - start - length);
                return end;
            }
        }
        decoded.Append(text, ampersand, end - ampersand);
        return end;
    }

    // #65; #x41; with or without the semicolon; -1 if there is no digit.
    private static int EndOfNumber(string text, int hash)
    {
        int start = hash + 1;
        bool hexadecimal = start < text.Length && text[start] is 'x' or 'X';
        if (hexadecimal)
            start++;
        int end = start;
        while (end < text.Length && (hexadecimal ? char.IsAsciiHexDigit(text[end]) : char.IsAsciiDigit(text[end])))
            end++;
        if (end == start)
            return -1;
        return end < text.Length && text[end] == ';' ? end + 1 : end;
    }

    // At most 32 code points that can stand in a name, and a semicolon.
    private static int EndOfName(string text, int start)
    {
        int end = start;
        for (int count = 0; count < LongestName && end < text.Length; count++)
        {
            if (text[end] is '\t' or '\n' or '\f' or ' ' or '<' or '&' or '#' or ';')
                break;
            end += char.IsSurrogatePair(text, end) ? 2 : 1;
        }
        return end > start && end < text.Length && text[end] == ';' ? end + 1 : end;
    }

    private static string ValueOfNumber(ReadOnlySpan<char> reference)
    {
        bool hexadecimal = reference[1] is 'x' or 'X';
        var digits = reference[(hexadecimal ? 2 : 1)..].TrimEnd(';').TrimStart('0');
        if (digits.Length > 7)
            return Replacement;
        int point = digits.IsEmpty ? 0 : int.Parse(
            digits, hexadecimal ? NumberStyles.AllowHexSpecifier : NumberStyles.None, CultureInfo.InvariantCulture);
        if (Windows1252.Replaces(point))
            return Windows1252.Of(point).ToString();
        if (point == 0 || !Rune.IsValid(point))
            return Replacement;
        return IsForbidden(point) ? "" : char.ConvertFromUtf32(point);
    }

    // Control characters other than white space, and code points that are no characters.
    private static bool IsForbidden(int point) =>
        point is < 0x09 or 0x0B or (>= 0x0E and < 0x20) or 0x7F or (>= 0xFDD0 and <= 0xFDEF)
        || (point & 0xFFFE) == 0xFFFE;

    // Start of an incomplete &#?[0-9A-Za-z]{1,24}; at the end of the text; the text's end if there is none.
    private static int StartOfUnambiguous(List<char> text)
    {
        int semicolon = text.Count - 1;
        int name = semicolon;
        while (name > 0 && semicolon - name < LongestUnambiguousName && char.IsAsciiLetterOrDigit(text[name - 1]))
            name--;
        int start = name > 0 && text[name - 1] == '#' ? name - 2 : name - 1;
        return name < semicolon && start >= 0 && text[start] == '&' ? start : text.Count;
    }

    private static string? ValueOfUnambiguous(string reference)
    {
        if (Names.Value.TryGetValue(reference, out string? value))
            return value;
        string whole = "&" + reference;
        string decoded = Unescape(whole);
        if (reference[0] == '#')
            return decoded.Contains(';', StringComparison.Ordinal) ? null : decoded;

        // P&EACUTE;REZ: all capitals, and a browser would leave it alone.
        bool capitals = decoded == whole && !reference.Any(char.IsAsciiLetterLower);
        return capitals && Names.Value.TryGetValue(reference.ToLowerInvariant(), out value) ? UpperCase(value) : null;
    }

    private static string UpperCase(string text) => string.Concat(Ligatures.Split(text).EnumerateRunes()
        .Select(rune => rune.Value switch
        {
            'ß' => "SS",
            'ı' => "I",
            _ => Rune.ToUpperInvariant(rune).ToString(),
        }));
}

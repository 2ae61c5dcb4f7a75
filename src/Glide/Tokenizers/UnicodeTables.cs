using System.Globalization;
using System.Text;

namespace Glide.Tokenizers;

/// <summary>Tables embedded in the program: lines of fields separated by single spaces.</summary>
internal static class EmbeddedTable
{
    /// <summary>The fields of each line of a table.</summary>
    public static IEnumerable<string[]> Read(string name)
    {
        using var stream = typeof(EmbeddedTable).Assembly.GetManifestResourceStream($"Glide.Tokenizers.Tables.{name}")
            ?? throw new InvalidOperationException($"The program was built without {name}.");
        using var reader = new StreamReader(stream);
        while (reader.ReadLine() is { } line)
            yield return line.Split(' ');
    }

    /// <summary>The code point that a field names in hexadecimal.</summary>
    public static int CodePoint(string field) =>
        int.Parse(field, NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture);

    /// <summary>The text of the code points in the fields from <paramref name="start"/> on.</summary>
    public static string Text(string[] fields, int start) =>
        string.Concat(fields.Skip(start).Select(field => char.ConvertFromUtf32(CodePoint(field))));
}

/// <summary>The four kinds of characters that the split patterns of GPT-2 and CLIP distinguish.</summary>
internal enum CharacterKind
{
    /// <summary>Neither of the others: punctuation, symbols, marks, controls.</summary>
    Other,

    /// <summary><c>\p{L}</c>.</summary>
    Letter,

    /// <summary><c>\p{N}</c>.</summary>
    Number,

    /// <summary><c>\s</c>, Unicode's White_Space.</summary>
    Space,
}

/// <summary>Kinds of code points; .NET's regular expressions work on UTF-16 units only.</summary>
internal static class CharacterKinds
{
    public static CharacterKind Of(Rune rune) => Rune.IsWhiteSpace(rune) ? CharacterKind.Space
        : Rune.GetUnicodeCategory(rune) switch
        {
            <= UnicodeCategory.OtherLetter => CharacterKind.Letter,
            <= UnicodeCategory.EnclosingMark => CharacterKind.Other,
            <= UnicodeCategory.OtherNumber => CharacterKind.Number,
            _ => CharacterKind.Other,
        };

    /// <summary>The kind of the code point at an index, and its length in UTF-16 units.</summary>
    public static CharacterKind At(string text, int index, out int length)
    {
        Rune.DecodeFromUtf16(text.AsSpan(index), out var rune, out length);
        return Of(rune);
    }
}

/// <summary>Lower-casing like Python's <c>str.lower</c>, which was used in training.</summary>
/// <remarks>
/// Unicode's full mapping differs from .NET's mapping by character in two cases only: İ (U+0130) becomes
/// two characters, and Σ at the end of a word becomes ς.
/// </remarks>
internal static class LowerCase
{
    private const int CapitalIWithDot = 0x130;
    private const int CapitalSigma = 0x3A3;

    /// <summary>The lower-cased text; every lone surrogate becomes U+FFFD.</summary>
    public static string Of(string text)
    {
        var runes = text.EnumerateRunes().ToArray();
        var lower = new StringBuilder(text.Length);
        for (int i = 0; i < runes.Length; i++)
        {
            _ = runes[i].Value switch
            {
                CapitalIWithDot => lower.Append("i\u0307"),
                CapitalSigma => lower.Append(EndsWord(runes, i) ? 'ς' : 'σ'),
                _ => Append(lower, Rune.ToLowerInvariant(runes[i])),
            };
        }
        return lower.ToString();
    }

    /// <summary>Number of UTF-16 units of the text that the first ones of its lower-cased form come from.</summary>
    public static int SourceLength(string source, int lowerLength)
    {
        int sourceLength = 0;
        for (int lower = 0; sourceLength < source.Length && lower < lowerLength; sourceLength++)
            lower += source[sourceLength] == CapitalIWithDot ? 2 : 1;
        return sourceLength;
    }

    private static StringBuilder Append(StringBuilder text, Rune rune)
    {
        Span<char> units = stackalloc char[2];
        return text.Append(units[..rune.EncodeToUtf16(units)]);
    }

    // Unicode's Final_Sigma: a cased letter before it and none after it, ignoring case-ignorable characters.
    private static bool EndsWord(Rune[] runes, int index)
    {
        int before = index - 1;
        while (before >= 0 && IsCaseIgnorable(runes[before]))
            before--;
        if (before < 0 || !IsCased(runes[before]))
            return false;
        int after = index + 1;
        while (after < runes.Length && IsCaseIgnorable(runes[after]))
            after++;
        return after == runes.Length || !IsCased(runes[after]);
    }

    // Cased letters that are modifiers or marks are case-ignorable too and never get here.
    private static bool IsCased(Rune rune) => Rune.GetUnicodeCategory(rune) switch
    {
        UnicodeCategory.UppercaseLetter or UnicodeCategory.LowercaseLetter or UnicodeCategory.TitlecaseLetter => true,
        _ => rune.Value is 0xAA or 0xBA or (>= 0x2160 and <= 0x217F) or (>= 0x24B6 and <= 0x24E9)
            or (>= 0x1F130 and <= 0x1F149) or (>= 0x1F150 and <= 0x1F169) or (>= 0x1F170 and <= 0x1F189),
    };

    // Besides the categories: the Word_Break classes MidLetter, MidNumLet and Single_Quote.
    private static bool IsCaseIgnorable(Rune rune) => Rune.GetUnicodeCategory(rune) switch
    {
        UnicodeCategory.NonSpacingMark or UnicodeCategory.EnclosingMark or UnicodeCategory.Format
            or UnicodeCategory.ModifierLetter or UnicodeCategory.ModifierSymbol => true,
        _ => rune.Value is '\'' or '.' or ':' or 0xB7 or 0x387 or 0x55F or 0x5F4 or 0x2018 or 0x2019 or 0x2024
            or 0x2027 or 0xFE13 or 0xFE52 or 0xFE55 or 0xFF07 or 0xFF0E or 0xFF1A,
    };
}

/// <summary>Unicode's normal form C, which .NET's <c>string.Normalize</c> does not support without ICU.</summary>
/// <remarks>Unicode Standard Annex 15; section 3.12 of the standard for Hangul.</remarks>
internal static class CanonicalComposition
{
    private const char FirstThatMayChange = '\u0300';

    private const int HangulBase = 0xAC00, LeadBase = 0x1100, VowelBase = 0x1161, TrailBase = 0x11A7;
    private const int LeadCount = 19, VowelCount = 21, TrailCount = 28;
    private const int HangulCount = LeadCount * VowelCount * TrailCount;

    private static readonly Lazy<Tables> Data = new(() => new Tables());

    /// <summary>The text in normal form C; lone surrogates become U+FFFD.</summary>
    public static string Of(string text)
    {
        if (!text.AsSpan().ContainsAnyInRange(FirstThatMayChange, char.MaxValue))
            return text;
        var data = Data.Value;
        var points = new List<int>(text.Length);
        foreach (var rune in text.EnumerateRunes())
            Decompose(rune.Value, data, points);
        Order(points, data);
        Compose(points, data);
        var composed = new StringBuilder(text.Length);
        Span<char> units = stackalloc char[2];
        foreach (int point in points)
            composed.Append(units[..new Rune(point).EncodeToUtf16(units)]);
        return composed.ToString();
    }

    private static void Decompose(int point, Tables data, List<int> points)
    {
        int syllable = point - HangulBase;
        if (syllable is >= 0 and < HangulCount)
        {
            points.Add(LeadBase + syllable / (VowelCount * TrailCount));
            points.Add(VowelBase + syllable / TrailCount % VowelCount);
            if (syllable % TrailCount != 0)
                points.Add(TrailBase + syllable % TrailCount);
        }
        else if (data.Decompositions.TryGetValue(point, out int[]? parts))
        {
            // Only the first part of a decomposition decomposes further, at most three times.
            Decompose(parts[0], data, points);
            if (parts.Length > 1)
                Decompose(parts[1], data, points);
        }
        else
        {
            points.Add(point);
        }
    }

    // Marks after a starter are sorted by combining class; equal ones keep their order.
    private static void Order(List<int> points, Tables data)
    {
        for (int start = 0; start < points.Count; start++)
        {
            int end = start;
            while (end < points.Count && data.ClassOf(points[end]) != 0)
                end++;
            if (end - start > 1)
            {
                var marks = points[start..end].OrderBy(data.ClassOf).ToArray();
                for (int i = 0; i < marks.Length; i++)
                    points[start + i] = marks[i];
            }
            start = end;
        }
    }

    private static void Compose(List<int> points, Tables data)
    {
        int starter = -1, lastClass = 0, count = 0;
        for (int i = 0; i < points.Count; i++)
        {
            int point = points[i];
            int combiningClass = data.ClassOf(point);
            bool adjacent = starter == count - 1;
            if (starter >= 0 && (adjacent || lastClass < combiningClass)
                && Composite(points[starter], point, data) is { } composite)
            {
                points[starter] = composite;
                continue;
            }
            if (combiningClass == 0)
                starter = count;
            lastClass = combiningClass;
            points[count++] = point;
        }
        points.RemoveRange(count, points.Count - count);
    }

    private static int? Composite(int first, int second, Tables data)
    {
        int lead = first - LeadBase, vowel = second - VowelBase;
        if (lead is >= 0 and < LeadCount && vowel is >= 0 and < VowelCount)
            return HangulBase + (lead * VowelCount + vowel) * TrailCount;
        int syllable = first - HangulBase, trail = second - TrailBase;
        if (syllable is >= 0 and < HangulCount && syllable % TrailCount == 0 && trail is > 0 and < TrailCount)
            return first + trail;
        return data.Compositions.TryGetValue((first, second), out int composite) ? composite : null;
    }

    private sealed class Tables
    {
        private readonly Dictionary<int, byte> _classes = [];

        public Tables()
        {
            foreach (string[] fields in EmbeddedTable.Read("normalization.txt"))
            {
                int point = EmbeddedTable.CodePoint(fields[1]);
                int[] others = [.. fields[2..].Select(EmbeddedTable.CodePoint)];
                switch (fields[0])
                {
                    case "C":
                        for (int marked = point; marked <= others[0]; marked++)
                            _classes[marked] = byte.Parse(fields[3], System.Globalization.CultureInfo.InvariantCulture);
                        break;
                    case "D":
                        Decompositions[point] = others;
                        Compositions[(others[0], others[1])] = point;
                        break;
                    default:
                        Decompositions[point] = others;
                        break;
                }
            }
        }

        public Dictionary<int, int[]> Decompositions { get; } = [];

        public Dictionary<(int First, int Second), int> Compositions { get; } = [];

        public int ClassOf(int point) => point < FirstThatMayChange ? 0 : _classes.GetValueOrDefault(point);
    }
}

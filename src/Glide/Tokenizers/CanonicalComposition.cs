using System.Text;

namespace Glide.Tokenizers;

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

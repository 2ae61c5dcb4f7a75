using System.Globalization;

namespace Glide.Cli.Sweeps;

/// <summary>A setting that a sweep changes, with its values as text.</summary>
/// <param name="Name">Name of the option, without hyphens.</param>
/// <param name="Values">Different ones, at least one.</param>
internal sealed record SweepAxis(string Name, IReadOnlyList<string> Values)
{
    /// <summary>The setting that may also be given as FIRST-LAST.</summary>
    public const string Seed = "seed";

    // More than any sweep may have cells, and few enough to be counted quickly.
    private const int MostValues = 10_000;

    /// <summary>Reads a list of values and of ranges FIRST:LAST or FIRST:LAST:STEP, both ends included.</summary>
    /// <exception cref="UsageException">A part is empty, or a range goes nowhere or on for too long.</exception>
    public static SweepAxis Parse(string name, string text)
    {
        var values = new List<string>();
        foreach (string part in text.Split(',', StringSplitOptions.TrimEntries))
        {
            if (part.Length == 0)
                throw Refusal(name, text, "has an empty part");
            values.AddRange(Range(name, part) ?? [part]);
        }
        return new SweepAxis(name, [.. values.Distinct()]);
    }

    // Decimal numbers, so that 1:2:0.1 ends at 2 and its parts read as they were meant.
    private static IEnumerable<string>? Range(string name, string part)
    {
        char separator = name == Seed && !part.Contains(':', StringComparison.Ordinal) ? '-' : ':';
        var numbers = part.Split(separator).Select(Number).ToList();
        if (numbers.Count is not (2 or 3) || numbers.Contains(null) || (separator == '-' && numbers.Count == 3))
            return null;
        decimal first = numbers[0]!.Value, last = numbers[1]!.Value, step = numbers.Count == 3 ? numbers[2]!.Value : 1;
        if (step <= 0)
            throw Refusal(name, part, "has a step that is not above 0");
        if (last < first)
            throw Refusal(name, part, "ends before it begins");
        decimal count = Math.Floor((last - first) / step) + 1;
        if (count > MostValues)
            throw Refusal(name, part, string.Create(CultureInfo.InvariantCulture, $"has {count} values, more than {MostValues}"));
        return Enumerable.Range(0, (int)count).Select(index => (first + (index * step)).ToString("0.############", CultureInfo.InvariantCulture));
    }

    private static decimal? Number(string text) =>
        decimal.TryParse(text, NumberStyles.AllowLeadingSign | NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out decimal number) ? number : null;

    private static UsageException Refusal(string name, string found, string fault) =>
        new($"bad value for --{name}; '{found}' {fault}; allowed are values and ranges with commas between them, such as 1,2,4 or {(name == Seed ? "1-4" : "1:6:0.5")}");
}

using System.Globalization;
using Glide.Batches;
using Glide.Pipelines.Settings;

namespace Glide.Cli.Sweeps;

/// <summary>The cells of a sweep: every value of every axis with every value of the others.</summary>
internal sealed class SweepPlan
{
    public const int MostCells = 256;

    private SweepPlan(
        IReadOnlyList<PlannedImage> images, IReadOnlyList<string> rows, IReadOnlyList<string> columns,
        IReadOnlyList<string> title)
    {
        Images = images;
        Rows = rows;
        Columns = columns;
        Title = title;
    }

    /// <summary>The images row by row; their numbers count from 1.</summary>
    public IReadOnlyList<PlannedImage> Images { get; }

    public IReadOnlyList<string> Rows { get; }

    /// <summary>A label for each column: a value of the last axis.</summary>
    public IReadOnlyList<string> Columns { get; }

    /// <summary>The prompt, what changes in which direction, and what all cells have in common.</summary>
    public IReadOnlyList<string> Title { get; }

    /// <summary>Plans a sweep.</summary>
    /// <param name="prompt">The prompt.</param>
    /// <param name="given">What changes; the last one from column to column. One with a single value is a setting of
    /// all cells.</param>
    /// <param name="common">More settings of all cells, by option name.</param>
    /// <param name="reader">Understands a cell's settings.</param>
    /// <exception cref="UsageException">There are too many cells, or a value is refused.</exception>
    public static SweepPlan Make(string prompt,
        IReadOnlyList<SweepAxis> given, IReadOnlyDictionary<string, string> common, RowReader reader)
    {
        List<SweepAxis> axes = [.. given.Where(axis => axis.Values.Count > 1)];
        if (axes.Count == 0)
            axes.Add(given[^1]);
        var same = new Dictionary<string, string>(common);
        foreach (var axis in given.Except(axes))
            same[axis.Name] = axis.Values[0];
        long count = axes.Aggregate(1L, (product, axis) => Math.Min(product * axis.Values.Count, int.MaxValue));
        if (count > MostCells)
        {
            throw new UsageException(
                $"the sweep has too many cells; found "
                    + $"{string.Join(" × ", axes.Select(axis => $"{axis.Values.Count} of --{axis.Name}"))} = {count}; "
                    + $"allowed are {MostCells}; give fewer values");
        }

        var across = axes[^1];
        var down = axes.SkipLast(1).ToList();
        var rows = down.Aggregate(
            (IEnumerable<IReadOnlyList<string>>)[[]], (chosen, axis) =>
                chosen.SelectMany(values => axis.Values.Select(value => (IReadOnlyList<string>)[.. values, value])))
                .ToList();
        var faults = new List<RowFault>();
        var images = new List<PlannedImage>();
        foreach (var row in rows)
        {
            foreach (string value in across.Values)
            {
                var settings = new Dictionary<string, string>(same) { [across.Name] = value };
                foreach (var (axis, chosen) in down.Zip(row))
                    settings[axis.Name] = chosen;
                int number = images.Count + 1;
                if (reader.Read(new BatchRow(number, prompt, settings), faults) is not [var cell])
                    break;
                images.Add(new PlannedImage(number, number, cell.Request, cell.Recipe,
                    FileName(prompt, axes, settings)));
            }
        }

        if (faults.Count > 0)
            throw new UsageException(string.Join("\nerror: ", faults.Select(fault => fault.Reason).Distinct()));
        string names = down.Count == 0
            ? $"{across.Name} across"
            : $"{across.Name} across, {string.Join(", ", down.Select(axis => axis.Name))} down";
        IReadOnlyList<string> title = same.Count == 0
            ? [prompt, names]
            : [prompt, names, string.Join(", ", same.Select(setting => $"{setting.Key} {setting.Value}"))];
        return new SweepPlan(images, [.. rows.Select(row => string.Join(", ", row))], across.Values, title);
    }

    private static string FileName(string prompt, IReadOnlyList<SweepAxis> axes, Dictionary<string, string> settings)
    {
        string values = string.Concat(axes.Select(axis => $"-{axis.Name}-{settings[axis.Name]}"));
        var safe = values.Select(c => char.IsAsciiLetterOrDigit(c) || c is '.' or '-' ? c : '-');
        return $"{OutputNames.Slug(prompt)}{string.Concat(safe)}.png";
    }
}

/// <summary>A setting that a sweep changes, with its values as text.</summary>
/// <param name="Name">Name of the option, without hyphens.</param>
/// <param name="Values">Different ones, at least one.</param>
internal sealed record SweepAxis(string Name, IReadOnlyList<string> Values)
{
    /// <summary>The setting that may also be given as FIRST-LAST.</summary>
    public const string Seed = SamplingTable.Seed;

    // More than any sweep may have cells, and few enough to be counted quickly.
    private const int MostValues = 10_000;

    /// <summary>Reads a list of values and of ranges FIRST:LAST or FIRST:LAST:STEP, both ends included.</summary>
    /// <exception cref="UsageException">A part is empty, a range is none, or a value is not allowed.</exception>
    public static SweepAxis Parse(string name, string text)
    {
        var values = new List<string>();
        foreach (string part in text.Split(',', StringSplitOptions.TrimEntries))
        {
            if (part.Length == 0)
                throw Refusal(name, text, "has an empty part");
            values.AddRange(Range(name, part) ?? [part]);
        }
        var setting = SettingName.Parse(name);
        var refusals = values.Select(value => setting.Setting.Kind.Refusal(setting.Label, value));
        if (refusals.FirstOrDefault(refusal => refusal is not null) is { } refused)
            throw new UsageException(refused);
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
        {
            throw Refusal(name, part, string.Create(CultureInfo.InvariantCulture,
                $"has {count} values, more than {MostValues}"));
        }
        return Enumerable.Range(0, (int)count).Select(index => (first + (index * step))
            .ToString("0.############", CultureInfo.InvariantCulture));
    }

    private static decimal? Number(string text) =>
        decimal.TryParse(text, NumberStyles.AllowLeadingSign | NumberStyles.AllowDecimalPoint,
            CultureInfo.InvariantCulture, out decimal number) ? number : null;

    private static UsageException Refusal(string name, string found, string fault) =>
        new($"bad value for --{name}; '{found}' {fault}; allowed are values and ranges with commas between them, such "
            + $"as 1,2,4 or {(name == Seed ? "1-4" : "1:6:0.5")}");
}

using Glide.Batches;
using Glide.Cli.Batches;
using Glide.Cli.Output;

namespace Glide.Cli.Sweeps;

/// <summary>The cells of a sweep: every value of every axis with every value of the others.</summary>
internal sealed class SweepPlan
{
    /// <summary>Cells that one sweep may have.</summary>
    public const int MostCells = 256;

    private SweepPlan(IReadOnlyList<PlannedImage> images, IReadOnlyList<string> rows, IReadOnlyList<string> columns, IReadOnlyList<string> title)
    {
        Images = images;
        Rows = rows;
        Columns = columns;
        Title = title;
    }

    /// <summary>The images row by row; their numbers count from 1.</summary>
    public IReadOnlyList<PlannedImage> Images { get; }

    /// <summary>A label for each row.</summary>
    public IReadOnlyList<string> Rows { get; }

    /// <summary>A label for each column: a value of the last axis.</summary>
    public IReadOnlyList<string> Columns { get; }

    /// <summary>The prompt, what changes in which direction, and what all cells have in common.</summary>
    public IReadOnlyList<string> Title { get; }

    /// <summary>Plans a sweep.</summary>
    /// <param name="prompt">The prompt.</param>
    /// <param name="given">What changes; the last one from column to column. One with a single value is a setting of all cells.</param>
    /// <param name="common">More settings of all cells, by option name.</param>
    /// <param name="reader">Understands a cell's settings.</param>
    /// <exception cref="UsageException">There are too many cells, or a value is refused.</exception>
    public static SweepPlan Make(string prompt, IReadOnlyList<SweepAxis> given, IReadOnlyDictionary<string, string> common, RowReader reader)
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
                $"the sweep has too many cells; found {string.Join(" × ", axes.Select(axis => $"{axis.Values.Count} of --{axis.Name}"))} = {count}; allowed are {MostCells}; give fewer values");
        }

        var across = axes[^1];
        var down = axes.SkipLast(1).ToList();
        var rows = down.Aggregate(
            (IEnumerable<IReadOnlyList<string>>)[[]], (chosen, axis) => chosen.SelectMany(values => axis.Values.Select(value => (IReadOnlyList<string>)[.. values, value]))).ToList();
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
                images.Add(new PlannedImage(number, number, cell.Request, cell.Recipe, FileName(prompt, axes, settings)));
            }
        }

        if (faults.Count > 0)
            throw new UsageException(string.Join("\nerror: ", faults.Select(fault => fault.Reason).Distinct()));
        string names = down.Count == 0 ? $"{across.Name} across" : $"{across.Name} across, {string.Join(", ", down.Select(axis => axis.Name))} down";
        IReadOnlyList<string> title = same.Count == 0 ? [prompt, names] : [prompt, names, string.Join(", ", same.Select(setting => $"{setting.Key} {setting.Value}"))];
        return new SweepPlan(images, [.. rows.Select(row => string.Join(", ", row))], across.Values, title);
    }

    private static string FileName(string prompt, IReadOnlyList<SweepAxis> axes, Dictionary<string, string> settings)
    {
        string values = string.Concat(axes.Select(axis => $"-{axis.Name}-{settings[axis.Name]}"));
        return $"{OutputNames.Slug(prompt)}{string.Concat(values.Select(c => char.IsAsciiLetterOrDigit(c) || c is '.' or '-' ? c : '-'))}.png";
    }
}

using System.Collections.Concurrent;
using System.CommandLine.Parsing;
using System.CommandLine;
using System.Globalization;
using Glide.Batches;
using Glide.Cli.Options;
using Glide.ModelSets;
using Glide.Pipelines;

namespace Glide.Cli.Batches;

/// <summary>
/// Understands a row's fields as the options of <c>glide sample</c>, or with an image those of <c>glide inpaint</c>: what
/// the row does not say, the command line says.
/// </summary>
internal sealed class RowReader
{
    private const string Output = "output";
    private readonly SamplingOptions _sampling = new();
    private readonly Command _row = new("row");
    private readonly Dictionary<string, Option> _known;
    private readonly Dictionary<string, string> _common;
    private readonly ModelSet _models;
    private readonly RowPainting _painting;
    private readonly Action<string> _warn;

    /// <summary>Prepares to read rows.</summary>
    /// <param name="batch">The command line, with the options that hold for all rows.</param>
    /// <param name="models">Has the recipes that options change.</param>
    /// <param name="folder">What paths in rows are relative to.</param>
    /// <param name="warn">Gets what is odd about a row and no fault.</param>
    /// <exception cref="UsageException">It has an option that a batch cannot follow.</exception>
    public RowReader(ParseResult batch, ModelSet models, string folder, Action<string> warn)
    {
        _models = models;
        _warn = warn;
        _painting = new RowPainting(folder);
        _sampling.AddTo(_row);
        var sampling = _row.Options.Except(_sampling.Choosing).ToList();
        _painting.AddTo(_row);
        _known = sampling.Concat(_row.Options.Where(option => _painting.Fields.Contains(option.Name[2..]))).ToDictionary(option => option.Name[2..]);
        var chooses = batch.CommandResult.Children.OfType<OptionResult>()
            .FirstOrDefault(result => !result.Implicit && _sampling.Choosing.Any(option => option.Name == result.Option.Name));
        if (chooses is not null)
            throw new UsageException($"{chooses.Option.Name} is no option of a batch, whose images are all kept; leave it out, or use 'glide sample' for each prompt");
        _common = batch.CommandResult.Children.OfType<OptionResult>()
            .Where(result => !result.Implicit && _known.ContainsKey(result.Option.Name[2..]))
            .ToDictionary(result => result.Option.Name[2..], result => result.Tokens.Count > 0 ? result.Tokens[0].Value : "true");
    }

    /// <summary>The images of a row; empty with a fault noted.</summary>
    public IReadOnlyList<RowImage> Read(BatchRow row, ICollection<RowFault> faults)
    {
        var unknown = row.Options.Keys.Where(name => name != Output && !_known.ContainsKey(name)).ToList();
        foreach (string name in unknown)
            faults.Add(new RowFault(row.Line, $"unknown field '{name}'; {Suggestion(name)}"));
        if (unknown.Count > 0)
            return [];
        var values = new Dictionary<string, string>(_common);
        foreach (var (name, value) in row.Options)
            values[name] = _painting.Resolve(name, value);
        values.Remove(Output);
        // A seed that stays the same however often and on however many machines the file is run.
        values.TryAdd("seed", row.Line.ToString(CultureInfo.InvariantCulture));
        var parsed = _row.Parse([.. values.Select(Argument).OfType<string>()]);
        var refusals = UsageFaults.Find(parsed);
        foreach (string refusal in refusals)
            faults.Add(new RowFault(row.Line, refusal));
        if (refusals.Count > 0)
            return [];
        try
        {
            var recipe = _sampling.Apply(parsed, Recipe.For(_models, _painting.Task(parsed)), _painting.Paints(parsed) ? null : QualityPreset.ForPrompts);
            string? output = row.Options.TryGetValue(Output, out string? name) ? FileNameIn(name) : null;
            var requests = _sampling.Requests(parsed, [row.Prompt]);
            var source = _painting.Read(parsed, row.Options, warning => _warn($"line {row.Line}: {warning}"));
            return [.. requests.Select(request => new RowImage(row.Line, request, recipe, output is null || requests.Count == 1 ? output : Numbered(output, request.Seed)) { Source = source })];
        }
        catch (UsageException refusal)
        {
            faults.Add(new RowFault(row.Line, refusal.Message));
            return [];
        }
    }

    private string Suggestion(string name)
    {
        string[] allowed = ["prompt", Output, .. _known.Keys];
        return UsageFaults.Nearest(name, allowed) is { } nearest ? $"did you mean '{nearest}'?" : $"allowed are {string.Join(", ", allowed)}";
    }

    // Behind "=", a value may begin with a hyphen.
    private string? Argument(KeyValuePair<string, string> value)
    {
        bool isFlag = _known[value.Key].Arity.MaximumNumberOfValues == 0;
        if (!isFlag)
            return value.Value.Length == 0 ? null : $"--{value.Key}={value.Value}";
        return value.Value.ToLowerInvariant() switch
        {
            "true" or "1" or "yes" => $"--{value.Key}",
            "false" or "0" or "no" or "" => null,
            _ => throw new UsageException($"bad value for {value.Key}; found '{value.Value}'; allowed are true and false"),
        };
    }

    private static string FileNameIn(string path)
    {
        bool isInside = path.Length > 0 && !Path.IsPathRooted(path) && !path.Split('/', '\\').Contains("..") && !path.Contains('\0');
        return isInside && path.EndsWith(".png", StringComparison.OrdinalIgnoreCase)
            ? path
            : throw new UsageException($"bad value for output; found '{path}'; allowed is a name in the batch's folder that ends in .png");
    }

    private static string Numbered(string path, long seed) =>
        string.Create(CultureInfo.InvariantCulture, $"{path[..^4]}-{seed}.png");
}

/// <summary>An image that a row of a batch file asks for.</summary>
/// <param name="Line">Line of the file.</param>
/// <param name="Request">What it shows.</param>
/// <param name="Recipe">How it is made.</param>
/// <param name="Output">The file name that the row gives; <c>null</c> for one made from the prompt.</param>
internal sealed record RowImage(int Line, ImageRequest Request, Recipe Recipe, string? Output)
{
    /// <summary>What it is painted into; <c>null</c> where all of it is drawn.</summary>
    public RowSource? Source { get; init; }
}

/// <summary>Rows from stdin as they come: the first is made while others are still being written.</summary>
internal sealed class StandardInputRows(Stream input, BatchFormat format)
{
    private readonly BlockingCollection<TextLine> _lines = [];
    private UsageException? _error;

    /// <summary>All rows that are there, again and again until the input ends; waits for the first of each.</summary>
    /// <param name="faults">Gets what is wrong with single rows.</param>
    /// <param name="stop">Ends the waiting.</param>
    /// <exception cref="UsageException">It is no text.</exception>
    public IEnumerable<List<BatchRow>> Read(ICollection<RowFault> faults, CancellationToken stop)
    {
        new Thread(ReadLines) { IsBackground = true, Name = "stdin" }.Start();
        while (_lines.TryTake(out var line, Timeout.Infinite, stop))
        {
            var rows = new List<BatchRow>();
            do
            {
                if (BatchFile.ParseLine(line, format, faults) is { } row)
                    rows.Add(row);
            }
            while (_lines.TryTake(out line));
            yield return rows;
        }
        if (_error is not null)
            throw _error;
    }

    private void ReadLines()
    {
        try
        {
            foreach (var line in TextLines.Read(input, "stdin"))
                _lines.Add(line);
        }
        catch (UsageException exception)
        {
            _error = exception;
        }
        catch (IOException exception)
        {
            _error = new UsageException($"stdin cannot be read; {exception.Message}", exception);
        }
        _lines.CompleteAdding();
    }
}

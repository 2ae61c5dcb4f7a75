using Glide.Images;
using Glide.Pipelines;

namespace Glide.Batches;

/// <summary>Reads batch files: text, <c>.jsonl</c> and <c>.csv</c>.</summary>
internal static class BatchFile
{
    /// <summary>The format that a file's name stands for.</summary>
    public static BatchFormat FormatOf(string path) => Path.GetExtension(path).ToLowerInvariant() switch
    {
        ".jsonl" or ".ndjson" => BatchFormat.JsonLines,
        ".csv" => BatchFormat.Csv,
        _ => BatchFormat.Text,
    };

    /// <summary>Reads a whole file.</summary>
    /// <param name="path">The file.</param>
    /// <param name="faults">Gets what is wrong with single rows.</param>
    /// <exception cref="UsageException">There is no such file, it is no text, or it has no rows.</exception>
    public static IReadOnlyList<BatchRow> Read(string path, ICollection<RowFault> faults) =>
        Read(path, FormatOf(path), faults);

    /// <summary>Reads a whole file whose name does not tell its format.</summary>
    /// <inheritdoc cref="Read(string, ICollection{RowFault})"/>
    public static IReadOnlyList<BatchRow> Read(string path, BatchFormat format, ICollection<RowFault> faults)
    {
        try
        {
            if (Directory.Exists(path))
                throw new UsageException($"'{path}' is a folder; give a file of prompts: text, .jsonl or .csv");
            using var stream = File.OpenRead(path);
            return Parse(stream, path, format, faults);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw new UsageException($"the file of prompts cannot be read; '{path}'; {exception.Message}", exception);
        }
    }

    /// <summary>Reads text to its end.</summary>
    /// <param name="stream">The text; stays the caller's.</param>
    /// <param name="name">How messages call it.</param>
    /// <param name="format">How its rows are written.</param>
    /// <param name="faults">Gets what is wrong with single rows.</param>
    /// <exception cref="UsageException">It is no text, or it has no rows.</exception>
    public static IReadOnlyList<BatchRow> Parse(
        Stream stream, string name, BatchFormat format, ICollection<RowFault> faults)
    {
        int before = faults.Count;
        var lines = TextLines.Read(stream, name).ToList();
        var rows = format == BatchFormat.Csv
            ? CsvRows.Parse(lines, faults)
            : lines.Select(line => ParseLine(line, format, faults)).OfType<BatchRow>().ToList();
        if (rows.Count == 0 && faults.Count == before)
        {
            throw new UsageException(
                $"there are no prompts in '{name}'; found {Counted.Of(lines.Count, "line")} without a row; "
                    + "write one prompt a line");
        }
        return rows;
    }

    /// <summary>One line of text or JSON; <c>null</c> for a blank, a comment, or a fault.</summary>
    public static BatchRow? ParseLine(TextLine line, BatchFormat format, ICollection<RowFault> faults)
    {
        if (line.Fault is not null)
        {
            faults.Add(new RowFault(line.Number, line.Fault));
            return null;
        }
        if (string.IsNullOrWhiteSpace(line.Text))
            return null;
        if (format == BatchFormat.JsonLines)
            return JsonRow.Parse(line.Text, line.Number, faults);
        return line.Text.AsSpan().TrimStart()[0] == '#'
            ? null
            : new BatchRow(line.Number, line.Text, new Dictionary<string, string>());
    }
}

/// <summary>How the rows of a batch file are written.</summary>
internal enum BatchFormat
{
    /// <summary>A prompt a line; comments begin with <c>#</c>.</summary>
    Text,

    JsonLines,

    /// <summary>Comma-separated values below a header.</summary>
    Csv,
}

/// <summary>What is wrong with a row of a batch file.</summary>
/// <param name="Line">Line of the file, from 1.</param>
/// <param name="Reason">What is wrong and what is allowed.</param>
internal sealed record RowFault(int Line, string Reason)
{
    public override string ToString() => $"line {Line}: {Reason}";
}

/// <summary>The image of which a row has a part painted anew.</summary>
/// <param name="Files">What the journal keeps of it.</param>
/// <param name="Open">Reads the image with its mask: not before its turn, as a long batch's images do not fit into
/// memory together.</param>
/// <param name="Window">The square that the network sees; <c>null</c> chooses one.</param>
internal sealed record RowSource(SourceFiles Files, Func<KnownImage> Open, EditWindow? Window);

/// <summary>A row of a batch file.</summary>
/// <param name="Line">Line of the file that the row begins in, from 1.</param>
/// <param name="Prompt">The prompt, exactly as it stands there.</param>
/// <param name="Options">What the row says beside the prompt, by field name (<c>seed</c>, <c>steps</c>, ...), as
/// text.</param>
internal sealed record BatchRow(int Line, string Prompt, IReadOnlyDictionary<string, string> Options)
{
    /// <summary>
    /// Field names as the options are called: <c>guidance_scale</c> and <c>--guidance-scale</c> are
    /// <c>guidance-scale</c>.
    /// </summary>
    public static string OptionName(string field) => field.Trim().TrimStart('-').Replace('_', '-').ToLowerInvariant();
}

/// <summary>An image of a batch that is to be made.</summary>
/// <param name="Number">Its number in the whole batch, all shards together, from 1.</param>
/// <param name="Line">Line of the batch file.</param>
/// <param name="Request">What it shows, with its seed.</param>
/// <param name="Recipe">How it is made.</param>
/// <param name="FileName">Where it goes, relative to the batch's folder.</param>
internal sealed record PlannedImage(int Number, int Line, ImageRequest Request, Recipe Recipe, string FileName)
{
    /// <summary>What it is painted into; <c>null</c> where all of it is drawn.</summary>
    public RowSource? Source { get; init; }

    /// <summary>As in <see cref="JournalLine.SeedLine"/>.</summary>
    public int? SeedLine { get; init; }

    /// <summary>A finished image's line with the place that the image has now.</summary>
    /// <param name="done">The line.</param>
    /// <param name="total">Images of the whole batch, where known.</param>
    public JournalLine Place(JournalLine done, int? total) =>
        done with { Number = Number, Of = total, Line = Line, SeedLine = SeedLine };
}

using System.Globalization;
using Glide.Batches;

namespace Glide.Cli.Batches;

/// <summary>Where the rows of a batch come from: a file, or stdin.</summary>
/// <param name="file">The file's path; - for stdin.</param>
/// <param name="format">text, jsonl or csv; <c>null</c> by the file's name, and text on stdin.</param>
/// <param name="keepsGoing">Whether rows that cannot be understood are skipped.</param>
internal sealed class BatchInput(string file, string? format, bool keepsGoing)
{
    // More than anybody mends at once.
    private const int MostFaults = 50;

    private readonly string _name = file == "-" ? "stdin" : file;

    /// <summary>Whether rows come one after the other, and nobody knows how many.</summary>
    public bool IsStandardInput => file == "-";

    /// <summary>Whether somebody types the rows.</summary>
    public bool IsTyped => IsStandardInput && !Console.IsInputRedirected;

    public string Folder => IsStandardInput ? "" : Path.GetDirectoryName(file) ?? "";

    /// <summary>All rows of the file.</summary>
    /// <param name="faults">Gets what is wrong with single rows.</param>
    public IReadOnlyList<BatchRow> Read(List<RowFault> faults) =>
        format is null ? BatchFile.Read(file, faults) : BatchFile.Read(file, FormatNamed(format), faults);

    /// <summary>All rows, of stdin those up to its end.</summary>
    /// <param name="faults">Gets what is wrong with single rows.</param>
    /// <param name="stop">Ends the waiting.</param>
    /// <exception cref="UsageException">There are none.</exception>
    public IReadOnlyList<BatchRow> ReadToEnd(List<RowFault> faults, CancellationToken stop)
    {
        if (!IsStandardInput)
            return Read(faults);
        BatchRow[] rows = [.. ReadAsTheyCome(faults, stop).SelectMany(some => some)];
        return rows.Length > 0 || faults.Count > 0 ? rows : throw Empty;
    }

    /// <summary>What is said of stdin without a row.</summary>
    public static UsageException Empty => new("there are no prompts in stdin; write one prompt a line");

    /// <summary>Rows of stdin, as many at a time as are there; of a .csv all at once.</summary>
    /// <param name="faults">Gets what is wrong with single rows.</param>
    /// <param name="stop">Ends the waiting.</param>
    public IEnumerable<List<BatchRow>> ReadAsTheyCome(List<RowFault> faults, CancellationToken stop)
    {
        var named = FormatNamed(format ?? "text");
        if (IsOurOwnPipe())
            throw new UsageException("stdin is closed; give prompts on stdin, or the name of a file");
        var input = Console.OpenStandardInput();
        return named == BatchFormat.Csv
            ? [[.. BatchFile.Parse(input, _name, named, faults)]]
            : new StandardInputRows(input, named).Read(faults, stop);
    }

    // Where stdin is closed, the first file that the runtime opens takes its number: a pipe of its own, whose end for
    // writing it has too, so that reading would wait for ever.
    private static bool IsOurOwnPipe()
    {
        const string descriptors = "/proc/self/fd";
        if (!OperatingSystem.IsLinux() || new FileInfo($"{descriptors}/0").LinkTarget is not { } input)
            return false;
        return input.StartsWith("pipe:", StringComparison.Ordinal) && Directory.GetFiles(descriptors)
            .Any(path => new FileInfo(path).LinkTarget == input && IsForWriting(Path.GetFileName(path)));
    }

    // fdinfo has a line such as "flags:  0100001": octal, whose last two bits are 1 for writing alone.
    private static bool IsForWriting(string descriptor)
    {
        try
        {
            string? flags = File.ReadLines($"/proc/self/fdinfo/{descriptor}")
                .FirstOrDefault(line => line.StartsWith("flags:", StringComparison.Ordinal));
            return flags is not null && (Convert.ToInt32(flags[6..].Trim(), 8) & 3) == 1;
        }
        catch (IOException)
        {
            // Closed in the meantime.
            return false;
        }
    }

    /// <summary>
    /// Warns of faults where rows are skipped. Many at once, before anything is made; of a file that is something else
    /// altogether, not all.
    /// </summary>
    /// <exception cref="UsageException">There are faults, and rows are not skipped.</exception>
    public void Check(List<RowFault> faults, Action<string> warn)
    {
        if (faults.Count == 0)
            return;
        var shown = faults.OrderBy(fault => fault.Line).Take(MostFaults).Select(fault => $"'{_name}' {fault}").ToList();
        if (faults.Count > MostFaults)
            shown.Add($"'{_name}' has {Counted.Of(faults.Count - MostFaults, "more row")} that cannot be understood");
        if (!keepsGoing)
            throw new UsageException(string.Join("\nerror: ", shown));
        foreach (string fault in shown)
            warn($"{fault}; skipped");
    }

    private static BatchFormat FormatNamed(string name) => name switch
    {
        "jsonl" => BatchFormat.JsonLines,
        "csv" => BatchFormat.Csv,
        _ => BatchFormat.Text,
    };
}

/// <summary>Numbers and names the images of a batch; the same file gives the same plan to every shard.</summary>
/// <param name="reader">Understands rows.</param>
/// <param name="shard">This run's share.</param>
/// <param name="finished">What earlier runs have made; empty where none is gone on with.</param>
internal sealed class BatchPlan(RowReader reader, Shard shard, IReadOnlyList<JournalLine> finished)
{
    private readonly Dictionary<string, PlannedImage> _named = new(StringComparer.OrdinalIgnoreCase);
    private readonly FinishedRows _finished = new(finished);
    private int _rows;
    private int _images;

    /// <summary>Images planned so far, those of other shards too.</summary>
    public int Total => _images;

    /// <summary>The image of a file name, whichever shard makes it; <c>null</c> for none.</summary>
    public PlannedImage? Find(string name) => _named.GetValueOrDefault(name);

    /// <summary>This shard's images of some more rows.</summary>
    public List<PlannedImage> Add(IEnumerable<BatchRow> rows, ICollection<RowFault> faults)
    {
        var read = rows.Select(row => (IsOurs: shard.Has(_rows++), Images: Read(row, faults))).ToList();
        var ours = read.Where(row => row.IsOurs).SelectMany(row => row.Images).Select(image => image.Line).ToHashSet();
        var planned = new List<PlannedImage>();
        foreach (var (image, done) in _finished.Recognize([.. read.SelectMany(row => row.Images)]))
        {
            string name = done?.Path ?? image.Output ?? FreeName(image);
            var plan = new PlannedImage(_images + 1, image.Line, image.Request, image.Recipe, name)
            {
                Source = image.Source,
                SeedLine = image.SeedLine,
            };
            if (!_named.TryAdd(name, plan))
            {
                faults.Add(new RowFault(image.Line,
                    $"the output '{name}' is that of an earlier row; give it another name"));
                continue;
            }
            _images++;
            if (ours.Contains(image.Line))
                planned.Add(plan);
        }
        return planned;
    }

    private IReadOnlyList<RowImage> Read(BatchRow row, ICollection<RowFault> faults)
    {
        try
        {
            return reader.Read(row, faults);
        }
        catch (UsageException refusal)
        {
            faults.Add(new RowFault(row.Line, refusal.Message));
            return [];
        }
    }

    private string FreeName(RowImage image)
    {
        string name = OutputNames.For(image.Request.Prompt, image.Request.Seed);
        return Enumerable.Range(1, int.MaxValue).Select(number => OutputNames.Numbered(name, number))
            .First(candidate => !_named.ContainsKey(candidate) && _finished.IsFree(candidate, image.Request));
    }
}

/// <summary>Many numbers as people write them: <c>2, 5-9, 12</c>.</summary>
internal static class NumberRanges
{
    /// <summary>The numbers, with runs of three and more drawn together.</summary>
    public static string Text(IReadOnlyList<int> numbers)
    {
        var parts = new List<string>();
        for (int first = 0, end; first < numbers.Count; first = end)
        {
            end = first + 1;
            while (end < numbers.Count && numbers[end] == numbers[end - 1] + 1)
                end++;
            parts.AddRange(end - first > 2
                ? [string.Create(CultureInfo.InvariantCulture, $"{numbers[first]}-{numbers[end - 1]}")]
                : numbers.Skip(first).Take(end - first)
                    .Select(number => number.ToString(CultureInfo.InvariantCulture)));
        }
        return string.Join(", ", parts);
    }
}

using Glide.Batches;
using Glide.Cli.Options;
using Glide.Pipelines;

namespace Glide.Cli.Batches;

/// <summary>The folder of a batch: what is finished in it, and how images get there.</summary>
internal sealed class BatchFolder
{
    private readonly OutputSettings _settings;
    private readonly TextWriter _output;
    private readonly bool _resumes;
    private readonly Dictionary<string, JournalLine> _finished = [];
    private IReadOnlyList<JournalLine> _elsewhere = [];

    /// <summary>
    /// Makes sure of the folder before anything is made, and reads the journals if the batch goes on.
    /// </summary>
    /// <param name="settings">Where it is.</param>
    /// <param name="shard">This run's share of the batch.</param>
    /// <param name="parts">Shares of that share, made by other processes that this one waits for.</param>
    /// <param name="resumes">Whether the batch goes on.</param>
    /// <param name="output">Gets a line an image.</param>
    /// <exception cref="UsageException">The folder cannot be written, or has the journal of an earlier run.</exception>
    public BatchFolder(OutputSettings settings, Shard shard, IReadOnlyList<Shard> parts, bool resumes,
        TextWriter output)
    {
        _settings = settings;
        _output = output;
        _resumes = resumes;
        Path = settings.Path ?? ".";
        if (File.Exists(Path))
            throw new UsageException($"--output is no folder; '{Path}' is a file; give the name of a folder");
        if (OutputNames.IsImage(Path))
        {
            throw new UsageException(
                $"--output names one image; found '{Path}'; a batch wants a folder; give a name without "
                    + System.IO.Path.GetExtension(Path));
        }
        GeneratedImageFile.Probe(Path);
        Journal = new BatchJournal(Path, shard.JournalName);
        PartJournals = [.. parts.Select(part => new BatchJournal(Path, part.JournalName))
            .Where(journal => journal.Path != Journal.Path)];
        if (resumes)
        {
            StaleFiles.Remove(Path, isShared: shard.Count > 1);
            ReadJournals();
            return;
        }
        var earlier = PartJournals.Prepend(Journal).FirstOrDefault(journal => journal.Exists);
        if (earlier is not null && !settings.Overwrite)
        {
            throw new UsageException(
                $"there is the journal of an earlier run; '{earlier.Path}'; give --resume to go on with it, "
                    + $"--overwrite to begin again, or another folder");
        }
        foreach (var journal in PartJournals.Prepend(Journal))
            journal.Remove();
    }

    public string Path { get; }

    public BatchJournal Journal { get; }

    private IReadOnlyList<BatchJournal> PartJournals { get; }

    /// <summary>What is missing of the planned images.</summary>
    /// <param name="planned">The images.</param>
    /// <param name="settingsOf">What images of a recipe depend on now.</param>
    /// <param name="plan">Where they stand in the whole batch.</param>
    /// <param name="total">Images of the whole batch, where known.</param>
    /// <exception cref="UsageException">A finished image was made otherwise than planned now, or another file has its
    /// name.</exception>
    public List<PlannedImage> Missing(IReadOnlyList<PlannedImage> planned, Func<Recipe, RunSettings> settingsOf,
        BatchPlan plan, int? total)
    {
        var missing = new List<PlannedImage>();
        bool isNews = false;
        foreach (var (image, known, done) in FinishedNow.Find(planned, settingsOf))
        {
            if (done is null)
            {
                if (known is null)
                    CheckName(image);
                isNews |= _finished.Remove(image.FileName);
                missing.Add(image);
                continue;
            }
            // Rows that were inserted, removed or mended have moved the numbers.
            _finished[image.FileName] = image.Place(done, total);
            isNews |= _finished[image.FileName] != known;
        }
        // What comes from stdin is not known to its end.
        if (total is not null)
            isNews |= PlaceOthers(plan, total.Value);
        if (isNews)
            WriteJournal();
        return missing;
    }

    /// <summary>
    /// Finished images whose rows are no longer there; they and their lines stay. Known after <see cref="Missing"/> or
    /// <see cref="Join"/>.
    /// </summary>
    public IReadOnlyList<string> LeftOver { get; private set; } = [];

    /// <summary>The lines of those planned images that are finished, in the plan's order.</summary>
    public IEnumerable<JournalLine> Finished(IEnumerable<PlannedImage> planned)
    {
        var lines = Journal.Read().GroupBy(line => line.Path).ToDictionary(same => same.Key, same => same.Last());
        return planned.Select(image => lines.GetValueOrDefault(image.FileName)).OfType<JournalLine>();
    }

    /// <summary>Refuses names that are taken, before other processes make the images.</summary>
    /// <exception cref="UsageException">There is a file of that name.</exception>
    public void CheckNames(IReadOnlyList<PlannedImage> planned)
    {
        var finished = FinishedNow;
        foreach (var image in planned.Where(image => !finished.Has(image)))
            CheckName(image);
    }

    /// <summary>
    /// Takes the parts' journals over into this one; returns how many of the planned images are finished.
    /// </summary>
    /// <param name="planned">The images.</param>
    /// <param name="plan">Where they stand in the whole batch.</param>
    public int Join(IReadOnlyList<PlannedImage> planned, BatchPlan plan)
    {
        foreach (var line in PartJournals.SelectMany(journal => journal.Read()))
        {
            // Of a file that two parts know, one may remember what it was before it was made again.
            string? other = _finished.GetValueOrDefault(line.Path)?.Sha256;
            if (other is null || other == line.Sha256 || Journal.IsWhole(line))
                _finished[line.Path] = line;
        }
        PlaceOthers(plan, plan.Total);
        WriteJournal();
        foreach (var journal in PartJournals)
            journal.Remove();
        return planned.Count(image => _finished.ContainsKey(image.FileName));
    }

    /// <summary>Writes an image, then its line in the journal, then its line on stdout.</summary>
    /// <param name="planned">What was planned.</param>
    /// <param name="image">What was made.</param>
    /// <param name="settings">What it depends on.</param>
    /// <param name="total">Images of the whole batch, where known.</param>
    public void Save(PlannedImage planned, GeneratedImage image, RunSettings settings, int? total)
    {
        string path = System.IO.Path.Combine(Path, planned.FileName);
        // Only what the row names: a folder that somebody has removed meanwhile took finished images with it.
        if (System.IO.Path.GetDirectoryName(planned.FileName) is { Length: > 0 } inner && Directory.Exists(Path))
            Directory.CreateDirectory(System.IO.Path.Combine(Path, inner));
        if (!GeneratedImageFile.TryWrite(path, image, replace: _resumes || _settings.Overwrite))
        {
            throw new UsageException(
                $"the file exists; '{path}'; another run writes to this folder; give each its own");
        }
        Journal.Add(new JournalLine
        {
            Number = planned.Number,
            Of = total,
            Line = planned.Line,
            SeedLine = planned.SeedLine,
            Prompt = planned.Request.Prompt,
            Negative = planned.Request.Negative,
            And = planned.Request.And.ToRecord(),
            Seed = planned.Request.Seed,
            Settings = settings,
            Source = planned.Source?.Files,
            Path = planned.FileName,
            Sha256 = BatchJournal.HashOf(path),
            Seconds = Math.Round(image.Seconds, 3),
        });
        _output.WriteLine(_settings.Json ? image.Record.ToJsonLine(path, image.Seconds) : path);
        _output.Flush();
    }

    private FinishedImages FinishedNow => new(Journal, _finished.Values, _elsewhere);

    private void ReadJournals()
    {
        _elsewhere = [.. FinishedImages.OfOthers(Path, Journal)];
        foreach (var line in Journal.Read())
            _finished[line.Path] = line;
    }

    // Lines of other shards' rows get the numbers that those have now, and images that nobody asks for none. Returns
    // whether a line changed.
    private bool PlaceOthers(BatchPlan plan, int total)
    {
        bool isNews = false;
        var leftOver = new List<JournalLine>();
        foreach (var line in _finished.Values.ToList())
        {
            var image = plan.Find(line.Path);
            if (image is null)
                leftOver.Add(line);
            var placed = image?.Place(line, total) ?? line with { Number = 0, Of = null };
            isNews |= placed != line;
            _finished[line.Path] = placed;
        }
        LeftOver = [.. leftOver.OrderBy(line => line.Line).Select(line => System.IO.Path.Combine(Path, line.Path))];
        return isNews;
    }

    private void WriteJournal() => Journal.Write(_finished.Values.OrderBy(line => line.Number));

    // A run may have died between an image and its line in the journal: that image is ours.
    private void CheckName(PlannedImage image)
    {
        string path = System.IO.Path.Combine(Path, image.FileName);
        for (string? folder = System.IO.Path.GetDirectoryName(path); folder is { Length: > 0 };
            folder = System.IO.Path.GetDirectoryName(folder))
        {
            if (File.Exists(folder))
            {
                throw new UsageException(
                    $"line {image.Line}: the output '{image.FileName}' needs the folder '{folder}', which is a file; "
                        + "give it another name");
            }
        }
        if (!File.Exists(path) || _settings.Overwrite)
            return;
        if (!_resumes)
        {
            throw new UsageException(
                $"the file exists; '{path}'; give --overwrite to replace it, or another folder with --output");
        }
        if (!IsOf(image, path))
        {
            throw new UsageException(
                $"the file exists and is not of this batch; '{path}'; move it away, or give --overwrite to replace it");
        }
    }

    private static bool IsOf(PlannedImage image, string path)
    {
        try
        {
            return GeneratedImageFile.ReadRecord(path) is { } record && record.Prompt == image.Request.Prompt
                && record.And == image.Request.And.ToRecord() && record.Seed == image.Request.Seed;
        }
        catch (UsageException)
        {
            return false;
        }
    }
}

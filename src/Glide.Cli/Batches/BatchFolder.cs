using Glide.Batches;
using Glide.Cli.Options;
using Glide.Pipelines;

namespace Glide.Cli.Batches;

/// <summary>The folder of a batch: what is finished in it, and how pictures get there.</summary>
internal sealed class BatchFolder
{
    private readonly OutputSettings _settings;
    private readonly TextWriter _output;
    private readonly bool _resumes;
    private readonly Dictionary<int, JournalLine> _finished;

    /// <summary>Makes sure of the folder before anything is made, and reads the journal if the batch goes on.</summary>
    /// <exception cref="UsageException">The folder cannot be written, or has the journal of an earlier run.</exception>
    public BatchFolder(OutputSettings settings, Shard shard, bool resumes, TextWriter output)
    {
        _settings = settings;
        _output = output;
        _resumes = resumes;
        Path = settings.Path ?? ".";
        if (File.Exists(Path))
            throw new UsageException($"--output is no folder; '{Path}' is a file; give the name of a folder");
        PictureFile.Probe(Path);
        Journal = new BatchJournal(Path, shard.JournalName);
        if (Journal.Exists && !resumes && !settings.Overwrite)
            throw new UsageException($"there is the journal of an earlier run; '{Journal.Path}'; give --resume to go on with it, --overwrite to begin again, or another folder");
        if (!resumes)
        {
            Journal.Remove();
            _finished = [];
            return;
        }
        StaleFiles.Remove(Path, isShared: shard.Count > 1);
        var lines = Journal.Read();
        Known = lines.Count;
        _finished = lines.GroupBy(line => line.Number).ToDictionary(group => group.Key, group => group.Last());
    }

    /// <summary>Where it is.</summary>
    public string Path { get; }

    /// <summary>The journal.</summary>
    public BatchJournal Journal { get; }

    /// <summary>Lines that the journal had.</summary>
    private int Known { get; set; }

    /// <summary>What is missing of the planned pictures.</summary>
    /// <param name="planned">The pictures.</param>
    /// <param name="settingsOf">What pictures of a recipe depend on now.</param>
    /// <exception cref="UsageException">A finished picture was made otherwise than planned now, or another file has its name.</exception>
    public List<PlannedPicture> Missing(IReadOnlyList<PlannedPicture> planned, Func<Recipe, RunSettings> settingsOf)
    {
        var missing = new List<PlannedPicture>();
        foreach (var picture in planned)
        {
            if (!_finished.TryGetValue(picture.Number, out var done))
            {
                CheckName(picture);
                missing.Add(picture);
                continue;
            }
            if (BatchJournal.Difference(done, picture, settingsOf(picture.Recipe)) is { } difference)
                throw new UsageException($"--resume finds other settings than before; picture {picture.Number} (line {picture.Line}): {difference}; give the same options, or --overwrite without --resume to begin again");
            if (Journal.IsWhole(done))
                continue;
            _finished.Remove(picture.Number);
            missing.Add(picture);
        }
        if (_finished.Count < Known)
        {
            Journal.Write(_finished.Values.OrderBy(line => line.Number));
            Known = _finished.Count;
        }
        return missing;
    }

    /// <summary>Writes a picture, then its line in the journal, then its line on stdout.</summary>
    /// <param name="planned">What was planned.</param>
    /// <param name="picture">What was made.</param>
    /// <param name="settings">What it depends on.</param>
    /// <param name="total">Pictures of the whole batch, where known.</param>
    public void Save(PlannedPicture planned, Picture picture, RunSettings settings, int? total)
    {
        string path = System.IO.Path.Combine(Path, planned.FileName);
        Directory.CreateDirectory(System.IO.Path.GetDirectoryName(path)!);
        if (!PictureFile.TryWrite(path, picture, replace: _resumes || _settings.Overwrite))
            throw new UsageException($"the file exists; '{path}'; another run writes to this folder; give each its own");
        Journal.Add(new JournalLine
        {
            Number = planned.Number,
            Of = total,
            Line = planned.Line,
            Prompt = planned.Request.Prompt,
            Negative = planned.Request.Negative,
            Seed = planned.Request.Seed,
            Settings = settings,
            Path = planned.FileName,
            Sha256 = BatchJournal.HashOf(path),
            Seconds = Math.Round(picture.Seconds, 3),
        });
        _output.WriteLine(_settings.Json ? picture.Record.ToJsonLine(path, picture.Seconds) : path);
        _output.Flush();
    }

    // A run may have died between a picture and its line in the journal: that picture is ours.
    private void CheckName(PlannedPicture picture)
    {
        string path = System.IO.Path.Combine(Path, picture.FileName);
        if (!File.Exists(path) || _settings.Overwrite)
            return;
        if (!_resumes)
            throw new UsageException($"the file exists; '{path}'; give --overwrite to replace it, or another folder with --output");
        if (!IsOf(picture, path))
            throw new UsageException($"the file exists and is not of this batch; '{path}'; move it away, or give --overwrite to replace it");
    }

    private static bool IsOf(PlannedPicture picture, string path)
    {
        try
        {
            return PictureFile.ReadRecord(path) is { } record && record.Prompt == picture.Request.Prompt && record.Seed == picture.Request.Seed;
        }
        catch (UsageException)
        {
            return false;
        }
    }
}

using Glide.Datasets;
using Glide.Training;

namespace Glide.Cli.Training;

/// <summary>The data of a run, opened where the run stands.</summary>
internal sealed class RunData : IDisposable
{
    private const int SampleImages = 8;

    private readonly IReadOnlyList<WeightedDataset> _sources;
    private readonly BatchSettings _settings;
    private readonly Action<string> _notice;
    private readonly string _names;
    private TrainingBatches? _batches;
    private bool _isToldOfBadItems;

    /// <param name="plan">Names the data.</param>
    /// <param name="imageSize">Side of the images.</param>
    /// <param name="cache">Folder of decoded images; <c>null</c> for the user's.</param>
    /// <param name="notice">Told how preparing goes, and once what cannot be used.</param>
    /// <exception cref="UsageException">There is no such data.</exception>
    public RunData(TrainingPlan plan, int imageSize, string? cache, Action<string> notice)
    {
        _notice = notice;
        _names = string.Join(' ', plan.Data);
        _sources = [.. plan.Data.Select(DatasetReader.Open)];
        var settings = new BatchSettings(imageSize, plan.Settings.BatchSize, plan.Settings.Seed)
        {
            Flip = !plan.Settings.NoFlip,
        };
        _settings = cache is null ? settings : settings with { CacheFolder = cache };
    }

    /// <summary>Starts reading at a batch.</summary>
    public Func<CancellationToken, TrainingBatch> From(long firstBatch)
    {
        _batches = Open(_settings, firstBatch);
        return _batches.Next;
    }

    /// <summary>The sheet of samples, of the first images of the data; <c>null</c> for CLIP.</summary>
    public SampleSheet? NewSheet(TrainingSession session)
    {
        using var batches = Open(_settings with { BatchSize = SampleImages }, firstBatch: 0);
        using var examples = batches.Next();
        return session.NewSheet(examples);
    }

    public void Dispose() => _batches?.Dispose();

    private TrainingBatches Open(BatchSettings settings, long firstBatch)
    {
        bool isTold = false;
        var batches = new TrainingBatches(_sources, settings, firstBatch, (done, total) =>
        {
            if (!isTold)
                _notice($"preparing {Counted.Of(total, "image")}, once");
            isTold = true;
        });
        if (batches.BadItems is { Count: > 0 } bad && !_isToldOfBadItems)
        {
            _isToldOfBadItems = true;
            _notice($"skipping {bad.Count} of {Counted.Of(bad.Count + batches.Count, "item")} that cannot be used; "
                + $"'glide data check {_names}' names them, such as '{bad[0].Name}': {bad[0].Reason}");
        }
        return batches;
    }
}

using System.Runtime.InteropServices;
using Glide.Runtime;
using static TorchSharp.torch;

namespace Glide.Datasets;

/// <summary>How batches are made.</summary>
/// <param name="ImageSize">Side of the images in pixels.</param>
/// <param name="BatchSize">Images of a batch.</param>
/// <param name="Seed">Decides order, captions, cuts and flips.</param>
internal sealed record BatchSettings(int ImageSize, int BatchSize, long Seed)
{
    /// <summary>Whether half of the images, at random, have left and right exchanged.</summary>
    public bool Flip { get; init; } = true;

    /// <summary>Whether the square lies at random along the longer side; otherwise in the middle.</summary>
    public bool Crop { get; init; } = true;

    /// <summary>Threads that read and prepare images.</summary>
    public int Threads { get; init; } = 2;

    /// <summary>Where the scaled images are kept; made if it is missing.</summary>
    public string CacheFolder { get; init; } = DefaultCacheFolder(Environment.GetEnvironmentVariable);

    /// <summary>The user's folder of things that can be made again.</summary>
    internal static string DefaultCacheFolder(Func<string, string?> variable)
    {
        // By the XDG rules a relative path is invalid and ignored.
        string? root = variable("XDG_CACHE_HOME") is { } cache && Path.IsPathFullyQualified(cache)
            ? cache
            : OperatingSystem.IsWindows() ? variable("LOCALAPPDATA")
            : variable("HOME") is { Length: > 0 } home
                ? Path.Combine(home, OperatingSystem.IsMacOS() ? "Library/Caches" : ".cache")
                : null;
        return Path.Combine(root ?? Path.GetTempPath(), "glide", "images");
    }
}

/// <summary>Images to train on. The caller disposes it.</summary>
/// <param name="Images">[N, 3, S, S] float32 on the CPU, from −1 to 1, in no dispose scope.</param>
/// <param name="Captions">One for each image.</param>
/// <param name="Names">What the images are called in their datasets.</param>
internal sealed record TrainingBatch(Tensor Images, IReadOnlyList<string> Captions, IReadOnlyList<string> Names)
    : IDisposable
{
    public void Dispose() => Images.Dispose();
}

/// <summary>An endless sequence of batches, prepared ahead of their use.</summary>
/// <remarks>
/// Batch k depends on the data, the settings and k alone, never on threads or on where a run began.
/// <see cref="SampleOrder"/> says which item comes when.
/// </remarks>
internal sealed class TrainingBatches : IDisposable
{
    private readonly BatchSettings _settings;
    private readonly List<IBatchSource> _sources = [];
    private readonly SampleOrder _order;
    private readonly OrderedAhead<TrainingBatch> _batches;

    /// <summary>Prepares the data, which takes a while the first time, and starts reading.</summary>
    /// <param name="sources">The datasets, at least one.</param>
    /// <param name="settings">How batches are made.</param>
    /// <param name="firstBatch">The number of the first batch, from 0.</param>
    /// <param name="progress">Gets the number of finished items of a dataset and of all its items, while they are
    /// scaled.</param>
    /// <param name="cancellation">Stops the preparation.</param>
    /// <exception cref="DatasetException">No item can be used.</exception>
    /// <exception cref="ResourceException">The disk is full.</exception>
    public TrainingBatches(IReadOnlyList<WeightedDataset> sources, BatchSettings settings, long firstBatch = 0,
        Action<int, int>? progress = null, CancellationToken cancellation = default)
    {
        ArgumentOutOfRangeException.ThrowIfZero(sources.Count, nameof(sources));
        ArgumentOutOfRangeException.ThrowIfNegative(firstBatch);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(settings.ImageSize, nameof(settings));
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(settings.BatchSize, nameof(settings));
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(settings.Threads, nameof(settings));
        _settings = settings;
        try
        {
            foreach (var source in sources)
                _sources.Add(Open(source.Dataset, settings, progress, cancellation));
            BadItems = [.. _sources.SelectMany(source => source.BadItems)];
            if (Count == 0)
            {
                throw BadItem.None(string.Join(", ", sources.Select(source => $"'{source.Dataset.Name}'")), BadItems);
            }
        }
        catch
        {
            _sources.ForEach(source => source.Dispose());
            throw;
        }
        Libtorch.Load();
        _order = new SampleOrder([.. _sources.Select(source => source.Count)],
            [.. sources.Select(source => source.Weight)], settings.Seed);
        _batches = new OrderedAhead<TrainingBatch>((firstBatch, long.MaxValue), settings.Threads,
            settings.Threads + 1, Make);
    }

    /// <summary>Items that cannot be used, and why.</summary>
    public IReadOnlyList<BadItem> BadItems { get; }

    /// <summary>Items that can be used.</summary>
    public int Count => _sources.Sum(source => source.Count);

    /// <summary>Waits for the next batch; the caller disposes it.</summary>
    /// <exception cref="GlideException">An image was damaged meanwhile. Calling again does not help.</exception>
    public TrainingBatch Next(CancellationToken cancellation = default) => _batches.Next(cancellation);

    public void Dispose()
    {
        _batches.Dispose();
        _sources.ForEach(source => source.Dispose());
    }

    private static IBatchSource Open(IImageTextDataset dataset, BatchSettings settings,
        Action<int, int>? progress, CancellationToken cancellation) => dataset is IDrawnDataset drawn
            ? new DrawnSource(drawn, drawn.Prepare(settings, progress, cancellation), settings)
            : new CachedSource(ImageCache.Open(dataset, settings, progress, cancellation), settings);

    private TrainingBatch Make(long number, CancellationToken cancellation)
    {
        int size = _settings.ImageSize, length = 3 * size * size;
        string[] captions = new string[_settings.BatchSize], names = new string[_settings.BatchSize];
        var images = empty([_settings.BatchSize, 3, size, size], float32).DetachFromDisposeScope();
        try
        {
            for (int i = 0; i < _settings.BatchSize; i++)
            {
                cancellation.ThrowIfCancellationRequested();
                long sample = (number * _settings.BatchSize) + i;
                var (dataset, index) = _order[sample];
                var values = MemoryMarshal.Cast<byte, float>(images.bytes).Slice(i * length, length);
                (names[i], captions[i]) = _sources[dataset].Read(index, sample, values);
            }
            return new TrainingBatch(images, captions, names);
        }
        catch
        {
            images.Dispose();
            throw;
        }
    }
}

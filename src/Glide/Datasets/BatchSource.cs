namespace Glide.Datasets;

/// <summary>Where the images of a batch come from.</summary>
internal interface IBatchSource : IDisposable
{
    /// <summary>Items that can be used.</summary>
    int Count { get; }

    /// <summary>Items that cannot be used, and why.</summary>
    IReadOnlyList<BadItem> BadItems { get; }

    /// <summary>Gives the image of a sample, as it is trained on.</summary>
    /// <param name="index">The item that the order has for it.</param>
    /// <param name="sample">The number of the sample in the run.</param>
    /// <param name="target">Gets planes of red, green and blue, row by row, from −1 to 1.</param>
    /// <returns>What the image is called, and its caption.</returns>
    (string Name, string Caption) Read(int index, long sample, Span<float> target);
}

/// <summary>Images that are scaled once and read from the cache.</summary>
/// <param name="cache">The images; is disposed.</param>
/// <param name="settings">How they are cut and flipped.</param>
internal sealed class CachedSource(ImageCache cache, BatchSettings settings) : IBatchSource
{
    public int Count => cache.Count;

    public IReadOnlyList<BadItem> BadItems => cache.BadItems;

    public (string Name, string Caption) Read(int index, long sample, Span<float> target)
    {
        var item = cache.Read(index);
        TrainingImage.CopyTo(item.Image, TrainingImage.Place(item.Image, settings, sample), target);
        return (item.Name, item.Captions[CounterHash.Below(
            item.Captions.Count, settings.Seed, RandomUse.Caption, sample)]);
    }

    public void Dispose() => cache.Dispose();
}

/// <summary>Images that are drawn when they are needed. They are flipped by who draws them, if at all.</summary>
/// <param name="dataset">Draws them.</param>
/// <param name="badItems">The parts that cannot be used.</param>
/// <param name="settings">How they are drawn.</param>
internal sealed class DrawnSource(IDrawnDataset dataset, IReadOnlyList<BadItem> badItems, BatchSettings settings)
    : IBatchSource
{
    public int Count => dataset.Count - badItems.Count;

    public IReadOnlyList<BadItem> BadItems => badItems;

    public (string Name, string Caption) Read(int index, long sample, Span<float> target)
    {
        var item = dataset.Draw(sample, settings);
        TrainingImage.CopyTo(item.Image, new Square(0, 0, settings.ImageSize, IsFlipped: false), target);
        return (item.Name, item.Captions[0]);
    }

    public void Dispose()
    {
    }
}

namespace Glide.Datasets;

/// <summary>Data from which images are composed at random, each anew, so that none is kept on the disk.</summary>
/// <remarks>
/// The items are the parts: <see cref="IImageTextDataset.Count"/> says how many samples are nominally an epoch, and
/// <see cref="IImageTextDataset.Read"/> shows one part.
/// </remarks>
internal interface IDrawnDataset : IImageTextDataset
{
    /// <summary>The styles of the parts, and how many parts each has.</summary>
    IReadOnlyList<(string Name, int Parts)> Styles { get; }

    /// <summary>
    /// Decodes the parts that are needed, and leaves out those that cannot be used; called before anything is drawn.
    /// </summary>
    /// <param name="settings">Size of the images, threads.</param>
    /// <param name="progress">Gets the number of finished parts and of all; called by this thread only.</param>
    /// <param name="cancellation">Stops.</param>
    /// <returns>The parts that cannot be used.</returns>
    IReadOnlyList<BadItem> Prepare(
        BatchSettings settings, Action<int, int>? progress, CancellationToken cancellation = default);

    /// <summary>Draws a sample, a square with one caption, which follows from its number and the seed alone.</summary>
    /// <param name="sample">The number of the sample in the run.</param>
    /// <param name="settings">Size, seed, and whether parts may be flipped.</param>
    DatasetItem Draw(long sample, BatchSettings settings);
}

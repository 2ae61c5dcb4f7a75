using Glide.Images;

namespace Glide.Datasets;

/// <summary>A sheet of some images of a dataset as a network would see them, with a caption below each.</summary>
internal static class DatasetSheet
{
    private const int MostImages = 24;
    private const int Columns = 6;
    private const int LeastSide = 192;
    private const int CaptionLines = 3;

    /// <summary>Composes the sheet.</summary>
    /// <param name="datasets">The data, and which items of it can be used.</param>
    /// <param name="size">Side of the images in pixels; small ones are magnified.</param>
    public static RgbImage Compose(
        IReadOnlyList<(IImageTextDataset Dataset, IReadOnlyList<int> Usable)> datasets, int size)
    {
        var all = datasets.SelectMany(source => source.Usable.Select(index => (source.Dataset, Index: index))).ToList();
        // Evenly spread, so that a folder of each class is there.
        var chosen = Enumerable.Range(0, Math.Min(all.Count, MostImages))
            .Select(place => all[(int)((long)place * all.Count / Math.Min(all.Count, MostImages))])
            .Select(item => item.Dataset.Read(item.Index)).ToList();
        int factor = Math.Max(1, (LeastSide + size - 1) / size);
        int width = factor * size, scale = ImageGrid.LetterScale(width);
        return ImageGrid.Compose(
            [.. chosen.Select(item => Resizing.Magnify(Middle(item.Image, size), factor))], Columns,
            [.. chosen.Select(item => BitmapFont.Wrap(item.Captions[0], width, scale, CaptionLines))]);
    }

    private static RgbImage Middle(RgbImage image, int size)
    {
        var scaled = TrainingImage.Scale(image, size);
        var square = TrainingImage.Place(scaled,
            new BatchSettings(size, BatchSize: 1, Seed: 0) { Crop = false, Flip = false }, sample: 0);
        return scaled.Crop(square.X, square.Y, size, size);
    }
}

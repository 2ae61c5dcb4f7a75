using Glide.Images;

namespace Glide.Datasets;

/// <summary>
/// A sheet of some images of a dataset as a network would see them, with a caption below each: of data that draws them,
/// scenes.
/// </summary>
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
        var settings = new BatchSettings(size, BatchSize: 1, Seed: 0) { Crop = false, Flip = false };
        foreach (var drawn in datasets.Where(source => source.Usable.Count > 0).Select(source => source.Dataset)
            .OfType<IDrawnDataset>())
        {
            drawn.Prepare(settings, progress: null);
        }
        // Evenly spread, so that a folder of each class is there.
        var chosen = Enumerable.Range(0, Math.Min(all.Count, MostImages))
            .Select(place => all[(int)((long)place * all.Count / Math.Min(all.Count, MostImages))])
            .Select(item => item.Dataset is IDrawnDataset drawn
                ? drawn.Draw(item.Index, settings)
                : item.Dataset.Read(item.Index)).ToList();
        int factor = Math.Max(1, (LeastSide + size - 1) / size);
        int width = factor * size, scale = ImageGrid.LetterScale(width);
        return ImageGrid.Compose(
            [.. chosen.Select(item => Resizing.Magnify(Middle(item.Image, settings), factor))], Columns,
            [.. chosen.Select(item => BitmapFont.Wrap(item.Captions[0], width, scale, CaptionLines))]);
    }

    private static RgbImage Middle(RgbImage image, BatchSettings settings)
    {
        var scaled = TrainingImage.Scale(image, settings.ImageSize);
        var square = TrainingImage.Place(scaled, settings, sample: 0);
        return scaled.Crop(square.X, square.Y, square.Size, square.Size);
    }
}

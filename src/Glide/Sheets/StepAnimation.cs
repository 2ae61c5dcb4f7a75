using Glide.Images;
using Glide.Pipelines;

namespace Glide.Sheets;

/// <summary>
/// How the images of a run formed: x₀ at the steps of the base and of the upsampler, then the finished images; as an
/// animation, or as a strip of some of the steps.
/// </summary>
/// <remarks>
/// Of a stage with more than 100 steps so many are kept, evenly; they are kept at the stage's own size.
/// </remarks>
internal sealed class StepAnimation
{
    public const int MostImages = 16;

    private const int MostPerStage = 100;
    private const int StripColumns = 10;
    private const int Margin = 4;

    private static readonly TimeSpan s_length = TimeSpan.FromSeconds(6);
    private static readonly TimeSpan s_shortest = TimeSpan.FromMilliseconds(40);
    private static readonly TimeSpan s_longest = TimeSpan.FromMilliseconds(250);
    private static readonly TimeSpan s_last = TimeSpan.FromSeconds(2);

    private readonly Dictionary<int, List<Frame>> _frames = [];
    private readonly SortedDictionary<int, GeneratedImage> _finished = [];

    /// <summary>Bytes that a film has at most.</summary>
    /// <param name="path">Its name.</param>
    /// <param name="images">Images that it follows.</param>
    /// <param name="width">Of the finished images, and their height.</param>
    /// <param name="recipe">How they are made.</param>
    public static long MostBytesFor(string path, int images, int width, Recipe recipe)
    {
        int frames = 1 + recipe.Stages.Sum(stage => Math.Min(MostPerStage, stage.CountPasses()));
        // GIF's codes have up to 12 bits for a pixel; it has its own colors for each frame.
        return IsAnimation(path)
            ? frames * ImageGrid.MostBytesFor(images, width, columns: null, captionLines: 0, Margin) / 2
            : ImageGrid.MostBytesFor(images * StripColumns, width, StripColumns, captionLines: 1);
    }

    /// <summary>Whether a film is written as an animation: the name ends in <c>.gif</c>, not <c>.png</c>.</summary>
    public static bool IsAnimation(string path) => path.EndsWith(".gif", StringComparison.OrdinalIgnoreCase);

    public void Add(StepPreview preview)
    {
        if (preview.Step < preview.Steps && preview.Step * MostPerStage / preview.Steps == (preview.Step - 1)
            * MostPerStage / preview.Steps)
        {
            return;
        }
        for (int row = 0; row < preview.Images.Count; row++)
        {
            if (!_frames.TryGetValue(preview.Numbers[row], out var frames))
                _frames.Add(preview.Numbers[row], frames = []);
            frames.Add(new Frame($"{preview.Stage} {preview.Step}/{preview.Steps}", preview.Images[row]));
        }
    }

    /// <summary>Takes a finished image; those that never come are left out of the film.</summary>
    public void Add(GeneratedImage image) => _finished.Add(image.Number, image);

    /// <summary>Writes the film.</summary>
    /// <param name="path">A name that ends in <c>.gif</c> or <c>.png</c>.</param>
    /// <param name="replace">Whether a file of that name is replaced.</param>
    /// <returns><c>false</c> where the name is taken.</returns>
    /// <exception cref="ResourceException">The disk is full.</exception>
    public bool TryWrite(string path, bool replace)
    {
        Frame[][] rows = [.. _finished.Select(image =>
            WithFinished(_frames.GetValueOrDefault(image.Key) ?? [], image.Value))];
        var size = rows[0][^1].Image;
        int count = rows.Min(row => row.Length);
        if (!IsAnimation(path))
        {
            return SheetFile.TryWrite(path, Strip(rows, count, size.Width, size.Height),
                SheetRecord.Of("steps", [.. _finished.Values.Select(image => image.Record)]), replace);
        }
        var frames = Enumerable.Range(0, count).Select(step =>
            ParallelRunner([.. rows.Select(row => Scaled(row[step].Image, size.Width, size.Height))]));
        var delay = TimeSpan.FromTicks(Math.Clamp(s_length.Ticks / count, s_shortest.Ticks, s_longest.Ticks));
        if (!replace)
            return GifWriter.TrySaveNew(path, frames, delay, s_last);
        GifWriter.Save(path, frames, delay, s_last);
        return true;
    }

    // The finished image may be a larger one, with what was painted pasted in.
    private static Frame[] WithFinished(List<Frame> frames, GeneratedImage image)
    {
        bool belongs = frames.Count == 0 || (frames[^1].Image.Width == image.Image.Width
            && frames[^1].Image.Height == image.Image.Height);
        return belongs ? [.. frames, new Frame("done", image.Image)] : [.. frames];
    }

    private static RgbImage Strip(Frame[][] rows, int count, int width, int height)
    {
        int columns = Math.Min(count, StripColumns);
        int[] steps = [.. Enumerable.Range(0, columns)
            .Select(column => columns == 1 ? count - 1 : column * (count - 1) / (columns - 1))];
        return ImageGrid.Compose(
            [.. rows.SelectMany(row => steps.Select(step => Scaled(row[step].Image, width, height)))],
            columns,
            [.. rows.SelectMany(row => steps.Select(step => row[step].Label))]);
    }

    private static RgbImage ParallelRunner(RgbImage[] images) => images.Length == 1
        ? images[0]
        : ImageGrid.Compose(images, margin: Margin);

    private static RgbImage Scaled(RgbImage image, int width, int height) =>
        image.Width == width && image.Height == height ? image : Resizing.Bicubic(image, width, height);

    private sealed record Frame(string Label, RgbImage Image);
}

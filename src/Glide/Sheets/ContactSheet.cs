using Glide.Images;
using Glide.Pipelines;

namespace Glide.Sheets;

/// <summary>All images of a run on one sheet, with prompt and seed below each.</summary>
/// <param name="count">Images that will come; many are scaled down, so that the sheet stays below 64
/// megapixels.</param>
internal sealed class ContactSheet(int count)
{
    private const long MostPixels = 64_000_000;
    private const int LeastSide = 16;
    private const int PromptLines = 2;

    private readonly List<RgbImage> _images = [];
    private readonly List<ImageMetadata> _records = [];

    public static long MostBytesFor(int images, int width) =>
        ImageGrid.MostBytesFor(images, width, columns: null, PromptLines + 1);

    public int Count => _images.Count;

    public void Add(GeneratedImage image)
    {
        _images.Add(Thumbnail(image.Image));
        _records.Add(image.Record);
    }

    /// <summary>Writes the sheet.</summary>
    /// <returns><c>false</c> where the name is taken and <paramref name="replace"/> does not allow to take
    /// it.</returns>
    /// <exception cref="ResourceException">The disk is full.</exception>
    public bool TryWrite(string path, bool replace) =>
        SheetFile.TryWrite(path, Compose(), SheetRecord.Of("grid", _records), replace);

    internal RgbImage Compose()
    {
        int width = _images.Max(image => image.Width), height = _images.Max(image => image.Height);
        int scale = ImageGrid.LetterScale(width);
        return ImageGrid.Compose(
            [.. _images.Select(image => Centered(image, width, height))],
            labels: [.. _records.Select(record =>
                $"{BitmapFont.Wrap(record.JoinedPrompt, width, scale, PromptLines)}\nseed {record.Seed}")]);
    }

    private RgbImage Thumbnail(RgbImage image)
    {
        int factor = 1;
        while ((long)count * (image.Width / factor) * (image.Height / factor) > MostPixels
            && Math.Min(image.Width, image.Height) / (factor + 1) >= LeastSide)
        {
            factor++;
        }
        return factor == 1 ? image : Resizing.Bicubic(image, image.Width / factor, image.Height / factor);
    }

    private static RgbImage Centered(RgbImage image, int width, int height)
    {
        if (image.Width == width && image.Height == height)
            return image;
        var cell = new RgbImage(width, height);
        Array.Fill(cell.Pixels, byte.MaxValue);
        cell.Paste(image, (width - image.Width) / 2, (height - image.Height) / 2);
        return cell;
    }
}

/// <summary>One image of a sheet.</summary>
/// <param name="Prompt">Its prompt.</param>
/// <param name="Seed">Its seed.</param>
/// <param name="Recipe">Place of its recipe in <see cref="SheetRecord.Recipes"/>.</param>
internal sealed record SheetImage(string Prompt, long Seed, int Recipe)
{
    /// <summary>What stood in place of the empty prompt; <c>null</c> where nothing did.</summary>
    public string? Negative { get; init; }

    /// <summary>As in <see cref="ImageMetadata.And"/>.</summary>
    public string? And { get; init; }
}

/// <summary>Writes sheets as images are written: whole, and over another file only on request.</summary>
internal static class SheetFile
{
    /// <summary>Writes a PNG with its record.</summary>
    /// <returns><c>false</c> where the name is taken and <paramref name="replace"/> does not allow to take
    /// it.</returns>
    /// <exception cref="ResourceException">The disk is full.</exception>
    public static bool TryWrite(string path, RgbImage sheet, SheetRecord record, bool replace)
    {
        if (!replace)
            return ImageFile.TrySaveNewPng(path, sheet, record.ToTexts());
        ImageFile.SavePng(path, sheet, record.ToTexts());
        return true;
    }
}

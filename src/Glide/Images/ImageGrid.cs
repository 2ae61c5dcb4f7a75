using System.Globalization;

namespace Glide.Images;

/// <summary>Contact sheets: images of one size in rows on white, with captions below.</summary>
internal static class ImageGrid
{
    private const long BytesOfRecord = 4096;

    /// <summary>Arranges images in rows, from the top left.</summary>
    /// <param name="images">All of one size, at least one.</param>
    /// <param name="columns">Images in a row; null for the square root of their number, rounded up.</param>
    /// <param name="labels">A black caption for each image, of one or more lines that are cut to the image's width;
    /// null for none.</param>
    /// <param name="margin">White pixels around and between images.</param>
    /// <exception cref="ArgumentException">The images differ in size, or there are more or fewer labels than
    /// images.</exception>
    public static RgbImage Compose(
        IReadOnlyList<RgbImage> images, int? columns = null, IReadOnlyList<string>? labels = null, int margin = 8)
    {
        ArgumentNullException.ThrowIfNull(images);
        ArgumentOutOfRangeException.ThrowIfZero(images.Count, nameof(images));
        ArgumentOutOfRangeException.ThrowIfNegative(margin);
        if (labels is not null && labels.Count != images.Count)
            throw new ArgumentException($"{labels.Count} labels for {images.Count} images.", nameof(labels));
        int width = images[0].Width, height = images[0].Height;
        foreach (var image in images)
        {
            if (image.Width != width || image.Height != height)
            {
                throw new ArgumentException(
                    $"A {image.Width}×{image.Height} image among {width}×{height} ones.", nameof(images));
            }
        }

        int across = columns ?? (int)Math.Ceiling(Math.Sqrt(images.Count));
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(across, nameof(columns));
        across = Math.Min(across, images.Count);
        int down = (images.Count + across - 1) / across;
        int scale = LetterScale(width);
        int lineHeight = LineHeight(scale);
        int captionHeight = labels is null ? 0 : labels.Max(label => label.Split('\n').Length) * lineHeight;
        var sheet = new RgbImage(
            checked(margin + (across * (width + margin))),
                checked(margin + (down * (height + captionHeight + margin))));
        Array.Fill(sheet.Pixels, byte.MaxValue);
        for (int i = 0; i < images.Count; i++)
        {
            int x = margin + (i % across * (width + margin));
            int y = margin + (i / across * (height + captionHeight + margin));
            sheet.Paste(images[i], x, y);
            string[] lines = labels?[i].Split('\n') ?? [];
            for (int line = 0; line < lines.Length; line++)
            {
                BitmapFont.Draw(sheet, BitmapFont.Cut(lines[line], width, scale), x, y + height + (2 * scale)
                    + (line * lineHeight), scale, [0, 0, 0]);
            }
        }

        return sheet;
    }

    /// <summary>
    /// Upper bound of the size of a sheet as a file, in bytes: its pixels and a record of each image.
    /// </summary>
    /// <param name="images">Number of images.</param>
    /// <param name="width">Width and height of each image.</param>
    /// <param name="columns">Images in a row; null for the square root of their number, rounded up.</param>
    /// <param name="captionLines">Lines of each caption.</param>
    /// <param name="margin">White pixels around and between images.</param>
    public static long MostBytesFor(int images, int width, int? columns, int captionLines, int margin = 8)
    {
        long across = columns ?? (long)Math.Ceiling(Math.Sqrt(images));
        long down = (images + across - 1) / across;
        long cell = width + margin, cellHeight = cell + (captionLines * LineHeight(LetterScale(width)));
        return ((margin + (down * cellHeight)) * (1 + (3 * (margin + (across * cell))))) + (images * BytesOfRecord);
    }

    /// <summary>Magnification of the captions below images of a width.</summary>
    public static int LetterScale(int width) => Math.Max(1, width / 128);

    // A blank row above the letters, and one below for descenders.
    private static int LineHeight(int scale) => (BitmapFont.Height + 3) * scale;

    /// <summary>Labels 1, 2, 3, …</summary>
    public static IReadOnlyList<string> Numbers(int count) =>
        Enumerable.Range(1, count).Select(number => number.ToString(CultureInfo.InvariantCulture)).ToList();
}

/// <summary>Position of the pixels of a checked image, and their orientation.</summary>
/// <param name="Width">Columns as stored.</param>
/// <param name="Height">Rows as stored.</param>
/// <param name="Orientation">EXIF orientation, 1 to 8.</param>
/// <param name="Parts">
/// Parts that the decoder needs, in the file's order. Color profiles, texts, thumbnails and further frames are omitted:
/// they are not used, and each could keep a decoder busy.
/// </param>
internal sealed record ImageLayout(int Width, int Height, int Orientation, IReadOnlyList<FilePart> Parts)
{
    /// <summary>Whether the decoder jumps about in the file, which is one part and in memory then.</summary>
    public bool IsInMemory { get; init; }
}

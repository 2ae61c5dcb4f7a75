using System.Globalization;

namespace Glide.Images;

/// <summary>Contact sheets: equal pictures in rows, on white, with captions below them.</summary>
internal static class ImageGrid
{
    private const long BytesOfRecord = 4096;

    /// <summary>Puts pictures side by side, from the top left in rows.</summary>
    /// <param name="pictures">All of one size, at least one.</param>
    /// <param name="columns">Pictures in a row; null for as many as rows, rounded up.</param>
    /// <param name="labels">A caption for each, in black, of one or more lines that are cut to the picture's width; null for none.</param>
    /// <param name="margin">White pixels around and between pictures.</param>
    /// <exception cref="ArgumentException">The pictures differ in size, or there are more or fewer labels than pictures.</exception>
    public static RgbImage Compose(
        IReadOnlyList<RgbImage> pictures, int? columns = null, IReadOnlyList<string>? labels = null, int margin = 8)
    {
        ArgumentNullException.ThrowIfNull(pictures);
        ArgumentOutOfRangeException.ThrowIfZero(pictures.Count, nameof(pictures));
        ArgumentOutOfRangeException.ThrowIfNegative(margin);
        if (labels is not null && labels.Count != pictures.Count)
            throw new ArgumentException($"{labels.Count} labels for {pictures.Count} pictures.", nameof(labels));
        int width = pictures[0].Width, height = pictures[0].Height;
        foreach (var picture in pictures)
        {
            if (picture.Width != width || picture.Height != height)
            {
                throw new ArgumentException(
                    $"A {picture.Width}×{picture.Height} picture among {width}×{height} ones.", nameof(pictures));
            }
        }

        int across = columns ?? (int)Math.Ceiling(Math.Sqrt(pictures.Count));
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(across, nameof(columns));
        across = Math.Min(across, pictures.Count);
        int down = (pictures.Count + across - 1) / across;
        int scale = LetterScale(width);
        int lineHeight = LineHeight(scale);
        int captionHeight = labels is null ? 0 : labels.Max(label => label.Split('\n').Length) * lineHeight;
        var sheet = new RgbImage(
            checked(margin + (across * (width + margin))), checked(margin + (down * (height + captionHeight + margin))));
        Array.Fill(sheet.Pixels, byte.MaxValue);
        for (int i = 0; i < pictures.Count; i++)
        {
            int x = margin + (i % across * (width + margin));
            int y = margin + (i / across * (height + captionHeight + margin));
            sheet.Paste(pictures[i], x, y);
            string[] lines = labels?[i].Split('\n') ?? [];
            for (int line = 0; line < lines.Length; line++)
                BitmapFont.Draw(sheet, BitmapFont.Cut(lines[line], width, scale), x, y + height + (2 * scale) + (line * lineHeight), scale, [0, 0, 0]);
        }

        return sheet;
    }

    /// <summary>Bytes that a sheet has at most as a file: its pixels, and a record of each picture.</summary>
    /// <param name="pictures">How many.</param>
    /// <param name="width">Of each, and its height.</param>
    /// <param name="columns">Pictures in a row; null for as many as rows, rounded up.</param>
    /// <param name="captionLines">Lines below each.</param>
    /// <param name="margin">White pixels around and between pictures.</param>
    public static long MostBytesFor(int pictures, int width, int? columns, int captionLines, int margin = 8)
    {
        long across = columns ?? (long)Math.Ceiling(Math.Sqrt(pictures));
        long down = (pictures + across - 1) / across;
        long cell = width + margin, cellHeight = cell + (captionLines * LineHeight(LetterScale(width)));
        return ((margin + (down * cellHeight)) * (1 + (3 * (margin + (across * cell))))) + (pictures * BytesOfRecord);
    }

    /// <summary>How large the letters below a picture of that width are.</summary>
    public static int LetterScale(int width) => Math.Max(1, width / 128);

    // A row of blank above the letters, and one below for their tails.
    private static int LineHeight(int scale) => (BitmapFont.Height + 3) * scale;

    /// <summary>Labels 1, 2, 3, …</summary>
    public static IReadOnlyList<string> Numbers(int count) =>
        Enumerable.Range(1, count).Select(number => number.ToString(CultureInfo.InvariantCulture)).ToList();
}

/// <summary>Where the pixels of a checked PNG or JPEG are, and how they are shown.</summary>
/// <param name="Width">Columns as stored.</param>
/// <param name="Height">Rows as stored.</param>
/// <param name="Orientation">EXIF's number for how the stored pixels are turned, 1 to 8.</param>
/// <param name="Parts">
/// What the decoder needs, in the file's order. Colour profiles, texts, thumbnails and further frames are left out:
/// they are not used, and each is another way to keep a decoder busy.
/// </param>
internal sealed record ImageLayout(int Width, int Height, int Orientation, IReadOnlyList<FilePart> Parts);

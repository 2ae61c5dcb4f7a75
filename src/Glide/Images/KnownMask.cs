using System.Globalization;

namespace Glide.Images;

/// <summary>Which pixels of an image stay as they are; the others are painted anew.</summary>
public sealed class KnownMask
{
    // How much of what is painted each pixel takes, 0 to 255.
    private readonly byte[] _paint;

    /// <summary>Takes a mask without soft parts.</summary>
    /// <param name="width">Columns.</param>
    /// <param name="height">Rows.</param>
    /// <param name="known">Row by row from the top, true where the pixel stays.</param>
    public KnownMask(int width, int height, bool[] known)
    {
        ArgumentNullException.ThrowIfNull(known);
        if (known.LongLength != (long)width * height)
            throw new ArgumentException($"{known.LongLength} values are not {width}×{height}.", nameof(known));
        Width = width;
        Height = height;
        _paint = Array.ConvertAll(known, isKnown => isKnown ? byte.MinValue : byte.MaxValue);
    }

    /// <summary>Wraps a mask that may have soft parts, without a copy.</summary>
    /// <param name="width">Columns.</param>
    /// <param name="height">Rows.</param>
    /// <param name="paint">Row by row, 0 where the pixel stays, 255 where it is replaced; a blend between.</param>
    internal KnownMask(int width, int height, byte[] paint)
    {
        Width = width;
        Height = height;
        _paint = paint;
    }

    /// <summary>Columns.</summary>
    public int Width { get; }

    /// <summary>Rows.</summary>
    public int Height { get; }

    /// <summary>Whether a pixel stays.</summary>
    public bool this[int x, int y] => PaintAt(x, y) == 0;

    /// <summary>Whether nothing is painted.</summary>
    internal bool KeepsAll => !_paint.AsSpan().ContainsAnyExcept((byte)0);

    internal bool KeepsNothing => !_paint.AsSpan().Contains((byte)0);

    /// <summary>The part of the image that is painted, 0 to 1; of a soft pixel its weight counts.</summary>
    internal double PaintedShare => _paint.Sum(paint => (long)paint) / ((double)byte.MaxValue * _paint.Length);

    /// <summary>The opposite mask.</summary>
    public KnownMask Inverted() =>
        new(Width, Height, Array.ConvertAll(_paint, paint => (byte)(byte.MaxValue - paint)));

    /// <summary>How much of what is painted a pixel takes: 0 stays, 255 is replaced.</summary>
    internal byte PaintAt(int x, int y) => _paint[(y * Width) + x];

    /// <summary>A square part; what lies beyond the mask's edge is not known.</summary>
    internal KnownMask Crop(EditWindow window)
    {
        var part = new bool[window.Size * window.Size];
        for (int y = 0; y < window.Size; y++)
        {
            for (int x = 0; x < window.Size; x++)
                part[(y * window.Size) + x] = Contains(window.X + x, window.Y + y) && this[window.X + x, window.Y + y];
        }
        return new KnownMask(window.Size, window.Size, part);
    }

    /// <summary>A mask of another size, where a pixel is known only if all that lies under it is.</summary>
    internal KnownMask Scaled(int width, int height)
    {
        var scaled = new bool[width * height];
        for (int y = 0; y < height; y++)
        {
            for (int x = 0; x < width; x++)
                scaled[(y * width) + x] = IsAllKnown(Covered(x, width, Width), Covered(y, height, Height));
        }
        return new KnownMask(width, height, scaled);
    }

    /// <summary>1 for known, 0 for painted, row by row.</summary>
    internal float[] ToValues() => Array.ConvertAll(_paint, paint => paint == 0 ? 1f : 0f);

    private bool Contains(int x, int y) => x >= 0 && y >= 0 && x < Width && y < Height;

    private static Range Covered(int index, int count, int old) =>
        (int)((long)index * old / count)..(int)((((long)index + 1) * old + count - 1) / count);

    private bool IsAllKnown(Range columns, Range rows)
    {
        for (int y = rows.Start.Value; y < rows.End.Value; y++)
        {
            if (_paint.AsSpan(y * Width, Width)[columns].ContainsAnyExcept((byte)0))
                return false;
        }
        return true;
    }
}

/// <summary>What users say about the part that is painted, as a <see cref="KnownMask"/>.</summary>
public static class MaskRules
{
    // Compression leaves grays beside the edges of a JPEG: they are black below the middle of 0 to 255, else white.
    private const byte Middle = 128;

    // More is rarely meant; the mask is probably the other way round.
    private const double MostExpected = 0.8;

    /// <summary>
    /// A mask file: white is painted, or in a file with transparency the transparent part, or the strokes on a
    /// transparent layer. Gray and half transparent pixels are blended, except in a JPEG.
    /// </summary>
    /// <param name="path">PNG, JPEG or WebP.</param>
    /// <param name="width">Columns of the image.</param>
    /// <param name="height">Rows of the image.</param>
    /// <exception cref="UsageException">The file cannot be read, or its shape is not the image's.</exception>
    public static KnownMask FromFile(string path, int width, int height) =>
        Read(path, width, height, image: null).Mask;

    /// <summary>The same, with the image that a mask may be an erased copy of.</summary>
    /// <returns>The mask, and whether the file's opaque part is painted; <c>null</c> if all of it is opaque.</returns>
    internal static (KnownMask Mask, bool? PaintsOpaque) Read(string path, int width, int height, RgbImage? image)
    {
        var file = ImageFile.Load(path);
        int maskWidth = file.Image.Width, maskHeight = file.Image.Height;
        if (!HaveSameShape(maskWidth, maskHeight, width, height))
        {
            throw new UsageException(
                $"the mask does not fit the image; '{path}' is {maskWidth}×{maskHeight}, the image {width}×{height}; "
                + "allowed is the image's size, or its shape at another scale; crop or draw the mask anew");
        }
        bool? paintsOpaque = file.Alpha is null ? null : StrokeLayer.Is(file.Image, file.Alpha, image);
        byte[] paint = file switch
        {
            { Alpha: { } alpha } => paintsOpaque == true ? alpha : Transparent(alpha),
            { Format: ImageFormat.Jpeg } =>
                Array.ConvertAll(file.Image.ToGray(), gray => gray < Middle ? byte.MinValue : byte.MaxValue),
            _ => file.Image.ToGray(),
        };
        paint = Resizing.NearestGray(paint, maskWidth, maskHeight, width, height);
        return (new KnownMask(width, height, paint), paintsOpaque);
    }

    /// <summary>The image's own transparency.</summary>
    /// <exception cref="UsageException">It has none.</exception>
    internal static KnownMask FromTransparency(InitImage image) =>
        image.Alpha is null
            ? throw new UsageException(
                "nothing says what is painted; the image has no transparent pixels; give --mask, --rect or --extend")
            : new KnownMask(image.Image.Width, image.Image.Height, Transparent(image.Alpha));

    /// <summary>Rectangles that are painted.</summary>
    /// <exception cref="UsageException">One leaves the image.</exception>
    public static KnownMask FromRectangles(IReadOnlyList<PixelRectangle> painted, int width, int height)
    {
        var known = new bool[checked(width * height)];
        Array.Fill(known, true);
        foreach (var part in painted)
        {
            if (part.X > width - part.Width || part.Y > height - part.Height)
            {
                throw new UsageException(
                    $"the rectangle {part.X},{part.Y},{part.Width},{part.Height} leaves the image of {width}×{height} "
                        + $"pixels; "
                    + "allowed are X,Y,W,H inside it; choose a smaller one");
            }
            for (int y = part.Y; y < part.Y + part.Height; y++)
                known.AsSpan((y * width) + part.X, part.Width).Clear();
        }
        return new KnownMask(width, height, known);
    }

    /// <summary>Refuses a mask that paints nothing; warns of one that paints nearly everything.</summary>
    /// <param name="mask">The mask.</param>
    /// <param name="warn">Called with the warning.</param>
    /// <exception cref="UsageException">It keeps everything.</exception>
    internal static void Check(KnownMask mask, Action<string> warn)
    {
        if (mask.KeepsAll)
        {
            throw new UsageException(
                "the mask keeps everything, so nothing would be painted; white (or transparent) is painted anew; "
                    + "--invert-mask turns it round");
        }
        if (mask.KeepsNothing)
        {
            warn("the mask replaces everything; nothing of the image is kept; --invert-mask swaps what is painted and "
                + "kept");
        }
        else if (mask.PaintedShare > MostExpected)
        {
            warn($"{ShareOf(mask)} will be painted; --invert-mask paints the rest instead");
        }
    }

    /// <summary>The painted part in words, such as "12 % of the image".</summary>
    internal static string ShareOf(KnownMask mask)
    {
        double percent = 100 * mask.PaintedShare;
        string number = percent < 1 ? "less than 1" : percent < 100
            ? Math.Min(99, Math.Round(percent)).ToString(CultureInfo.InvariantCulture)
            : "100";
        return $"{number} % of the image";
    }

    // Sizes are whole numbers: a scaled side may be off by one.
    private static bool HaveSameShape(int maskWidth, int maskHeight, int width, int height) =>
        Math.Abs(((double)maskWidth * height / width) - maskHeight) <= 1
            && Math.Abs(((double)maskHeight * width / height) - maskWidth) <= 1;

    private static byte[] Transparent(byte[] alpha) =>
        Array.ConvertAll(alpha, opacity => (byte)(byte.MaxValue - opacity));
}

/// <summary>An image of which a part is known, at any size.</summary>
/// <param name="Image">The image.</param>
/// <param name="Mask">What of it stays; as large as the image.</param>
internal sealed record KnownImage(RgbImage Image, KnownMask Mask)
{
    /// <summary>Its opacity, one byte a pixel; <c>null</c> where all is opaque.</summary>
    public byte[]? Alpha { get; init; }
}

/// <summary>A rectangle of pixels.</summary>
/// <param name="X">Left column.</param>
/// <param name="Y">Top row.</param>
/// <param name="Width">Columns.</param>
/// <param name="Height">Rows.</param>
public sealed record PixelRectangle(int X, int Y, int Width, int Height)
{
    /// <summary>Reads <c>X,Y,W,H</c>; <c>null</c> for anything else.</summary>
    internal static PixelRectangle? TryParse(string text) =>
        WholeNumbers(text, 4) is [var x, var y, > 0 and var width, > 0 and var height]
            ? new PixelRectangle(x, y, width, height) : null;

    /// <summary>So many whole numbers from 0 with commas between them; <c>null</c> for anything else.</summary>
    internal static int[]? WholeNumbers(string text, int count)
    {
        string[] parts = text.Split(',');
        int[] numbers = new int[count];
        if (parts.Length != count)
            return null;
        for (int i = 0; i < count; i++)
        {
            if (!int.TryParse(parts[i], NumberStyles.AllowLeadingWhite | NumberStyles.AllowTrailingWhite,
                CultureInfo.InvariantCulture, out numbers[i]))
            {
                return null;
            }
        }
        return numbers;
    }
}

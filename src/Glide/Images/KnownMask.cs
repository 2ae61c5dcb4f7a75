using System.Globalization;

namespace Glide.Images;

/// <summary>Which pixels of an image stay as they are; the others are painted anew.</summary>
public sealed class KnownMask
{
    private readonly bool[] _known;

    /// <summary>Wraps a mask, without a copy.</summary>
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
        _known = known;
    }

    /// <summary>Columns.</summary>
    public int Width { get; }

    /// <summary>Rows.</summary>
    public int Height { get; }

    /// <summary>Whether a pixel stays.</summary>
    public bool this[int x, int y] => _known[(y * Width) + x];

    /// <summary>Whether nothing is painted.</summary>
    internal bool KeepsAll => !_known.AsSpan().Contains(false);

    internal bool KeepsNothing => !_known.AsSpan().Contains(true);

    /// <summary>The opposite mask.</summary>
    public KnownMask Inverted() => new(Width, Height, [.. _known.Select(known => !known)]);

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
    internal float[] ToValues() => Array.ConvertAll(_known, known => known ? 1f : 0f);

    private bool Contains(int x, int y) => x >= 0 && y >= 0 && x < Width && y < Height;

    private static Range Covered(int index, int count, int old) =>
        (int)((long)index * old / count)..(int)((((long)index + 1) * old + count - 1) / count);

    private bool IsAllKnown(Range columns, Range rows)
    {
        for (int y = rows.Start.Value; y < rows.End.Value; y++)
        {
            if (_known.AsSpan(y * Width, Width)[columns].Contains(false))
                return false;
        }
        return true;
    }
}

/// <summary>What users say about the part that is painted, as a <see cref="KnownMask"/>.</summary>
public static class MaskRules
{
    // The middle of 0 to 255: what is brighter, or less opaque, than this is painted.
    private const byte Middle = 128;

    /// <summary>A mask file: transparent is painted where the file has transparency, white otherwise.</summary>
    /// <param name="path">PNG or JPEG.</param>
    /// <param name="width">Columns of the image.</param>
    /// <param name="height">Rows of the image.</param>
    /// <exception cref="UsageException">The file cannot be read, or its shape is not the image's.</exception>
    public static KnownMask FromFile(string path, int width, int height)
    {
        var file = InitImage.Load(path);
        int maskWidth = file.Image.Width, maskHeight = file.Image.Height;
        if (!HaveSameShape(maskWidth, maskHeight, width, height))
        {
            throw new UsageException(
                $"the mask does not fit the image; '{path}' is {maskWidth}×{maskHeight}, the image {width}×{height}; "
                + "allowed is the image's size, or its shape at another scale; crop or draw the mask anew");
        }
        var known = file.Alpha is null
            ? Array.ConvertAll(file.Image.ToGray(), gray => gray < Middle ? byte.MaxValue : byte.MinValue)
            : Array.ConvertAll(file.Alpha, alpha => alpha >= Middle ? byte.MaxValue : byte.MinValue);
        return ToMask(Resizing.NearestGray(known, maskWidth, maskHeight, width, height), width, height);
    }

    /// <summary>The image's own transparency.</summary>
    /// <exception cref="UsageException">It has none.</exception>
    internal static KnownMask FromTransparency(InitImage image) =>
        image.Alpha is null
            ? throw new UsageException(
                "nothing says what is painted; the image has no transparent pixels; give --mask, --rect or --extend")
            : new KnownMask(image.Image.Width, image.Image.Height,
                Array.ConvertAll(image.Alpha, alpha => alpha >= Middle));

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

    /// <summary>Refuses a mask that paints nothing; warns of one that keeps nothing.</summary>
    /// <param name="mask">The mask.</param>
    /// <param name="warn">Hears of a mask that replaces everything.</param>
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
            warn("the mask replaces everything; nothing of the image is kept");
    }

    // Sizes are whole numbers: a scaled side may be off by one.
    private static bool HaveSameShape(int maskWidth, int maskHeight, int width, int height) =>
        Math.Abs(((double)maskWidth * height / width) - maskHeight) <= 1
            && Math.Abs(((double)maskHeight * width / height) - maskWidth) <= 1;

    private static KnownMask ToMask(byte[] known, int width, int height) =>
        new(width, height, Array.ConvertAll(known, value => value != 0));
}

/// <summary>An image of which a part is known, at any size.</summary>
/// <param name="Image">The image.</param>
/// <param name="Mask">What of it stays; as large as the image.</param>
internal sealed record KnownImage(RgbImage Image, KnownMask Mask);

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

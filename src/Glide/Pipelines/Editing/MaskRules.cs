using Glide.Imaging;

namespace Glide.Pipelines.Editing;

/// <summary>What users say about the part that is painted, as a <see cref="KnownMask"/>.</summary>
public static class MaskRules
{
    // The middle of 0 to 255: what is brighter, or less opaque, than this is painted.
    private const byte Middle = 128;

    /// <summary>A mask file: transparent is painted where the file has transparency, white otherwise.</summary>
    /// <param name="path">PNG or JPEG.</param>
    /// <param name="width">Columns of the picture.</param>
    /// <param name="height">Rows of the picture.</param>
    /// <exception cref="UsageException">The file cannot be read, or its shape is not the picture's.</exception>
    public static KnownMask FromFile(string path, int width, int height)
    {
        var file = SourcePicture.Load(path);
        int maskWidth = file.Image.Width, maskHeight = file.Image.Height;
        if (!HaveSameShape(maskWidth, maskHeight, width, height))
        {
            throw new UsageException(
                $"the mask does not fit the picture; '{path}' is {maskWidth}×{maskHeight}, the picture {width}×{height}; "
                + "allowed is the picture's size, or its shape at another scale; crop or draw the mask anew");
        }
        var known = file.Alpha is null
            ? Array.ConvertAll(file.Image.ToGray(), gray => gray < Middle ? byte.MaxValue : byte.MinValue)
            : Array.ConvertAll(file.Alpha, alpha => alpha >= Middle ? byte.MaxValue : byte.MinValue);
        return ToMask(Resizing.NearestGray(known, maskWidth, maskHeight, width, height), width, height);
    }

    /// <summary>The picture's own transparency.</summary>
    /// <exception cref="UsageException">It has none.</exception>
    public static KnownMask FromTransparency(SourcePicture picture) =>
        picture.Alpha is null
            ? throw new UsageException("nothing says what is painted; the picture has no transparent pixels; give --mask, --rect or --extend")
            : new KnownMask(picture.Image.Width, picture.Image.Height, Array.ConvertAll(picture.Alpha, alpha => alpha >= Middle));

    /// <summary>Rectangles that are painted.</summary>
    /// <exception cref="UsageException">One leaves the picture.</exception>
    public static KnownMask FromRectangles(IReadOnlyList<PixelRectangle> painted, int width, int height)
    {
        var known = new bool[checked(width * height)];
        Array.Fill(known, true);
        foreach (var part in painted)
        {
            if (part.X > width - part.Width || part.Y > height - part.Height)
            {
                throw new UsageException(
                    $"the rectangle {part.X},{part.Y},{part.Width},{part.Height} leaves the picture of {width}×{height} pixels; "
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
    public static void Check(KnownMask mask, Action<string> warn)
    {
        if (mask.KeepsAll)
            throw new UsageException("the mask keeps everything, so nothing would be painted; white (or transparent) is painted anew; --invert-mask turns it round");
        if (mask.KeepsNothing)
            warn("the mask replaces everything; nothing of the picture is kept");
    }

    // Sizes are whole numbers: a scaled side may be off by one.
    private static bool HaveSameShape(int maskWidth, int maskHeight, int width, int height) =>
        Math.Abs(((double)maskWidth * height / width) - maskHeight) <= 1 && Math.Abs(((double)maskHeight * width / height) - maskWidth) <= 1;

    private static KnownMask ToMask(byte[] known, int width, int height) => new(width, height, Array.ConvertAll(known, value => value != 0));
}

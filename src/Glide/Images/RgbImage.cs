namespace Glide.Images;

/// <summary>An 8-bit RGB image: rows from the top, three bytes per pixel, no gaps.</summary>
public sealed class RgbImage
{
    /// <summary>Wraps pixels without a copy.</summary>
    /// <exception cref="ArgumentException"><paramref name="pixels"/> is not width × height × 3 bytes long.</exception>
    public RgbImage(int width, int height, byte[] pixels)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(width);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(height);
        ArgumentNullException.ThrowIfNull(pixels);
        if (pixels.LongLength != 3L * width * height)
        {
            throw new ArgumentException($"{pixels.LongLength} bytes are not {width}×{height} RGB pixels.",
                nameof(pixels));
        }
        Width = width;
        Height = height;
        Pixels = pixels;
    }

    /// <summary>A black image.</summary>
    public RgbImage(int width, int height)
        : this(width, height, new byte[checked(3 * width * height)])
    {
    }

    /// <summary>Width in pixels.</summary>
    public int Width { get; }

    /// <summary>Height in pixels.</summary>
    public int Height { get; }

    /// <summary>R, G, B of the top left pixel, then of its right neighbor, row by row.</summary>
    public byte[] Pixels { get; }

    /// <summary>The bytes of row <paramref name="y"/>.</summary>
    public Span<byte> Row(int y) => Pixels.AsSpan(checked(3 * Width * y), 3 * Width);

    /// <summary>Copies a rectangle of this image.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The rectangle is empty or not inside the image.</exception>
    internal RgbImage Crop(int x, int y, int width, int height)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(x);
        ArgumentOutOfRangeException.ThrowIfNegative(y);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(width, Width - x);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(height, Height - y);
        var part = new RgbImage(width, height);
        for (int row = 0; row < height; row++)
            Row(y + row).Slice(3 * x, 3 * width).CopyTo(part.Row(row));
        return part;
    }

    /// <summary>Copies <paramref name="other"/> over this image with its top left corner at (x, y).</summary>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="other"/> is not inside the image.</exception>
    internal void Paste(RgbImage other, int x, int y)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(x);
        ArgumentOutOfRangeException.ThrowIfNegative(y);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(other.Width, Width - x);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(other.Height, Height - y);
        for (int row = 0; row < other.Height; row++)
            other.Row(row).CopyTo(Row(y + row)[(3 * x)..]);
    }

    /// <summary>
    /// Luma, one byte per pixel: ITU-R 601 weights in 16-bit fixed point, as Pillow's <c>convert("L")</c>.
    /// </summary>
    internal byte[] ToGray()
    {
        var gray = new byte[Pixels.Length / 3];
        for (int i = 0; i < gray.Length; i++)
        {
            gray[i] = (byte)(((19595 * Pixels[3 * i]) + (38470 * Pixels[(3 * i) + 1]) + (7471 * Pixels[(3 * i) + 2])
                + 0x8000) >> 16);
        }
        return gray;
    }
}

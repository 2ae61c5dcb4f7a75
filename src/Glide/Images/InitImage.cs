using System.Security.Cryptography;

namespace Glide.Images;

/// <summary>An image of the user's.</summary>
/// <param name="Image">The colors, those of transparent pixels too.</param>
/// <param name="Alpha">Opacity, one byte a pixel, 255 = opaque; <c>null</c> where no pixel is transparent.</param>
public sealed record InitImage(RgbImage Image, byte[]? Alpha)
{
    private const int ShownDigits = 16;

    /// <summary>SHA-256 over the pixels, its first digits: what records of images made from it say.</summary>
    internal string Hash => HashOf(Image);

    /// <summary>Reads a PNG or JPEG; its content decides which.</summary>
    /// <exception cref="UsageException">It is neither, too large, cut or not there.</exception>
    public static InitImage Load(string path)
    {
        var loaded = ImageFile.Load(path);
        return new InitImage(loaded.Image, loaded.Alpha);
    }

    /// <summary>SHA-256 over an image's pixels, its first digits.</summary>
    internal static string HashOf(RgbImage image) =>
        Convert.ToHexStringLower(SHA256.HashData(image.Pixels))[..ShownDigits];
}

/// <summary>Images of another shape than the networks' images have, which mostly are squares.</summary>
internal static class SquareSource
{
    private static readonly int s_mostSide = (int)Math.Sqrt(ImageFile.MostPixels);

    /// <summary>The image in the middle of a square; beyond it its edges are repeated.</summary>
    /// <exception cref="UsageException">The square would be larger than any image may be.</exception>
    public static RgbImage Pad(RgbImage image) => Pad(image, 1, 1);

    /// <summary>The same with a rectangle of another shape.</summary>
    /// <param name="image">The image.</param>
    /// <param name="across">Width of the rectangle, in any unit.</param>
    /// <param name="down">Its height, in the same unit.</param>
    public static RgbImage Pad(RgbImage image, int across, int down)
    {
        var (width, height) = Padded(image.Width, image.Height, across, down);
        if (Math.Max(width, height) > s_mostSide)
        {
            throw new UsageException(
                $"an image of {image.Width}×{image.Height} pixels is too long and thin; allowed are {s_mostSide} a "
                    + "side where it becomes a square; cut it first");
        }
        return Cropping.WithEdges(image, (image.Width - width) / 2, (image.Height - height) / 2, width, height);
    }

    /// <summary>Takes the padding off again, whatever size the square or rectangle has become.</summary>
    public static RgbImage Unpad(RgbImage square, int width, int height)
    {
        var (across, down) = Padded(width, height, square.Width, square.Height);
        int newWidth = Math.Max(1, (int)Math.Round((double)square.Width * width / across, MidpointRounding.ToEven));
        int newHeight = Math.Max(1, (int)Math.Round((double)square.Height * height / down, MidpointRounding.ToEven));
        return square.Crop((square.Width - newWidth) / 2, (square.Height - newHeight) / 2, newWidth, newHeight);
    }

    // The smallest rectangle of a shape around an image.
    private static (int Width, int Height) Padded(int width, int height, long across, long down) => (
        (int)Math.Max(width, ((height * across) + down - 1) / down),
        (int)Math.Max(height, ((width * down) + across - 1) / across));
}

/// <summary>Parts of images that may reach beyond them.</summary>
internal static class Cropping
{
    /// <summary>A rectangle of an image; beyond the image its nearest pixels are repeated.</summary>
    public static RgbImage WithEdges(RgbImage image, int x, int y, int width, int height)
    {
        var part = new RgbImage(width, height);
        for (int row = 0; row < height; row++)
        {
            var source = image.Row(Math.Clamp(y + row, 0, image.Height - 1));
            var target = part.Row(row);
            for (int column = 0; column < width; column++)
                source.Slice(3 * Math.Clamp(x + column, 0, image.Width - 1), 3).CopyTo(target[(3 * column)..]);
        }
        return part;
    }
}

using System.Security.Cryptography;
using Glide.Imaging;

namespace Glide.Pipelines.Editing;

/// <summary>A picture of the user's.</summary>
/// <param name="Image">The colours, those of transparent pixels too.</param>
/// <param name="Alpha">Opacity, one byte a pixel, 255 = opaque; <c>null</c> where no pixel is transparent.</param>
public sealed record SourcePicture(RgbImage Image, byte[]? Alpha)
{
    private const int ShownDigits = 16;

    /// <summary>SHA-256 over the pixels, its first digits: what records of pictures made from it say.</summary>
    public string Hash => HashOf(Image);

    /// <summary>Reads a PNG or JPEG; its content decides which.</summary>
    /// <exception cref="UsageException">It is neither, too large, cut or not there.</exception>
    public static SourcePicture Load(string path)
    {
        var loaded = ImageFile.Load(path);
        return new SourcePicture(loaded.Image, loaded.Alpha);
    }

    /// <summary>SHA-256 over a picture's pixels, its first digits.</summary>
    internal static string HashOf(RgbImage image) => Convert.ToHexStringLower(SHA256.HashData(image.Pixels))[..ShownDigits];
}

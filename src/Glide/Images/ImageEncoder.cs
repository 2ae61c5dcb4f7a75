using SixLabors.ImageSharp;
using SixLabors.ImageSharp.Formats.Jpeg;
using SixLabors.ImageSharp.Formats.Png;
using SixLabors.ImageSharp.Formats.Webp;
using SixLabors.ImageSharp.Metadata.Profiles.Xmp;
using SixLabors.ImageSharp.PixelFormats;

namespace Glide.Images;

/// <summary>Image formats that are read and written.</summary>
internal enum ImageFormat
{
    Png,
    Jpeg,

    /// <summary>A still image without loss; no other WebP is read.</summary>
    Webp,
}

/// <summary>What an image file holds.</summary>
/// <param name="Image">The colors, those of transparent pixels too.</param>
/// <param name="Alpha">Opacity, one byte a pixel, 255 = opaque; <c>null</c> where all is opaque.</param>
/// <param name="Texts">Keywords (1 to 79 Latin-1 characters) and their texts.</param>
internal sealed record ImageContent(RgbImage Image, byte[]? Alpha, IReadOnlyList<KeyValuePair<string, string>> Texts);

/// <summary>Writes images in each format: PNG, JPEG of high quality, lossless WebP.</summary>
/// <remarks>The same content gives the same bytes; there is no timestamp.</remarks>
internal static class ImageEncoder
{
    // Of 100: without visible blocks, at a quarter of a PNG's size.
    private const int JpegQuality = 95;

    /// <summary>Writes a file's bytes.</summary>
    /// <exception cref="UsageException">The format does not have images of this size.</exception>
    public static void Write(Stream stream, ImageFormat format, ImageContent content)
    {
        CheckSize(format, content.Image.Width, content.Image.Height);
        if (content.Alpha is not null && format != ImageFormat.Jpeg)
        {
            using var transparent = Image.WrapMemory<Rgba32>(Join(content.Image, content.Alpha), content.Image.Width,
                content.Image.Height);
            Encode(stream, format, transparent, content);
            return;
        }
        var opaque = Transparency.OnWhite(content.Image, content.Alpha);
        using var wrapped = Image.WrapMemory<Rgb24>(opaque.Pixels, opaque.Width, opaque.Height);
        Encode(stream, format, wrapped, content);
    }

    /// <summary>Refuses an image that is too large for a format.</summary>
    /// <exception cref="UsageException">It is.</exception>
    public static void CheckSize(ImageFormat format, int width, int height)
    {
        int most = format switch { ImageFormat.Jpeg => 65_535, ImageFormat.Webp => 16_383, _ => int.MaxValue };
        if (width > most || height > most)
        {
            throw new UsageException(
                $"a {ImageNames.NameOf(format)} image has at most {most} pixels a side; found {width}×{height}; give a "
                    + "name that ends in .png");
        }
    }

    private static void Encode<T>(Stream stream, ImageFormat format, Image<T> image, ImageContent content)
        where T : unmanaged, IPixel<T>
    {
        if (format == ImageFormat.Png)
        {
            var metadata = image.Metadata.GetPngMetadata();
            foreach (var (keyword, text) in content.Texts)
            {
                // A NUL character would end the text in the file.
                metadata.TextData.Add(new PngTextData(keyword, text.Replace('\0', '\uFFFD'), "", ""));
            }
        }
        else if (content.Texts.Count > 0)
        {
            image.Metadata.XmpProfile = new XmpProfile(XmpText.Write(content.Texts));
        }

        switch (format)
        {
            case ImageFormat.Png:
                image.SaveAsPng(stream, new PngEncoder
                {
                    ColorType = content.Alpha is null ? PngColorType.Rgb : PngColorType.RgbWithAlpha,
                    BitDepth = PngBitDepth.Bit8,
                    CompressionLevel = PngCompressionLevel.DefaultCompression,
                    TransparentColorMode = PngTransparentColorMode.Preserve,
                });
                break;
            case ImageFormat.Jpeg:
                image.SaveAsJpeg(stream, new JpegEncoder
                {
                    Quality = JpegQuality,
                    ColorType = JpegColorType.YCbCrRatio444,
                });
                break;
            default:
                image.SaveAsWebp(stream, new WebpEncoder
                {
                    FileFormat = WebpFileFormatType.Lossless,
                    TransparentColorMode = WebpTransparentColorMode.Preserve,
                });
                break;
        }
    }

    private static byte[] Join(RgbImage image, byte[] alpha)
    {
        var pixels = new byte[checked(4 * alpha.Length)];
        for (int i = 0; i < alpha.Length; i++)
        {
            image.Pixels.AsSpan(3 * i, 3).CopyTo(pixels.AsSpan(4 * i));
            pixels[(4 * i) + 3] = alpha[i];
        }
        return pixels;
    }

}

/// <summary>Which format a file's name stands for.</summary>
internal static class ImageNames
{
    /// <summary>The ends of names that images are written under.</summary>
    public const string Written = ".png, .jpg, .jpeg or .webp";

    // Formats that users may expect; a name with another dot in it is a folder's, such as v1.2.
    private static readonly string[] s_others =
    [
        ".apng", ".avif", ".bmp", ".dib", ".gif", ".heic", ".heif", ".ico", ".jfif", ".jp2", ".jpe", ".jxl", ".pbm",
        ".pcx", ".pgm", ".pnm", ".ppm", ".psd", ".qoi", ".svg", ".tga", ".tif", ".tiff", ".xcf",
    ];

    /// <summary>The format of a name's extension; <c>null</c> for any other.</summary>
    public static ImageFormat? FormatOf(string path) => Path.GetExtension(path).ToLowerInvariant() switch
    {
        ".png" => ImageFormat.Png,
        ".jpg" or ".jpeg" => ImageFormat.Jpeg,
        ".webp" => ImageFormat.Webp,
        _ => null,
    };

    /// <summary>Whether a name is that of an image in a format that is not written.</summary>
    public static bool IsOther(string path) =>
        s_others.Contains(Path.GetExtension(path), StringComparer.OrdinalIgnoreCase);

    /// <summary>Whether a name is an image's and no folder's.</summary>
    public static bool IsImage(string path) => FormatOf(path) is not null || IsOther(path);

    /// <summary>How users call a format.</summary>
    public static string NameOf(ImageFormat format) => format switch
    {
        ImageFormat.Png => "PNG",
        ImageFormat.Jpeg => "JPEG",
        _ => "WebP",
    };
}

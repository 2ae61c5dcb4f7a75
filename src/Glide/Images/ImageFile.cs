using System.Buffers.Binary;
using System.Text;

namespace Glide.Images;

/// <summary>Reads and writes PNG, JPEG and lossless WebP.</summary>
/// <remarks>
/// The format that is read follows from the content, never from the name. EXIF orientation is applied; color profiles
/// and gamma are not: the numbers in the file are taken as sRGB. 16-bit samples keep their upper 8 bits. Of an animated
/// PNG the still image is read.
/// SkiaSharp decodes, because ImageSharp 2.1.13 hangs on valid interlaced PNGs; ImageSharp encodes, because SkiaSharp
/// writes no texts.
/// </remarks>
internal static class ImageFile
{
    /// <summary>Images with more pixels than this are refused: 100 megapixels.</summary>
    public const long MostPixels = 100_000_000;

    // libpng's own limit; the sides of a JPEG are shorter.
    private const long MostSide = 1_000_000;

    // 100 megapixels of 16-bit RGBA that do not compress are shorter.
    private const long MostBytes = 1L << 30;

    // deflate compresses at best 1032 to 1 and a PNG's pixel has at least one bit; a JPEG's block of 64 pixels takes at
    // least one bit, and its channels may be as coarse as 4×4. So a whole file has at most this many times as many
    // pixels as bytes.
    private const long MostPixelsPerByte = 8 * 1032;

    // A small file that unfolds to many pixels is no photograph, and a network of 64 to 256 pixels needs none of them.
    private const long MostFoldedPixels = 16_000_000, MostFoldedPixelsPerByte = 100;

    /// <summary>Reads an image.</summary>
    /// <exception cref="UsageException">
    /// The file does not exist, is no regular file, no PNG or JPEG, larger than <see cref="MostPixels"/>, cut or
    /// corrupt.
    /// </exception>
    public static LoadedImage Load(string path) =>
        Read(path, (stream, format) => Decode(stream, format, path));

    /// <summary>Reads an image that is part of a larger file.</summary>
    /// <param name="stream">All bytes of the image and no others; stays the caller's.</param>
    /// <param name="name">How messages call it.</param>
    /// <exception cref="UsageException">As in <see cref="Load(string)"/>.</exception>
    public static LoadedImage Load(Stream stream, string name) =>
        Explain(name, () => Recognize(stream, name, (image, format) => Decode(image, format, name)));

    /// <summary>Reads the texts in the file's order, without decoding pixels.</summary>
    /// <exception cref="UsageException">The file does not exist, is no image that can be read, or is cut.</exception>
    public static IReadOnlyList<KeyValuePair<string, string>> ReadTexts(string path) =>
        Read(path, (stream, format) => format switch
        {
            ImageFormat.Png => PngText.Read(stream),
            ImageFormat.Webp => XmpText.Read(WebpFile.ReadXmp(stream)),
            _ => XmpText.Read(JpegFile.ReadXmp(stream)),
        });

    /// <summary>
    /// Runs <paramref name="read"/> on an open image file and turns its errors into messages for the user.
    /// </summary>
    /// <exception cref="UsageException">The file is no regular file, no PNG or JPEG, or cannot be decoded.</exception>
    internal static T Read<T>(string path, Func<Stream, ImageFormat, T> read)
    {
        ArgumentNullException.ThrowIfNull(path);
        if (Directory.Exists(path))
            throw new UsageException($"'{path}' is a folder; give a PNG or JPEG file.");
        if (!File.Exists(path))
            throw new UsageException($"There is no file '{path}'; give the path of a PNG or JPEG file.");
        return Explain(path, () =>
        {
            if (RegularFile.LengthOf(path) == 0)
                throw new UsageException($"'{path}' is empty (0 bytes), or a pipe or device; give a PNG or JPEG file.");
            using var stream = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.Read,
                bufferSize: 1 << 16);
            return Recognize(stream, path, read);
        });
    }

    private static T Recognize<T>(Stream stream, string path, Func<Stream, ImageFormat, T> read)
    {
        if (stream.Length > MostBytes)
        {
            throw new UsageException(
                $"'{path}' has {stream.Length} bytes; an image may have at most {MostBytes}. Scale it down first.");
        }
        Span<byte> start = stackalloc byte[ImageSignature.Length];
        start = start[..stream.ReadAtLeast(start, start.Length, throwOnEndOfStream: false)];
        var format = ImageSignature.Find(start) ?? throw new UsageException(
            $"'{path}' is {ImageSignature.Describe(start)}; only PNG and JPEG images can be read, and "
                + "still WebP images without loss. Convert it first.");
        return read(stream, format);
    }

    private static LoadedImage Decode(Stream stream, ImageFormat format, string path)
    {
        void Check(long width, long height) => CheckSize(path, format, width, height, stream.Length);
        return format switch
        {
            ImageFormat.Png => SkiaDecoder.DecodeWhole(stream, PngFile.Check(stream, Check), format),
            ImageFormat.Webp => SkiaDecoder.DecodeWhole(stream, WebpFile.Check(stream, Check), format),
            _ => SkiaDecoder.DecodeJpeg(stream, JpegFile.Check(stream, Check)),
        };
    }

    private static T Explain<T>(string path, Func<T> read)
    {
        try
        {
            return read();
        }
        catch (EndOfStreamException exception)
        {
            throw new UsageException($"'{path}' ends early: {exception.Message}; get a whole copy.", exception);
        }
        catch (InvalidDataException exception)
        {
            throw new UsageException(
                $"'{path}' cannot be decoded: it is cut, damaged or of a rare kind ({exception.Message}); get a whole "
                    + $"copy or convert it.",
                exception);
        }
        catch (OutOfMemoryException exception)
        {
            throw new ResourceException($"There is not enough memory to read '{path}'; scale it down first.",
                exception);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw new UsageException($"'{path}' cannot be read: {exception.Message}", exception);
        }
    }

    /// <summary>
    /// Writes a PNG: first to a temporary file in the same folder, so that <paramref name="path"/> is always complete.
    /// </summary>
    /// <param name="path">The file; an existing one is replaced.</param>
    /// <param name="image">The image.</param>
    /// <param name="texts">Keywords (1 to 79 Latin-1 characters) and their texts; null if there are none.</param>
    /// <remarks>The same arguments give the same bytes; there is no timestamp.</remarks>
    /// <exception cref="ResourceException">The disk is full or the folder is not writable.</exception>
    public static void SavePng(string path, RgbImage image,
        IReadOnlyList<KeyValuePair<string, string>>? texts = null) =>
        Save(path, new ImageContent(image, Alpha: null, texts ?? []), ImageFormat.Png);

    /// <summary>Writes an image of any format; an existing file is replaced.</summary>
    /// <exception cref="ResourceException">The disk is full or the folder is not writable.</exception>
    /// <exception cref="UsageException">The format does not have images of this size.</exception>
    public static void Save(string path, ImageContent content, ImageFormat format) =>
        AtomicFile.Write(path, stream => ImageEncoder.Write(stream, format, content));

    /// <summary>Writes a PNG unless the file exists.</summary>
    /// <returns>False if <paramref name="path"/> exists, even if another process has just created it.</returns>
    /// <exception cref="ResourceException">The disk is full or the folder is not writable.</exception>
    public static bool TrySaveNewPng(string path, RgbImage image,
        IReadOnlyList<KeyValuePair<string, string>>? texts = null) =>
        TrySaveNew(path, new ImageContent(image, Alpha: null, texts ?? []), ImageFormat.Png);

    /// <summary>Writes an image of any format unless the file exists.</summary>
    /// <returns>False if <paramref name="path"/> exists, even if another process has just created it.</returns>
    /// <exception cref="ResourceException">The disk is full or the folder is not writable.</exception>
    /// <exception cref="UsageException">The format does not have images of this size.</exception>
    public static bool TrySaveNew(string path, ImageContent content, ImageFormat format) =>
        AtomicFile.TryWriteNew(path, stream => ImageEncoder.Write(stream, format, content));

    public static byte[] ToPng(RgbImage image)
    {
        using var stream = new MemoryStream();
        ImageEncoder.Write(stream, ImageFormat.Png, new ImageContent(image, Alpha: null, []));
        return stream.ToArray();
    }

    /// <summary>What a JPEG makes of an image: its pixels after compression.</summary>
    public static RgbImage AfterJpeg(RgbImage image, byte[]? alpha)
    {
        using var stream = new MemoryStream();
        ImageEncoder.Write(stream, ImageFormat.Jpeg, new ImageContent(image, alpha, []));
        return SkiaDecoder.DecodeJpeg(stream, JpegFile.Check(stream, (_, _) => { })).Image;
    }

    private static void CheckSize(string path, ImageFormat format, long width, long height, long length)
    {
        if (width == 0 || height == 0)
            throw new UsageException($"'{path}' has no pixels: {width}×{height}.");
        if (width > MostPixels || height > MostPixels || width * height > MostPixels)
        {
            throw new UsageException(
                $"'{path}' is too large: {width}×{height} pixels, at most {MostPixels / 1_000_000} megapixels can be "
                    + $"read. "
                + "Scale it down first.");
        }

        if (Math.Max(width, height) > MostSide)
        {
            throw new UsageException(
                $"'{path}' is too long and thin: {width}×{height} pixels, at most {MostSide} a side can be read. Cut "
                    + $"it first.");
        }

        if (width * height > MostFoldedPixels && width * height / MostFoldedPixelsPerByte > length)
        {
            throw new UsageException(
                $"'{path}' unfolds from {length} bytes to {width}×{height} pixels, more than a photograph has; scale "
                    + "it down first.");
        }

        // A WebP of one color has the same few bytes at any size.
        if (format != ImageFormat.Webp && width * height / MostPixelsPerByte > length)
        {
            throw new UsageException(
                $"'{path}' ends early: {length} bytes cannot hold {width}×{height} pixels; get a whole copy.");
        }
    }
}

/// <summary>An image from a file, with its orientation applied.</summary>
/// <param name="Image">The colors as stored, also of transparent pixels.</param>
/// <param name="Alpha">Opacity, one byte per pixel, 255 = opaque; null if no pixel is transparent.</param>
/// <param name="Format">Format of the content.</param>
internal sealed record LoadedImage(RgbImage Image, byte[]? Alpha, ImageFormat Format);

// 89 50 4E 47 0D 0A 1A 0A   PNG          47 49 46 38   GIF          00 00 00 18 66 74 79 70 68 65 69 63   HEIC
// FF D8 FF                  JPEG         52 49 46 46 .. .. .. .. 57 45 42 50   WebP

/// <summary>Recognizes formats by the first bytes of a file.</summary>
internal static class ImageSignature
{
    /// <summary>Number of bytes that <see cref="Describe"/> needs.</summary>
    public const int Length = 512;

    private static readonly (int Offset, byte[] Bytes, string Name)[] s_others =
    [
        (0, "GIF8"u8.ToArray(), "a GIF"),
        (8, "WEBP"u8.ToArray(), "a WebP image"),
        (0, "BM"u8.ToArray(), "a BMP image"),
        (0, "II*\0"u8.ToArray(), "a TIFF image"),
        (0, "MM\0*"u8.ToArray(), "a TIFF image"),
        (0, "8BPS"u8.ToArray(), "a Photoshop file"),
        (0, "gimp xcf"u8.ToArray(), "a GIMP file"),
        (0, "%PDF"u8.ToArray(), "a PDF"),
        (0, "qoif"u8.ToArray(), "a QOI image"),
        (0, [0, 0, 1, 0], "an icon file"),
        (0, [0xFF, 0x0A], "a JPEG XL image"),
        (4, "JXL "u8.ToArray(), "a JPEG XL image"),
        (4, "jP  "u8.ToArray(), "a JPEG 2000 image"),
        (0, [0xFF, 0x4F, 0xFF, 0x51], "a JPEG 2000 image"),
        (0, [0x8A, 0x4D, 0x4E, 0x47], "an MNG animation"),
        (0, [0x50, 0x4B, 3, 4], "a zip archive"),
        (0, [0x1F, 0x8B], "a gzip file"),
    ];

    /// <summary>The format; null if the file is of none that is read.</summary>
    public static ImageFormat? Find(ReadOnlySpan<byte> start)
    {
        if (start.StartsWith((ReadOnlySpan<byte>)[0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A]))
            return ImageFormat.Png;
        if (start.StartsWith((ReadOnlySpan<byte>)[0xFF, 0xD8, 0xFF]))
            return ImageFormat.Jpeg;
        return WebpFile.MayBeLossless(start) ? ImageFormat.Webp : null;
    }

    /// <summary>Description of a file that is not read, such as "a GIF".</summary>
    public static string Describe(ReadOnlySpan<byte> start)
    {
        if (start.Length >= 12 && start.Slice(4, 4).SequenceEqual("ftyp"u8))
        {
            return Encoding.Latin1.GetString(start.Slice(8, 4)) switch
            {
                "avif" or "avis" => "an AVIF image",
                "heic" or "heix" or "heim" or "heis" or "hevc" or "hevx" or "mif1" or "msf1" => "a HEIC image",
                _ => "a video",
            };
        }

        foreach (var (offset, bytes, name) in s_others)
        {
            if (start.Length >= offset + bytes.Length && start.Slice(offset, bytes.Length).SequenceEqual(bytes))
                return name;
        }

        if (start.Length >= 8 && BinaryPrimitives.ReadUInt64BigEndian(start) >> 8 == 0x89504E470D0A1A)
            return "a damaged PNG";
        if (!IsText(start))
            return "of no known kind";
        string text = Encoding.UTF8.GetString(start).TrimStart('\uFEFF', ' ', '\t', '\r', '\n');
        if (text.Contains("<svg", StringComparison.OrdinalIgnoreCase))
            return "an SVG drawing";
        if (text.StartsWith("<!doctype html", StringComparison.OrdinalIgnoreCase)
            || text.StartsWith("<html", StringComparison.OrdinalIgnoreCase))
        {
            return "a web page";
        }
        return text.StartsWith("version https://git-lfs", StringComparison.Ordinal)
            ? "a Git LFS pointer, not the file itself" : "text";
    }

    private static bool IsText(ReadOnlySpan<byte> start) =>
        !start.ContainsAnyInRange((byte)0, (byte)8) && !start.ContainsAnyInRange((byte)14, (byte)31)
            && !start.Contains((byte)127);
}

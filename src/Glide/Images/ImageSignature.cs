// 89 50 4E 47 0D 0A 1A 0A   PNG          47 49 46 38   GIF          00 00 00 18 66 74 79 70 68 65 69 63   HEIC
// FF D8 FF                  JPEG         52 49 46 46 .. .. .. .. 57 45 42 50   WebP
using System.Buffers.Binary;
using System.Text;

namespace Glide.Images;

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

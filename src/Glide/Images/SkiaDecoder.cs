using System.Buffers.Binary;
using System.Runtime.InteropServices;
using SkiaSharp;

namespace Glide.Images;

/// <summary>
/// Decodes files that <see cref="PngFile"/>, <see cref="JpegFile"/> or <see cref="WebpFile"/> has checked.
/// </summary>
/// <remarks>
/// Colors are not converted: the decoder gets no profile and no target color space. 16-bit samples keep their upper 8
/// bits.
/// </remarks>
internal static unsafe class SkiaDecoder
{
    private const int BytesPerPixel = 4;

    /// <summary>Decodes a PNG or WebP.</summary>
    /// <remarks>Needs four bytes per pixel besides the result, because Skia does not decode them row by row.</remarks>
    /// <exception cref="InvalidDataException">The file is damaged.</exception>
    public static LoadedImage DecodeWhole(Stream file, ImageLayout layout, ImageFormat format)
    {
        long length = (long)layout.Width * layout.Height * BytesPerPixel;
        byte* pixels = (byte*)NativeMemory.Alloc((nuint)length);
        try
        {
            Decode(file, layout, (codec, info) => codec.GetPixels(info, (nint)pixels));
            bool hasAlpha = false;
            int stride = layout.Width * BytesPerPixel;
            for (int y = 0; y < layout.Height && !hasAlpha; y++)
                hasAlpha = HasAlpha(new ReadOnlySpan<byte>(pixels + ((long)y * stride), stride));
            var upright = new UprightPixels(layout, hasAlpha);
            for (int y = 0; y < layout.Height; y++)
                upright.SetRow(y, new ReadOnlySpan<byte>(pixels + ((long)y * stride), stride));
            return new LoadedImage(upright.Image, upright.Alpha, format);
        }
        finally
        {
            NativeMemory.Free(pixels);
        }
    }

    /// <summary>Decodes a JPEG, row by row.</summary>
    /// <exception cref="InvalidDataException">The file is damaged.</exception>
    public static LoadedImage DecodeJpeg(Stream file, ImageLayout layout)
    {
        var upright = new UprightPixels(layout, hasAlpha: false);
        Decode(file, layout, (codec, info) =>
        {
            var row = new byte[layout.Width * BytesPerPixel];
            var result = codec.StartScanlineDecode(info);
            fixed (byte* start = row)
            {
                for (int y = 0; y < layout.Height && result == SKCodecResult.Success; y++)
                {
                    if (codec.GetScanlines((nint)start, 1, row.Length) != 1)
                        return SKCodecResult.IncompleteInput;
                    upright.SetRow(y, row);
                }
            }

            return result;
        });
        return new LoadedImage(upright.Image, upright.Alpha, ImageFormat.Jpeg);
    }

    private static void Decode(Stream file, ImageLayout layout, Func<SKCodec, SKImageInfo, SKCodecResult> decode)
    {
        using var parts = new PartsStream(file, layout.Parts);
        file.Position = 0;
        using var codec = SKCodec.Create(layout.IsInMemory ? file : parts, out var result);
        if (codec is not null)
        {
            var info = new SKImageInfo(
                layout.Width, layout.Height, SKColorType.Rgba8888, SKAlphaType.Unpremul, colorspace: null);
            result = codec.Info.Size == info.Size ? decode(codec, info) : SKCodecResult.InvalidInput;
        }

        if (parts.Failure is { } failure)
            throw failure;
        if (result == SKCodecResult.IncompleteInput)
            throw new InvalidDataException("its pixels end early");
        if (result != SKCodecResult.Success)
            throw new InvalidDataException($"the decoder says {result}");
    }

    private static bool HasAlpha(ReadOnlySpan<byte> row)
    {
        foreach (uint pixel in MemoryMarshal.Cast<byte, uint>(row))
        {
            if (pixel >> 24 != byte.MaxValue)
                return true;
        }

        return false;
    }
}

/// <summary>Applies the EXIF orientation to the stored rows of an image.</summary>
internal sealed class UprightPixels
{
    private readonly byte[] _colors;
    private readonly byte[]? _alpha;

    // Index of the first stored pixel, and the steps to the next pixel of the row and to the next row.
    private readonly int _first;
    private readonly int _toRight;
    private readonly int _toBelow;

    public UprightPixels(ImageLayout layout, bool hasAlpha)
    {
        // From 5 on rows become columns.
        bool isTurned = layout.Orientation > 4;
        int width = isTurned ? layout.Height : layout.Width, height = isTurned ? layout.Width : layout.Height;
        Image = new RgbImage(width, height);
        _colors = Image.Pixels;
        _alpha = hasAlpha ? new byte[width * height] : null;
        int right = width - 1, bottom = (height - 1) * width;
        (_first, _toRight, _toBelow) = layout.Orientation switch
        {
            2 => (right, -1, width),
            3 => (right + bottom, -1, -width),
            4 => (bottom, 1, -width),
            5 => (0, width, 1),
            6 => (right, width, -1),
            7 => (right + bottom, -width, -1),
            8 => (bottom, -width, 1),
            _ => (0, 1, width),
        };
    }

    public RgbImage Image { get; }

    /// <summary>The opacity, one byte per pixel; null if it is not kept.</summary>
    public byte[]? Alpha => _alpha;

    /// <summary>Sets stored row <paramref name="y"/>, four bytes per pixel.</summary>
    public void SetRow(int y, ReadOnlySpan<byte> rgba)
    {
        int at = _first + (y * _toBelow);
        for (int i = 0; i < rgba.Length; i += 4, at += _toRight)
        {
            rgba.Slice(i, 3).CopyTo(_colors.AsSpan(3 * at, 3));
            if (_alpha is not null)
                _alpha[at] = rgba[i + 3];
        }
    }
}

// 4D 4D 00 2A  00 00 00 08                     "MM" (big-endian; "II" is little-endian), 42, the list is at byte 8
// 00 01                                        it has one entry:
// 01 12  00 03  00 00 00 01  00 06 00 00       tag 0x112 (orientation), type 3 (16 bits), one value: 6
/// <summary>Reads the orientation from EXIF (EXIF 2.32, 4.6.4; TIFF 6.0, section 2).</summary>
internal static class ExifOrientation
{
    /// <summary>No rotation or reflection.</summary>
    public const int Upright = 1;

    private const int Tag = 0x112;
    private const int UInt16 = 3;
    private const int EntryLength = 12;

    /// <summary>Reads the orientation, 1 to 8.</summary>
    /// <param name="exif">From the byte order on, without the <c>Exif\0\0</c> of a JPEG.</param>
    /// <returns><see cref="Upright"/> if there is none: damaged metadata is no reason to refuse an image.</returns>
    public static int Parse(ReadOnlySpan<byte> exif)
    {
        bool isBigEndian = exif.StartsWith("MM\0*"u8);
        if (exif.Length < 8 || (!isBigEndian && !exif.StartsWith("II*\0"u8)))
            return Upright;
        uint start = isBigEndian
            ? BinaryPrimitives.ReadUInt32BigEndian(exif[4..])
            : BinaryPrimitives.ReadUInt32LittleEndian(exif[4..]);
        if (start > exif.Length - 2)
            return Upright;
        int count = Number(exif[(int)start..]);
        var entries = exif[((int)start + 2)..];
        for (; count > 0 && entries.Length >= EntryLength; count--, entries = entries[EntryLength..])
        {
            if (Number(entries) == Tag && Number(entries[2..]) == UInt16)
                return Number(entries[8..]) is >= 1 and <= 8 and var orientation ? orientation : Upright;
        }

        return Upright;

        int Number(ReadOnlySpan<byte> at) =>
            isBigEndian ? BinaryPrimitives.ReadUInt16BigEndian(at) : BinaryPrimitives.ReadUInt16LittleEndian(at);
    }
}

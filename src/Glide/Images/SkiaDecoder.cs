using System.Runtime.InteropServices;
using SkiaSharp;

namespace Glide.Imaging;

/// <summary>Decodes what <see cref="PngFile"/> or <see cref="JpegFile"/> has checked.</summary>
/// <remarks>
/// Colours are not converted: the decoder sees no profile, and is asked for none. Of 16 bits the upper 8 are kept.
/// </remarks>
internal static unsafe class SkiaDecoder
{
    private const int BytesPerPixel = 4;

    /// <summary>Decodes a PNG.</summary>
    /// <remarks>Takes four bytes a pixel beside the result: Skia gives no PNG row by row.</remarks>
    /// <exception cref="InvalidDataException">The file is damaged.</exception>
    public static LoadedPicture DecodePng(Stream file, ImageLayout layout)
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
            return new LoadedPicture(upright.Image, upright.Alpha, PictureFormat.Png);
        }
        finally
        {
            NativeMemory.Free(pixels);
        }
    }

    /// <summary>Decodes a JPEG, row by row.</summary>
    /// <exception cref="InvalidDataException">The file is damaged.</exception>
    public static LoadedPicture DecodeJpeg(Stream file, ImageLayout layout)
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
        return new LoadedPicture(upright.Image, upright.Alpha, PictureFormat.Jpeg);
    }

    private static void Decode(Stream file, ImageLayout layout, Func<SKCodec, SKImageInfo, SKCodecResult> decode)
    {
        using var parts = new PartsStream(file, layout.Parts);
        using var codec = SKCodec.Create(parts, out var result);
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

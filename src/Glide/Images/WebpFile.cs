// 52 49 46 46  EE 00 00 00  57 45 42 50   "RIFF", bytes from here on, "WEBP"
// 56 50 38 58  0A 00 00 00  14 00 00 00 ..   "VP8X", its length: flags (02: animated), columns - 1, rows - 1
// 56 50 38 4C  B0 00 00 00  2F 20 00 05 ..   "VP8L" (lossless): 2F, then 14 bits of columns - 1 and 14 of rows - 1
// 58 4D 50 20  17 00 00 00  .. 00            "XMP ", its length, the packet; odd lengths are padded
using System.Buffers.Binary;

namespace Glide.Images;

/// <summary>
/// Finds the pixels and the metadata of a lossless WebP, the kind that <see cref="ImageEncoder"/> writes. Sprites may
/// be lossy.
/// </summary>
internal static class WebpFile
{
    private const int HeadLength = 12;
    private const int ChunkHeadLength = 8;
    private const int MostChunks = 1000;
    private const int MostExif = 1 << 16;
    private const byte Animated = 2;
    private const byte LosslessSignature = 0x2F;
    private const int LosslessHeadLength = 5;
    private const int LossyHeadLength = 10;

    private static ReadOnlySpan<byte> Extended => "VP8X"u8;

    private static ReadOnlySpan<byte> Lossless => "VP8L"u8;

    private static ReadOnlySpan<byte> Lossy => "VP8 "u8;

    private static ReadOnlySpan<byte> Exif => "EXIF"u8;

    private static ReadOnlySpan<byte> Xmp => "XMP "u8;

    /// <summary>Whether the first bytes of a WebP may be of a still, lossless one.</summary>
    public static bool MayBeLossless(ReadOnlySpan<byte> start) => start.Length > HeadLength + ChunkHeadLength
        && start.StartsWith("RIFF"u8) && start[8..].StartsWith("WEBP"u8)
        && (start[HeadLength..].StartsWith(Lossless)
            || (start[HeadLength..].StartsWith(Extended) && (start[HeadLength + ChunkHeadLength] & Animated) == 0));

    /// <summary>Checks the file and finds its pixels.</summary>
    /// <param name="stream">The whole file; its position changes.</param>
    /// <param name="checkSize">Called with columns and rows; throws if there are too many.</param>
    /// <exception cref="EndOfStreamException">The file ends early.</exception>
    /// <exception cref="InvalidDataException">The file is damaged or lossy.</exception>
    public static ImageLayout Check(Stream stream, Action<long, long> checkSize) =>
        Check(stream, checkSize, allowsLossy: false);

    /// <summary>Decodes a still sprite, which may be lossy.</summary>
    /// <param name="stream">The whole file; its position changes, and it is used up.</param>
    /// <param name="mostSide">Columns and rows that it may have.</param>
    /// <exception cref="EndOfStreamException">The file ends early.</exception>
    /// <exception cref="InvalidDataException">The file is damaged, no WebP, animated or too large.</exception>
    public static LoadedImage DecodeSprite(MemoryStream stream, int mostSide)
    {
        byte[] head = ReadPart(stream, new FilePart(0, Math.Min(stream.Length, HeadLength + ChunkHeadLength + 1)));
        if (!MayBeLossless(head) && !(head.Length > HeadLength && head.AsSpan().StartsWith("RIFF"u8)
            && head.AsSpan(8).StartsWith("WEBP"u8) && head.AsSpan(HeadLength).StartsWith(Lossy)))
        {
            throw new InvalidDataException("it is no still WebP image");
        }
        var layout = Check(stream, (width, height) =>
        {
            if (width == 0 || height == 0 || width > mostSide || height > mostSide)
            {
                throw new InvalidDataException(
                    $"it has {width}×{height} pixels; allowed are 1 to {mostSide} a side");
            }
        }, allowsLossy: true);
        // Skia does not read lossy pixels with opacity from start to end.
        return SkiaDecoder.DecodeWhole(stream, layout with { IsInMemory = true }, ImageFormat.Webp);
    }

    private static ImageLayout Check(Stream stream, Action<long, long> checkSize, bool allowsLossy)
    {
        (int Width, int Height)? size = null;
        int orientation = ExifOrientation.Upright;
        long end = HeadLength;
        foreach (var (type, part) in Walk(stream))
        {
            end = part.End;
            bool isLossy = Is(type, Lossy);
            if (isLossy && !allowsLossy)
                throw new InvalidDataException("its pixels are lossy WebP; of WebP only lossless images can be read");
            if (Is(type, Exif) && part.End - part.Start <= MostExif)
                orientation = OrientationIn(ReadPart(stream, part));
            if (!isLossy && !Is(type, Lossless))
                continue;
            if (size is not null)
                throw new InvalidDataException("it has two images");
            int length = isLossy ? LossyHeadLength : LosslessHeadLength;
            byte[] head = ReadPart(stream, part with { End = Math.Min(part.End, part.Start + length) });
            size = isLossy ? LossySizeIn(head) : SizeIn(head);
            checkSize(size.Value.Width, size.Value.Height);
        }
        return size is { } found
            ? new ImageLayout(found.Width, found.Height, orientation, [new FilePart(0, end + ((end - HeadLength) & 1))])
            : throw new InvalidDataException("it has no pixels");
    }

    /// <summary>The XMP packet; empty if there is none, or one that is too long.</summary>
    /// <exception cref="EndOfStreamException">The file ends early.</exception>
    /// <exception cref="InvalidDataException">The file is damaged.</exception>
    public static byte[] ReadXmp(Stream stream)
    {
        foreach (var (type, part) in Walk(stream))
        {
            if (Is(type, Xmp) && part.End - part.Start <= PngText.MostBytesInAll)
                return ReadPart(stream, part);
        }
        return [];
    }

    // Types and contents of the chunks, each of which has its bytes.
    private static IEnumerable<(byte[] Type, FilePart Content)> Walk(Stream stream)
    {
        uint length = BinaryPrimitives.ReadUInt32LittleEndian(ReadPart(stream, new FilePart(4, 8)));
        long end = (long)length + ChunkHeadLength;
        if (end > stream.Length)
            throw new EndOfStreamException($"it should end at byte {end}, the file ends at byte {stream.Length}");
        int chunks = 0;
        for (long at = HeadLength; at + ChunkHeadLength <= end;)
        {
            if (++chunks > MostChunks)
                throw new InvalidDataException($"it has more than {MostChunks} chunks");
            byte[] head = ReadPart(stream, new FilePart(at, at + ChunkHeadLength));
            long start = at + ChunkHeadLength;
            long next = start + BinaryPrimitives.ReadUInt32LittleEndian(head.AsSpan(4));
            if (next > end)
                throw new InvalidDataException($"the chunk at byte {at} is longer than the file");
            yield return (head[..4], new FilePart(start, next));
            at = next + ((next - start) & 1);
        }
    }

    private static bool Is(byte[] type, ReadOnlySpan<byte> name) => name.SequenceEqual(type);

    private static (int Width, int Height) SizeIn(byte[] head)
    {
        if (head.Length < LosslessHeadLength || head[0] != LosslessSignature)
            throw new InvalidDataException("the header of its pixels is damaged");
        uint bits = BinaryPrimitives.ReadUInt32LittleEndian(head.AsSpan(1));
        return ((int)(bits & 0x3FFF) + 1, (int)((bits >> 14) & 0x3FFF) + 1);
    }

    // A key frame (RFC 6386, 9.1): three bytes, 9D 01 2A, then 14 bits of columns and 14 of rows.
    private static (int Width, int Height) LossySizeIn(ReadOnlySpan<byte> head)
    {
        if (head.Length < LossyHeadLength || (head[0] & 1) != 0 || !head[3..].StartsWith((byte[])[0x9D, 1, 0x2A]))
            throw new InvalidDataException("the header of its pixels is damaged");
        return (BinaryPrimitives.ReadUInt16LittleEndian(head[6..]) & 0x3FFF,
            BinaryPrimitives.ReadUInt16LittleEndian(head[8..]) & 0x3FFF);
    }

    // Some programs leave the name in that a JPEG has before it.
    private static int OrientationIn(ReadOnlySpan<byte> exif) =>
        ExifOrientation.Parse(exif.StartsWith("Exif\0\0"u8) ? exif[6..] : exif);

    private static byte[] ReadPart(Stream stream, FilePart part)
    {
        var bytes = new byte[part.End - part.Start];
        stream.Position = part.Start;
        stream.ReadExactly(bytes);
        return bytes;
    }
}

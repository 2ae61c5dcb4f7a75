using System.Buffers.Binary;
using System.IO.Compression;

namespace Glide.Images;

/// <summary>Finds a PNG's pixels and checks that they are complete and undamaged.</summary>
internal static class PngFile
{
    // Maximum length of a JPEG segment, which EXIF was designed for.
    private const int MostExif = 1 << 16;

    /// <summary>Checks the file and finds its pixels; of an animation, those of the still image.</summary>
    /// <param name="stream">The whole file; its position changes.</param>
    /// <param name="checkSize">Called with columns and rows; throws if there are too many.</param>
    /// <exception cref="EndOfStreamException">The file ends early.</exception>
    /// <exception cref="InvalidDataException">A critical chunk is damaged or unknown, or pixels are
    /// missing.</exception>
    public static ImageLayout Check(Stream stream, Action<long, long> checkSize)
    {
        var chunks = new PngChunks(stream);
        var found = new HashSet<PngChunkType>();
        var parts = new List<FilePart> { new(0, PngChunks.SignatureLength) };
        PngHeader? header = null;
        FilePart? data = null;
        FilePart end = default;
        int orientation = ExifOrientation.Upright;
        foreach (var chunk in chunks.Walk())
        {
            if (chunk.IsCritical && !chunks.IsSound(chunk))
                throw new InvalidDataException($"the CRC of its {chunk.Name} chunk at byte {chunk.Start} is wrong");
            switch (chunk.Type)
            {
                case PngChunkType.Header when found.Add(chunk.Type):
                    header = PngHeader.Parse(chunks.Read(chunk));
                    checkSize(header.Width, header.Height);
                    FilePart.Append(parts, chunk.Whole);
                    break;
                case PngChunkType.Palette when found.Add(chunk.Type):
                    FilePart.Append(parts, chunk.Whole);
                    break;
                case PngChunkType.Transparency when data is null && found.Add(chunk.Type):
                    FilePart.Append(parts, chunk.Whole);
                    break;
                case PngChunkType.Data:
                    // The data chunks of an image are consecutive; later ones are not part of it.
                    if (data is null || data.Value.End == chunk.Start)
                        data = new FilePart(data?.Start ?? chunk.Start, chunk.Whole.End);
                    break;
                case PngChunkType.End:
                    end = chunk.Whole;
                    break;
                case PngChunkType.Exif when chunk.Length <= MostExif && found.Add(chunk.Type) && chunks.IsSound(chunk):
                    orientation = ExifOrientation.Parse(chunks.Read(chunk));
                    break;
                default:
                    if (chunk.IsCritical)
                    {
                        throw new InvalidDataException(
                            $"its {chunk.Name} chunk at byte {chunk.Start} is unknown or too many");
                    }
                    break;
            }
        }

        if (header is null || data is null)
            throw new InvalidDataException("it has no pixels");
        var rows = chunks.Walk().Where(chunk => chunk.Type == PngChunkType.Data && chunk.Start < data.Value.End);
        CheckRows(stream, rows, header.RawLength);
        FilePart.Append(parts, data.Value);
        FilePart.Append(parts, end);
        return new ImageLayout((int)header.Width, (int)header.Height, orientation, parts);
    }

    // A decoder stops at the last pixel and misses a wrong checksum after it. Inflating takes a fraction of the
    // decoding time.
    private static void CheckRows(Stream stream, IEnumerable<PngChunk> chunks, long expected)
    {
        using var packed = new PartsStream(stream, chunks.Select(chunk => chunk.Content));
        using var rows = new ZLibStream(packed, CompressionMode.Decompress);
        var buffer = new byte[1 << 16];
        long total = 0;
        int read;
        try
        {
            while (total <= expected && (read = rows.Read(buffer)) > 0)
                total += read;
        }
        catch (InvalidDataException exception)
        {
            throw new InvalidDataException("its compressed pixels or their Adler-32 are damaged", exception);
        }

        if (packed.Failure is { } failure)
            throw failure;
        if (packed.IsExhausted)
            throw new InvalidDataException("its compressed pixels end early");
        if (total < expected)
            throw new InvalidDataException($"{expected - total} bytes of its pixels are missing");
    }
}

/// <summary>A PNG's header chunk (PNG specification, 11.2.1).</summary>
/// <param name="Width">Columns, as large as the file claims.</param>
/// <param name="Height">Rows, as large as the file claims.</param>
/// <param name="BitDepth">Bits of a sample or of a palette index.</param>
/// <param name="ColorType">0 gray, 2 RGB, 3 palette, 4 gray and alpha, 6 RGB and alpha.</param>
/// <param name="IsInterlaced">Whether the image is interlaced (Adam7).</param>
internal sealed record PngHeader(long Width, long Height, int BitDepth, int ColorType, bool IsInterlaced)
{
    private const int Length = 13;

    // First column, first row, column step and row step of Adam7's passes.
    private static readonly (int X, int Y, int StepX, int StepY)[] s_adam7 =
        [(0, 0, 8, 8), (4, 0, 8, 8), (0, 4, 4, 8), (2, 0, 4, 4), (0, 2, 2, 4), (1, 0, 2, 2), (0, 1, 1, 2)];

    /// <summary>Bytes of the decompressed rows, with a filter byte before each row.</summary>
    public long RawLength
    {
        get
        {
            int channels = ColorType switch { 2 => 3, 4 => 2, 6 => 4, _ => 1 };
            long total = 0;
            foreach (var (x, y, stepX, stepY) in IsInterlaced ? s_adam7 : [(0, 0, 1, 1)])
            {
                long columns = (Width - x + stepX - 1) / stepX, rows = (Height - y + stepY - 1) / stepY;
                if (columns > 0)
                    total += rows * (1 + (((columns * channels * BitDepth) + 7) / 8));
            }

            return total;
        }
    }

    /// <summary>Reads a header.</summary>
    /// <exception cref="InvalidDataException">The header is invalid.</exception>
    public static PngHeader Parse(ReadOnlySpan<byte> content)
    {
        if (content.Length != Length)
            throw new InvalidDataException($"its header has {content.Length} bytes, not {Length}");
        int depth = content[8], type = content[9];
        bool isKnown = type switch
        {
            0 => depth is 1 or 2 or 4 or 8 or 16,
            3 => depth is 1 or 2 or 4 or 8,
            2 or 4 or 6 => depth is 8 or 16,
            _ => false,
        };
        if (!isKnown || content[10] != 0 || content[11] != 0 || content[12] > 1)
        {
            throw new InvalidDataException(
                $"there is no PNG of {depth} bits, color type {type}, methods {content[10]}, {content[11]}, "
                    + $"{content[12]}");
        }

        uint width = BinaryPrimitives.ReadUInt32BigEndian(content);
        uint height = BinaryPrimitives.ReadUInt32BigEndian(content[4..]);
        return new PngHeader(width, height, depth, type, content[12] == 1);
    }
}

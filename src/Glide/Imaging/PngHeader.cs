using System.Buffers.Binary;

namespace Glide.Imaging;

/// <summary>What a PNG's first chunk says (PNG specification, 11.2.1).</summary>
/// <param name="Width">Columns, as large as the file claims.</param>
/// <param name="Height">Rows, as large as the file claims.</param>
/// <param name="BitDepth">Bits of a sample or of a palette index.</param>
/// <param name="ColorType">0 gray, 2 RGB, 3 palette, 4 gray and alpha, 6 RGB and alpha.</param>
/// <param name="IsInterlaced">Whether the rows come in Adam7's seven passes.</param>
internal sealed record PngHeader(long Width, long Height, int BitDepth, int ColorType, bool IsInterlaced)
{
    private const int Length = 13;

    // First column, first row, step of columns, step of rows of Adam7's passes.
    private static readonly (int X, int Y, int StepX, int StepY)[] s_adam7 =
        [(0, 0, 8, 8), (4, 0, 8, 8), (0, 4, 4, 8), (2, 0, 4, 4), (0, 2, 2, 4), (1, 0, 2, 2), (0, 1, 1, 2)];

    /// <summary>Bytes of the decompressed rows, with the byte in front of each that names its filter.</summary>
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

    /// <summary>Reads it.</summary>
    /// <exception cref="InvalidDataException">There is no such kind of PNG.</exception>
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
                $"there is no PNG of {depth} bits, colour type {type}, methods {content[10]}, {content[11]}, {content[12]}");
        }

        uint width = BinaryPrimitives.ReadUInt32BigEndian(content);
        uint height = BinaryPrimitives.ReadUInt32BigEndian(content[4..]);
        return new PngHeader(width, height, depth, type, content[12] == 1);
    }
}

namespace Glide.Cli.Tests.Support;

/// <summary>
/// Builds baseline JPEGs in color whose blocks of 8×8 pixels each have one color: all that a test of editing needs.
/// </summary>
internal static class JpegBuilder
{
    private const int Block = 8;

    // T.81, table K.3: how many codes of each length 1 to 16 there are for differences of 0 to 11 bits.
    private static readonly byte[] s_lengths = [0, 1, 5, 1, 1, 1, 1, 1, 1, 0, 0, 0, 0, 0, 0, 0];

    /// <summary>A whole file.</summary>
    /// <param name="width">Columns.</param>
    /// <param name="height">Rows.</param>
    /// <param name="level">Y, Cb or Cr (0, 1, 2) of a block: component, column and row of the block to −128 ...
    /// 127.</param>
    public static byte[] Encode(int width, int height, Func<int, int, int, int> level)
    {
        using var file = new MemoryStream();
        file.Write([0xFF, 0xD8]);
        // Steps of 8: a block's DC coefficient is eight times its level.
        Segment(file, 0xDB, [0, .. Enumerable.Repeat((byte)Block, Block * Block)]);
        Segment(file, 0xC0, [8, (byte)(height >> 8), (byte)height, (byte)(width >> 8), (byte)width, 3, 1, 0x11, 0, 2,
            0x11, 0, 3, 0x11, 0]);
        Segment(file, 0xC4, [0x00, .. s_lengths, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11]);
        // One code of one bit: the end of the block.
        Segment(file, 0xC4, [0x10, 1, .. new byte[15], 0]);
        Segment(file, 0xDA, [3, 1, 0, 2, 0, 3, 0, 0, 63, 0]);
        var bits = new BitWriter(file);
        int[] before = new int[3];
        for (int y = 0; y < height; y += Block)
        {
            for (int x = 0; x < width; x += Block)
            {
                for (int component = 0; component < 3; component++)
                {
                    int value = level(component, x / Block, y / Block);
                    Difference(bits, value - before[component]);
                    bits.Write(0, 1);
                    before[component] = value;
                }
            }
        }
        bits.Finish();
        file.Write([0xFF, 0xD9]);
        return file.ToArray();
    }

    private static void Segment(Stream file, byte marker, byte[] data)
    {
        int length = data.Length + 2;
        file.Write([0xFF, marker, (byte)(length >> 8), (byte)length, .. data]);
    }

    // The number of bits by its code, then the bits; a negative number is written as one less. T.81, F.1.2.1.
    private static void Difference(BitWriter bits, int difference)
    {
        int size = difference == 0 ? 0 : 32 - int.LeadingZeroCount(Math.Abs(difference));
        var (code, length) = CodeOf(size);
        bits.Write(code, length);
        bits.Write(difference >= 0 ? difference : difference + (1 << size) - 1, size);
    }

    private static (int Code, int Length) CodeOf(int symbol)
    {
        int code = 0, first = 0;
        for (int length = 1; ; length++)
        {
            int count = s_lengths[length - 1];
            if (symbol < first + count)
                return (code + symbol - first, length);
            code = (code + count) << 1;
            first += count;
        }
    }

    private sealed class BitWriter(Stream file)
    {
        private int _bits;
        private int _used;

        public void Write(int value, int count)
        {
            for (int bit = count - 1; bit >= 0; bit--)
            {
                _bits = (_bits << 1) | ((value >> bit) & 1);
                if (++_used < 8)
                    continue;
                file.WriteByte((byte)_bits);
                if (_bits == 0xFF)
                    file.WriteByte(0);
                _bits = _used = 0;
            }
        }

        public void Finish()
        {
            while (_used > 0)
                Write(1, 1);
        }
    }
}

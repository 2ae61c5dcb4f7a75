using System.Buffers.Binary;
using System.IO.Compression;
using System.Text;

namespace Glide.Tests.Images;

/// <summary>Builds PNGs byte by byte, sound ones and broken ones.</summary>
internal static class PngBuilder
{
    // First column, first row, step of columns, step of rows of Adam7's passes.
    private static readonly (int X, int Y, int StepX, int StepY)[] s_adam7 =
        [(0, 0, 8, 8), (4, 0, 8, 8), (0, 4, 4, 8), (2, 0, 4, 4), (0, 2, 2, 4), (1, 0, 2, 2), (0, 1, 1, 2)];

    public static byte[] Signature => [0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A];

    /// <summary>
    /// A whole file whose samples (one per channel, or a palette index) <paramref name="sample"/> gives.
    /// </summary>
    public static byte[] Encode(
        int width, int height, int bitDepth, int colorType, Func<int, int, ushort[]> sample, bool interlaced = false,
        byte[][]? before = null, byte[][]? after = null) =>
        Join([Signature, Header(width, height, bitDepth, colorType, interlaced), .. before ?? [],
            Chunk("IDAT", Deflate(Raw(width, height, bitDepth, sample, interlaced))), .. after ?? [],
                Chunk("IEND", [])]);

    /// <summary>An 8-bit RGB file of black pixels.</summary>
    public static byte[] Black(int width, int height, byte[][]? before = null, byte[][]? after = null) =>
        Encode(width, height, 8, 2, (_, _) => [0, 0, 0], before: before, after: after);

    public static byte[] Header(long width, long height, int bitDepth, int colorType, bool interlaced = false)
    {
        var data = new byte[13];
        BinaryPrimitives.WriteUInt32BigEndian(data, (uint)width);
        BinaryPrimitives.WriteUInt32BigEndian(data.AsSpan(4), (uint)height);
        data[8] = (byte)bitDepth;
        data[9] = (byte)colorType;
        data[12] = interlaced ? (byte)1 : (byte)0;
        return Chunk("IHDR", data);
    }

    public static byte[] Chunk(string type, byte[] data)
    {
        var chunk = new byte[12 + data.Length];
        BinaryPrimitives.WriteInt32BigEndian(chunk, data.Length);
        Encoding.ASCII.GetBytes(type, chunk.AsSpan(4));
        data.CopyTo(chunk, 8);
        BinaryPrimitives.WriteUInt32BigEndian(chunk.AsSpan(8 + data.Length), Crc(chunk.AsSpan(4, 4 + data.Length)));
        return chunk;
    }

    public static byte[] Deflate(byte[] bytes)
    {
        using var packed = new MemoryStream();
        using (var zlib = new ZLibStream(packed, CompressionLevel.SmallestSize))
            zlib.Write(bytes);
        return packed.ToArray();
    }

    public static byte[] Raw(int width, int height, int bitDepth, Func<int, int, ushort[]> sample,
        bool interlaced = false)
    {
        var raw = new MemoryStream();
        foreach (var (x0, y0, stepX, stepY) in interlaced ? s_adam7 : [(0, 0, 1, 1)])
        {
            for (int y = y0; y < height && x0 < width; y += stepY)
            {
                raw.WriteByte(0); // filter: none
                int bits = 0, used = 0;
                for (int x = x0; x < width; x += stepX)
                {
                    foreach (ushort value in sample(x, y))
                    {
                        if (bitDepth >= 8)
                        {
                            if (bitDepth == 16)
                                raw.WriteByte((byte)(value >> 8));
                            raw.WriteByte((byte)value);
                            continue;
                        }

                        bits = (bits << bitDepth) | value;
                        used += bitDepth;
                        if (used == 8)
                        {
                            raw.WriteByte((byte)bits);
                            bits = used = 0;
                        }
                    }
                }

                if (used > 0)
                    raw.WriteByte((byte)(bits << (8 - used)));
            }
        }

        return raw.ToArray();
    }

    public static byte[] Join(params byte[][] parts) => parts.SelectMany(part => part).ToArray();

    public static uint Crc(ReadOnlySpan<byte> bytes)
    {
        uint crc = 0xFFFFFFFF;
        foreach (byte value in bytes)
        {
            crc ^= value;
            for (int bit = 0; bit < 8; bit++)
                crc = (crc & 1) != 0 ? (crc >> 1) ^ 0xEDB88320 : crc >> 1;
        }

        return ~crc;
    }
}

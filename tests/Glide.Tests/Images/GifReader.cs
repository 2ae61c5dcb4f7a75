using System.Buffers.Binary;
using Glide.Images;

namespace Glide.Tests.Images;

/// <summary>Reads what the specification calls a GIF, as far as the writer goes.</summary>
internal static class GifReader
{
    public static List<(RgbImage Image, int Hundredths)> Read(byte[] file)
    {
        Assert.Equal("GIF89a"u8.ToArray(), file[..6]);
        var frames = new List<(RgbImage, int)>();
        int at = 13, hundredths = 0;
        while (file[at] != 0x3B)
        {
            if (file[at] == 0x21)
            {
                if (file[at + 1] == 0xF9)
                    hundredths = BinaryPrimitives.ReadUInt16LittleEndian(file.AsSpan(at + 4));
                at += 2;
                Blocks(file, ref at);
                continue;
            }

            Assert.Equal(0x2C, file[at]);
            int width = BinaryPrimitives.ReadUInt16LittleEndian(file.AsSpan(at + 5));
            int height = BinaryPrimitives.ReadUInt16LittleEndian(file.AsSpan(at + 7));
            int colors = 2 << (file[at + 9] & 7);
            var palette = file.AsSpan(at + 10, 3 * colors).ToArray();
            at += 10 + (3 * colors);
            int bits = file[at++];
            var indexes = Decode(Blocks(file, ref at), bits);
            Assert.Equal(width * height, indexes.Count);
            frames.Add((new RgbImage(width, height, indexes.SelectMany(i => palette[(3 * i)..((3 * i) + 3)]).ToArray()),
                hundredths));
        }

        Assert.Equal(file.Length - 1, at);
        return frames;
    }

    private static byte[] Blocks(byte[] file, ref int at)
    {
        var bytes = new List<byte>();
        for (; file[at] != 0; at += file[at] + 1)
            bytes.AddRange(file.AsSpan(at + 1, file[at]));
        at++;
        return [.. bytes];
    }

    private static List<byte> Decode(byte[] bytes, int bits)
    {
        int clear = 1 << bits, size = bits + 1, bit = 0;
        var table = new List<byte[]>();
        var result = new List<byte>();
        byte[]? previous = null;
        while (true)
        {
            int code = 0;
            for (int i = 0; i < size; i++, bit++)
                code |= (bytes[bit >> 3] >> (bit & 7) & 1) << i;
            if (code == clear + 1)
            {
                Assert.InRange((8 * bytes.Length) - bit, 0, 7);
                return result;
            }

            if (code == clear)
            {
                table = Enumerable.Range(0, clear + 2).Select(i => new[] { (byte)i }).ToList();
                (size, previous) = (bits + 1, null);
                continue;
            }

            var entry = code < table.Count ? table[code] : [.. previous!, previous![0]];
            result.AddRange(entry);
            if (previous is not null && table.Count < 4096)
                table.Add([.. previous, entry[0]]);
            if (table.Count == 1 << size && size < 12)
                size++;
            previous = entry;
        }
    }
}

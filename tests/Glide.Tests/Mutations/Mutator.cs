using System.Buffers.Binary;
using System.Text;
using Glide.Tests.Images;

namespace Glide.Tests.Mutations;

/// <summary>Damages files as disks, editors and attackers do. The same seed damages them in the same way.</summary>
internal sealed class Mutator(int seed)
{
    private static readonly byte[] s_edges = [0, 1, 9, 10, 31, 34, 44, 63, 64, 127, 128, 192, 254, 255];

    private static readonly byte[][] s_words =
    [
        .. new[]
        {
            "null", "true", "-1", "0", "1e999", "-0", "2147483648", "9223372036854775807", "-9223372036854775808",
            "18446744073709551616", "0.1", "\"\"", "[]", "{}", "[[[[[[[[", "{\"a\":{\"a\":{\"a\":", "\\ud800", "\"",
            ",", ":", "\n", "\r", "\0", "\e[2J", "\u202e", "..", "/", "../../", "--threads=99999", "NaN",
        }.Select(Encoding.UTF8.GetBytes),
    ];

    private readonly Random _random = new(seed);

    /// <summary>A damaged copy: one to four changes, one of which may take its material from <paramref name="other"/>.
    /// </summary>
    public byte[] Damage(byte[] whole, byte[] other)
    {
        var bytes = whole.ToList();
        for (int change = _random.Next(1, 5); change > 0 && bytes.Count > 0; change--)
            Change(bytes, other);
        return [.. bytes];
    }

    private void Change(List<byte> bytes, byte[] other)
    {
        int at = _random.Next(bytes.Count);
        int length = Math.Min(_random.Next(1, 64), bytes.Count - at);
        switch (_random.Next(9))
        {
            case 0:
                bytes[at] ^= (byte)(1 << _random.Next(8));
                break;
            case 1:
                bytes[at] = Pick(s_edges);
                break;
            case 2:
                bytes.RemoveRange(at, length);
                break;
            case 3:
                bytes.InsertRange(at, bytes.GetRange(at, length));
                break;
            case 4:
                bytes.InsertRange(at, Pick(s_words));
                break;
            case 5:
                Overwrite(bytes, at, Pick(s_words));
                break;
            case 6:
                Overwrite(bytes, at, Number());
                break;
            case 7:
                int from = _random.Next(other.Length);
                bytes.InsertRange(at, other.Skip(from).Take(length));
                break;
            default:
                if (_random.Next(4) == 0)
                    bytes.RemoveRange(at, bytes.Count - at);
                break;
        }
    }

    // Lengths and offsets at the limits of their types.
    private byte[] Number()
    {
        var bytes = new byte[_random.Next(2) == 0 ? 4 : 8];
        ulong value = _random.Next(5) switch
        {
            0 => uint.MaxValue,
            1 => int.MaxValue,
            2 => ulong.MaxValue,
            3 => (ulong)_random.Next(1 << 24),
            _ => long.MaxValue,
        };
        Span<byte> all = stackalloc byte[8];
        if (_random.Next(2) == 0)
        {
            BinaryPrimitives.WriteUInt64LittleEndian(all, value);
            all[..bytes.Length].CopyTo(bytes);
        }
        else
        {
            BinaryPrimitives.WriteUInt64BigEndian(all, value << (8 * (8 - bytes.Length)));
            all[..bytes.Length].CopyTo(bytes);
        }
        return bytes;
    }

    private static void Overwrite(List<byte> bytes, int at, byte[] value)
    {
        for (int i = 0; i < value.Length && at + i < bytes.Count; i++)
            bytes[at + i] = value[i];
    }

    private T Pick<T>(T[] values) => values[_random.Next(values.Length)];

    /// <summary>
    /// Makes the checksums of a PNG right again, so that what was damaged is looked at and not only found damaged.
    /// </summary>
    public static byte[] MendPng(byte[] png)
    {
        for (long at = 8; at + 12 <= png.Length;)
        {
            long length = BinaryPrimitives.ReadUInt32BigEndian(png.AsSpan((int)at));
            if (at + 12 + length > png.Length)
                break;
            var part = png.AsSpan((int)at + 4, (int)length + 4);
            BinaryPrimitives.WriteUInt32BigEndian(png.AsSpan((int)(at + 8 + length)), PngBuilder.Crc(part));
            at += 12 + length;
        }
        return png;
    }
}

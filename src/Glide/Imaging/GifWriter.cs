// 47 49 46 38 39 61  20 00 20 00  70 00 00          "GIF89a", 32×32, no common colours
// 21 FF 0B "NETSCAPE2.0" 03 01 00 00 00             repeat for ever
// 21 F9 04 04 0A 00 00 00                           for each picture: stays until the next one, 0x0A hundredths of a second
// 2C 00 00 00 00 20 00 20 00 87                     at (0, 0), 32×32, own colours: 2^(7+1) of them
// RR GG BB ...                                      colours
// 08 FE .. .. 00                                    smallest code 8 bits, blocks of LZW codes
// 3B                                                end
using System.Buffers.Binary;

namespace Glide.Imaging;

/// <summary>Writes animated GIFs: each picture with its own 256 colours, repeated for ever.</summary>
internal static class GifWriter
{
    private const int MostCodes = 4096;

    /// <summary>Writes an animation, in one piece as <see cref="ImageFile.SavePng"/> does.</summary>
    /// <param name="path">Where to; a file that is there already is replaced.</param>
    /// <param name="frames">All of one size, at least one; each is asked for when its turn comes and not kept.</param>
    /// <param name="delay">Time from picture to picture, in steps of 10 ms; browsers slow down what is under 20 ms.</param>
    /// <param name="lastDelay">Time that the last picture stays before the first comes again; null for <paramref name="delay"/>.</param>
    /// <exception cref="ArgumentException">The pictures differ in size, or a side is longer than 65535.</exception>
    /// <exception cref="ResourceException">The disk is full or the folder cannot be written to.</exception>
    public static void Save(string path, IEnumerable<RgbImage> frames, TimeSpan delay, TimeSpan? lastDelay = null) =>
        WholeFile.Write(path, Writing(frames, delay, lastDelay));

    /// <summary>As <see cref="Save"/>, but leaves an existing file alone.</summary>
    /// <returns>False where <paramref name="path"/> exists.</returns>
    public static bool TrySaveNew(string path, IEnumerable<RgbImage> frames, TimeSpan delay, TimeSpan? lastDelay = null) =>
        WholeFile.TryWriteNew(path, Writing(frames, delay, lastDelay));

    private static Action<Stream> Writing(IEnumerable<RgbImage> frames, TimeSpan delay, TimeSpan? lastDelay)
    {
        ArgumentNullException.ThrowIfNull(frames);
        ushort hundredths = Hundredths(delay), lastHundredths = Hundredths(lastDelay ?? delay);
        return stream =>
        {
            using var frame = frames.GetEnumerator();
            ArgumentOutOfRangeException.ThrowIfEqual(frame.MoveNext(), false, nameof(frames));
            var current = frame.Current;
            int width = current.Width, height = current.Height;
            if (Math.Max(width, height) > ushort.MaxValue)
                throw new ArgumentException($"A GIF has at most {ushort.MaxValue} pixels a side, not {width}×{height}.", nameof(frames));
            stream.Write("GIF89a"u8);
            WriteUInt16(stream, width);
            WriteUInt16(stream, height);
            stream.Write([0x70, 0, 0]);
            stream.Write([0x21, 0xFF, 0x0B, .. "NETSCAPE2.0"u8, 3, 1, 0, 0, 0]);
            // How long a picture stays depends on whether another one follows.
            while (frame.MoveNext())
            {
                WriteFrame(stream, current, hundredths);
                current = frame.Current;
                if (current.Width != width || current.Height != height)
                    throw new ArgumentException("An animation's pictures are all of one size.", nameof(frames));
            }

            WriteFrame(stream, current, lastHundredths);
            stream.WriteByte(0x3B);
        };
    }

    private static ushort Hundredths(TimeSpan delay)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(delay, TimeSpan.Zero);
        return (ushort)Math.Min(Math.Round(delay.TotalMilliseconds / 10, MidpointRounding.ToEven), ushort.MaxValue);
    }

    private static void WriteFrame(Stream stream, RgbImage frame, ushort hundredths)
    {
        var palette = ColorPalette.Of(frame);
        int bits = 1;
        while (1 << bits < palette.Count)
            bits++;
        stream.Write([0x21, 0xF9, 4, 0x04]);
        WriteUInt16(stream, hundredths);
        stream.Write([0, 0, 0x2C, 0, 0, 0, 0]);
        WriteUInt16(stream, frame.Width);
        WriteUInt16(stream, frame.Height);
        stream.WriteByte((byte)(0x80 | (bits - 1)));
        stream.Write(palette.Colors);
        stream.Write(new byte[(3 << bits) - palette.Colors.Length]);
        WriteCodes(stream, palette.Indexes, Math.Max(2, bits));
    }

    private static void WriteUInt16(Stream stream, int value)
    {
        Span<byte> bytes = stackalloc byte[2];
        BinaryPrimitives.WriteUInt16LittleEndian(bytes, (ushort)value);
        stream.Write(bytes);
    }

    // LZW with growing codes: GIF89a specification, appendix F.
    private static void WriteCodes(Stream stream, byte[] indexes, int bits)
    {
        stream.WriteByte((byte)bits);
        int clear = 1 << bits, end = clear + 1;
        int next = end + 1, size = bits + 1;
        var known = new Dictionary<int, int>(MostCodes);
        var blocks = new BlockWriter(stream);
        blocks.Add(clear, size);
        int prefix = indexes[0];
        for (int i = 1; i < indexes.Length; i++)
        {
            int key = (prefix << 8) | indexes[i];
            if (known.TryGetValue(key, out int longer))
            {
                prefix = longer;
                continue;
            }

            blocks.Add(prefix, size);
            if (next < MostCodes)
            {
                // The reader knows this code one code later, and has grown by then too.
                if (next == 1 << size)
                    size++;
                known.Add(key, next++);
            }
            else
            {
                blocks.Add(clear, size);
                known.Clear();
                next = end + 1;
                size = bits + 1;
            }

            prefix = indexes[i];
        }

        blocks.Add(prefix, size);
        if (next == 1 << size && next < MostCodes)
            size++;
        blocks.Add(end, size);
        blocks.Finish();
    }

    /// <summary>Packs codes from the lowest bit up and cuts them into blocks of at most 255 bytes.</summary>
    private sealed class BlockWriter(Stream stream)
    {
        private readonly byte[] _block = new byte[256];
        private int _length;
        private uint _pending;
        private int _pendingBits;

        public void Add(int code, int size)
        {
            _pending |= (uint)code << _pendingBits;
            for (_pendingBits += size; _pendingBits >= 8; _pendingBits -= 8)
            {
                Append((byte)_pending);
                _pending >>= 8;
            }
        }

        public void Finish()
        {
            if (_pendingBits > 0)
                Append((byte)_pending);
            Flush();
            stream.WriteByte(0);
        }

        private void Append(byte value)
        {
            _block[++_length] = value;
            if (_length == 255)
                Flush();
        }

        private void Flush()
        {
            if (_length == 0)
                return;
            _block[0] = (byte)_length;
            stream.Write(_block, 0, _length + 1);
            _length = 0;
        }
    }
}

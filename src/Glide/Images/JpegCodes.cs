namespace Glide.Images;

/// <summary>
/// Checks that a baseline scan has codes for all of its blocks; a decoder would make the others gray.
/// </summary>
/// <remarks>
/// T.81, F.2.2: a block is a code for its first number, then codes for runs of zeros and the numbers after them; each
/// code gives the number of bits that follow it. In progressive scans that depends on earlier scans; they are not
/// checked.
/// </remarks>
internal sealed class JpegCodes
{
    private const int BlockSide = 8;
    private const int BlockLength = BlockSide * BlockSide;
    private const int MostBlocks = 10;
    private const int MostBits = 16;
    private const int MostTables = 4;
    private const byte Restart0 = 0xD0;
    private const byte Restart7 = 0xD7;

    // As DHT has them: the number of codes of each length, then their values. First those of DC, then those of AC.
    private readonly byte[]?[] _tables = new byte[2 * MostTables][];

    private int _restartInterval;

    /// <summary>Reads the tables of a DHT segment.</summary>
    /// <exception cref="InvalidDataException">The tables are damaged.</exception>
    public void AddTables(ReadOnlySpan<byte> segment)
    {
        while (segment.Length > 0)
        {
            int kind = segment[0] >> 4, number = segment[0] & 15;
            int length = 1 + MostBits;
            for (int i = 1; i <= MostBits && i < segment.Length; i++)
                length += segment[i];
            if (kind > 1 || number >= MostTables || length > segment.Length)
                throw new InvalidDataException("a table of codes is damaged");
            _tables[(kind * MostTables) + number] = segment[1..length].ToArray();
            segment = segment[length..];
        }
    }

    /// <summary>Reads a DRI segment: the number of MCUs between restart markers.</summary>
    /// <exception cref="InvalidDataException">The segment is damaged.</exception>
    public void SetRestarts(ReadOnlySpan<byte> segment) => _restartInterval = segment.Length == 2
        ? (segment[0] << 8) | segment[1]
        : throw new InvalidDataException("its restart interval is damaged");

    /// <summary>Reads all codes of a scan.</summary>
    /// <param name="bytes">Positioned at the first code.</param>
    /// <param name="frame">Frame header of the image.</param>
    /// <param name="scan">The scan's header.</param>
    /// <exception cref="InvalidDataException">Codes are missing or invalid.</exception>
    public void Check(JpegBytes bytes, JpegFrame frame, ReadOnlySpan<byte> scan)
    {
        var (blocks, count) = Plan(frame, scan);
        for (long mcu = 0; mcu < count; mcu++)
        {
            bool isRestart = _restartInterval > 0 && mcu > 0 && mcu % _restartInterval == 0;
            if (isRestart && bytes.NextMarker() is < Restart0 or > Restart7)
                throw new InvalidDataException($"a scan ends early, at byte {bytes.Position}");
            foreach (var (first, runs) in blocks)
                CheckBlock(bytes, first, runs);
        }
    }

    // The tables for each block of an MCU, and how many MCUs there are.
    private (List<(ushort[] First, ushort[] Runs)> Blocks, long Count) Plan(JpegFrame frame, ReadOnlySpan<byte> scan)
    {
        int channels = scan.Length == 0 ? 0 : scan[0];
        if (channels is 0 or > 4 || scan.Length != 4 + (2 * channels))
            throw new InvalidDataException("a scan's header is damaged");
        int mostAcross = frame.Channels.Max(channel => channel.Across);
        int mostDown = frame.Channels.Max(channel => channel.Down);
        long count = Ceiling(frame.Width, BlockSide * mostAcross) * Ceiling(frame.Height, BlockSide * mostDown);
        var blocks = new List<(ushort[], ushort[])>();
        for (int i = 0; i < channels; i++)
        {
            byte id = scan[1 + (2 * i)], tables = scan[2 + (2 * i)];
            var channel = frame.Channels.FirstOrDefault(channel => channel.Id == id)
                ?? throw new InvalidDataException($"a scan is of channel {id}, which is none");
            int inMcu = channel.Across * channel.Down;
            if (channels == 1)
            {
                // A scan of a single channel has no padding blocks.
                long columns = Ceiling((long)frame.Width * channel.Across, mostAcross);
                long rows = Ceiling((long)frame.Height * channel.Down, mostDown);
                (inMcu, count) = (1, Ceiling(columns, BlockSide) * Ceiling(rows, BlockSide));
            }

            blocks.AddRange(Enumerable.Repeat((Lookup(tables >> 4), Lookup(MostTables + (tables & 15))), inMcu));
        }

        return blocks.Count <= MostBlocks
            ? (blocks, count)
            : throw new InvalidDataException($"a scan has {blocks.Count} blocks in an MCU, more than {MostBlocks}");

        static long Ceiling(long value, long by) => (value + by - 1) / by;
    }

    // For every 16 bits the length of the code at their start and, in the lower bits, its value; 0 if there is none.
    private ushort[] Lookup(int number)
    {
        var table = (number < _tables.Length ? _tables[number] : null)
            ?? throw new InvalidDataException("a scan's table of codes is missing");
        var lookup = new ushort[1 << MostBits];
        int at = 0, symbol = MostBits;
        for (int length = 1; length <= MostBits; length++)
        {
            int width = 1 << (MostBits - length);
            for (int i = 0; i < table[length - 1]; i++, at += width)
            {
                if (at + width > lookup.Length)
                    throw new InvalidDataException("a table of codes is damaged");
                lookup.AsSpan(at, width).Fill((ushort)((length << 8) | table[symbol++]));
            }
        }

        return lookup;
    }

    private static void CheckBlock(JpegBytes bytes, ushort[] first, ushort[] runs)
    {
        Skip(bytes, first);
        for (int i = 1; i < BlockLength;)
        {
            int symbol = Skip(bytes, runs);
            int run = symbol >> 4, size = symbol & 15;
            // A run without a value is 16 zeros or the rest of the block.
            if (size == 0 && run < 15)
                return;
            i += run + 1;
        }
    }

    // Reads a code and its additional bits.
    private static int Skip(JpegBytes bytes, ushort[] lookup)
    {
        ushort entry = lookup[bytes.PeekBits16()];
        if (entry == 0)
            throw new InvalidDataException($"the codes of its pixels are damaged before byte {bytes.Position}");
        int symbol = (byte)entry;
        bytes.SkipBits((entry >> 8) + (symbol & 15));
        return symbol;
    }
}

/// <summary>Reads a JPEG sequentially: its segments, and the bits of scans.</summary>
/// <param name="stream">The whole file; its position changes.</param>
/// <param name="start">The first byte to read.</param>
internal sealed class JpegBytes(Stream stream, long start)
{
    private const byte Escape = 0xFF;
    private const string CutShort = "the file ends early";
    private const int LengthBytes = 2;
    private const int ByteBits = 8;
    private const int WordBits = 64;

    private readonly byte[] _buffer = new byte[1 << 16];
    private long _bufferStart = start;
    private int _count;
    private int _at;

    // Bits that were read and not used yet, most significant first, followed by zeros.
    private ulong _bits;
    private int _bitCount;

    public long Position => _bufferStart + _at;

    /// <summary>Moves past the next marker and skips everything before it.</summary>
    /// <exception cref="InvalidDataException">The file ends early.</exception>
    public byte NextMarker()
    {
        (_bits, _bitCount) = (0, 0);
        while (true)
        {
            if (NextByte() != Escape)
                continue;
            byte marker;
            do
                marker = NextByte();
            while (marker == Escape);
            if (marker != 0)
                return marker;
        }
    }

    /// <summary>The content of the segment whose marker was just read, without its length.</summary>
    /// <exception cref="InvalidDataException">The file ends before, or the length is wrong.</exception>
    public byte[] NextSegment()
    {
        int length = ((NextByte() << 8) | NextByte()) - LengthBytes;
        if (length < 0)
            throw new InvalidDataException($"a segment before byte {Position} has a wrong length");
        var content = new byte[length];
        for (int done = 0; done < length;)
        {
            content[done++] = NextByte();
            int part = Math.Min(length - done, _count - _at);
            _buffer.AsSpan(_at, part).CopyTo(content.AsSpan(done));
            (done, _at) = (done + part, _at + part);
        }

        return content;
    }

    /// <summary>The next 16 bits of a scan; zeros after its end.</summary>
    public int PeekBits16()
    {
        while (_bitCount <= WordBits - (2 * ByteBits) && TryNextCode(out byte code))
        {
            _bitCount += ByteBits;
            _bits |= (ulong)code << (WordBits - _bitCount);
        }

        return (int)(_bits >> (WordBits - (2 * ByteBits)));
    }

    /// <summary>Skips bits, at most 32. <see cref="PeekBits16"/> must have been called before.</summary>
    /// <exception cref="InvalidDataException">There are not enough bits.</exception>
    public void SkipBits(int count)
    {
        if (count > _bitCount)
        {
            throw new InvalidDataException(
                _count - _at < 2 ? CutShort : $"the codes of its pixels end early, at byte {Position}");
        }

        _bits <<= count;
        _bitCount -= count;
    }

    // A two-byte marker ends the codes and is not consumed; FF 00 stands for FF.
    private bool TryNextCode(out byte code)
    {
        code = 0;
        if (_count - _at < 2)
            Fill();
        if (_count - _at < 2 || (_buffer[_at] == Escape && _buffer[_at + 1] != 0))
            return false;
        code = _buffer[_at];
        _at += code == Escape ? 2 : 1;
        return true;
    }

    private byte NextByte()
    {
        if (_at == _count)
            Fill();
        return _at < _count ? _buffer[_at++] : throw new InvalidDataException(CutShort);
    }

    private void Fill()
    {
        int left = _count - _at;
        _buffer.AsSpan(_at, left).CopyTo(_buffer);
        _bufferStart += _at;
        stream.Position = _bufferStart + left;
        (_at, _count) = (0, left + stream.Read(_buffer.AsSpan(left)));
    }
}

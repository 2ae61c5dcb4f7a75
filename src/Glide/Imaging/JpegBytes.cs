namespace Glide.Imaging;

/// <summary>Reads a JPEG from its first byte to its last: segments, and the codes of scans bit by bit.</summary>
/// <param name="stream">The whole file; its position is not kept.</param>
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

    // Bits of the codes that were read and not used yet, the next one on top; zeros follow them.
    private ulong _bits;
    private int _bitCount;

    /// <summary>The next byte's number.</summary>
    public long Position => _bufferStart + _at;

    /// <summary>Goes behind the next marker, over whatever stands before it.</summary>
    /// <exception cref="InvalidDataException">The file ends before.</exception>
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

    /// <summary>The next 16 bits of a scan's codes; zeros where there are no more.</summary>
    public int PeekBits16()
    {
        while (_bitCount <= WordBits - (2 * ByteBits) && TryNextCode(out byte code))
        {
            _bitCount += ByteBits;
            _bits |= (ulong)code << (WordBits - _bitCount);
        }

        return (int)(_bits >> (WordBits - (2 * ByteBits)));
    }

    /// <summary>Takes bits, at most 32; <see cref="PeekBits16"/> has been called before.</summary>
    /// <exception cref="InvalidDataException">There are not as many.</exception>
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

    // A marker of two bytes ends the codes and is left where it is; FF 00 stands for FF.
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

// 00 00 00 0D 49 48 44 52 ....... 90 77 53 DE   13 bytes, "IHDR", the bytes, their CRC
// 00 00 00 00 49 45 4E 44         AE 42 60 82   no bytes, "IEND", no bytes, their CRC
using System.Buffers.Binary;
using System.IO.Hashing;
using System.Text;

namespace Glide.Images;

/// <summary>The chunks of a PNG file.</summary>
/// <param name="stream">The whole file; its position changes. Not disposed.</param>
internal sealed class PngChunks(Stream stream)
{
    /// <summary>Bytes before the first chunk.</summary>
    public const int SignatureLength = 8;

    private readonly byte[] _buffer = new byte[1 << 16];
    private readonly Crc32 _crc = new();

    /// <summary>Enumerates the chunks up to IEND, without reading their contents.</summary>
    /// <remarks>
    /// Every chunk is checked to have its bytes: a decoder may allocate as much memory as a chunk claims, up to 2 GB,
    /// before it reads them.
    /// </remarks>
    /// <exception cref="EndOfStreamException">The file ends before IEND.</exception>
    /// <exception cref="InvalidDataException">IHDR is not the first chunk.</exception>
    public IEnumerable<PngChunk> Walk()
    {
        var head = new byte[PngChunk.HeadLength];
        PngChunk chunk;
        for (long position = SignatureLength; ; position = chunk.Whole.End)
        {
            if (position == stream.Length)
                throw new EndOfStreamException("its last chunk, IEND, is missing");
            stream.Position = position;
            if (stream.ReadAtLeast(head, head.Length, throwOnEndOfStream: false) < head.Length)
                throw new EndOfStreamException($"the chunk at byte {position} is cut");
            uint length = BinaryPrimitives.ReadUInt32BigEndian(head);
            long end = position + PngChunk.HeadLength + length + PngChunk.CrcLength;
            if (end > stream.Length)
            {
                throw new EndOfStreamException(
                    $"the chunk at byte {position} should end at byte {end}, the file ends at byte {stream.Length}");
            }

            var type = (PngChunkType)BinaryPrimitives.ReadUInt32BigEndian(head.AsSpan(4));
            chunk = new PngChunk(type, position, checked((int)length));
            if (position == SignatureLength && chunk.Type != PngChunkType.Header)
                throw new InvalidDataException($"the first chunk is {chunk.Name}, not IHDR");
            yield return chunk;
            if (chunk.Type == PngChunkType.End)
                yield break;
        }
    }

    /// <summary>The content of a chunk.</summary>
    /// <remarks>The caller checks the length first.</remarks>
    public byte[] Read(PngChunk chunk)
    {
        var content = new byte[chunk.Length];
        stream.Position = chunk.Content.Start;
        stream.ReadExactly(content);
        return content;
    }

    /// <summary>Whether the CRC of a chunk is correct.</summary>
    public bool IsSound(PngChunk chunk)
    {
        stream.Position = chunk.Start + 4;
        for (long left = 4L + chunk.Length; left > 0;)
        {
            var part = _buffer.AsSpan(0, (int)Math.Min(left, _buffer.Length));
            stream.ReadExactly(part);
            _crc.Append(part);
            left -= part.Length;
        }

        uint found = _crc.GetCurrentHashAsUInt32();
        _crc.Reset();
        stream.ReadExactly(_buffer, 0, PngChunk.CrcLength);
        return found == BinaryPrimitives.ReadUInt32BigEndian(_buffer);
    }
}

/// <summary>Known chunk types: four ASCII letters as a big-endian number.</summary>
internal enum PngChunkType : uint
{
    Header = 0x49484452,

    Palette = 0x504C5445,

    Transparency = 0x74524E53,

    /// <summary>IDAT, a piece of the compressed rows.</summary>
    Data = 0x49444154,

    End = 0x49454E44,

    Exif = 0x65584966,

    /// <summary>tEXt, Latin-1.</summary>
    Text = 0x74455874,

    /// <summary>zTXt, compressed Latin-1.</summary>
    CompressedText = 0x7A545874,

    /// <summary>iTXt, UTF-8.</summary>
    InternationalText = 0x69545874,
}

/// <summary>Position of a chunk of a PNG.</summary>
/// <param name="Type">A known type, or any other.</param>
/// <param name="Start">Position of its length field.</param>
/// <param name="Length">Length of its content in bytes.</param>
internal readonly record struct PngChunk(PngChunkType Type, long Start, int Length)
{
    /// <summary>Bytes before the content: length and type.</summary>
    public const int HeadLength = 8;

    /// <summary>Bytes after the content.</summary>
    public const int CrcLength = 4;

    /// <summary>
    /// Whether readers must refuse the file if they do not know the chunk: its first letter is a capital.
    /// </summary>
    public bool IsCritical => ((uint)Type & 0x2000_0000) == 0;

    public FilePart Whole => new(Start, Start + HeadLength + Length + CrcLength);

    /// <summary>The content, between type and CRC.</summary>
    public FilePart Content => new(Start + HeadLength, Start + HeadLength + Length);

    /// <summary>The four letters of its type.</summary>
    public string Name
    {
        get
        {
            Span<byte> letters = stackalloc byte[4];
            BinaryPrimitives.WriteUInt32BigEndian(letters, (uint)Type);
            return Encoding.Latin1.GetString(letters);
        }
    }
}

/// <summary>Reads parts of a file as one sequential stream.</summary>
/// <param name="file">Seekable; not disposed.</param>
/// <param name="parts">In the order in which they are read; enumerated lazily.</param>
internal sealed class PartsStream(Stream file, IEnumerable<FilePart> parts) : Stream
{
    private readonly IEnumerator<FilePart> _parts = parts.GetEnumerator();
    private long _position;
    private long _end;

    /// <summary>Whether a reader tried to read past the last byte.</summary>
    public bool IsExhausted { get; private set; }

    /// <summary>Why the parts ended early; exceptions must not pass through a native decoder.</summary>
    public IOException? Failure { get; private set; }

    public override bool CanRead => true;

    public override bool CanSeek => false;

    public override bool CanWrite => false;

    public override long Length => throw new NotSupportedException();

    public override long Position
    {
        get => throw new NotSupportedException();
        set => throw new NotSupportedException();
    }

    public override int Read(byte[] buffer, int offset, int count) => Read(buffer.AsSpan(offset, count));

    public override int Read(Span<byte> buffer)
    {
        int total = 0;
        try
        {
            // Always fills the buffer: a decoder treats a short read as the end.
            while (total < buffer.Length && MoveOn())
            {
                file.Position = _position;
                int read = file.ReadAtLeast(buffer[total..(int)Math.Min(buffer.Length, total + _end - _position)], 1);
                total += read;
                _position += read;
            }
        }
        catch (IOException exception)
        {
            Failure = exception;
        }

        IsExhausted |= total == 0;
        return total;
    }

    public override void Flush()
    {
    }

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    public override void SetLength(long value) => throw new NotSupportedException();

    public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    protected override void Dispose(bool disposing)
    {
        if (disposing)
            _parts.Dispose();
        base.Dispose(disposing);
    }

    private bool MoveOn()
    {
        while (_position == _end)
        {
            if (!_parts.MoveNext())
                return false;
            (_position, _end) = (_parts.Current.Start, _parts.Current.End);
        }

        return true;
    }
}

/// <summary>Bytes of a file from <paramref name="Start"/> up to <paramref name="End"/>, exclusive.</summary>
internal readonly record struct FilePart(long Start, long End)
{
    /// <summary>Appends a part to a list; merges it with the last one if they are adjacent.</summary>
    public static void Append(List<FilePart> parts, FilePart next)
    {
        if (parts.Count > 0 && parts[^1].End == next.Start)
            parts[^1] = parts[^1] with { End = next.End };
        else
            parts.Add(next);
    }
}

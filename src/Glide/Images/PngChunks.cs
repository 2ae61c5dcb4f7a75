// 00 00 00 0D 49 48 44 52 ....... 90 77 53 DE   13 bytes, "IHDR", the bytes, their CRC
// 00 00 00 00 49 45 4E 44         AE 42 60 82   no bytes, "IEND", no bytes, their CRC
using System.Buffers.Binary;
using System.IO.Hashing;
using System.Text;

namespace Glide.Images;

/// <summary>The chunks of a PNG file.</summary>
/// <param name="stream">The whole file; its position is not kept. Stays the caller's.</param>
internal sealed class PngChunks(Stream stream)
{
    /// <summary>Bytes in front of the first chunk.</summary>
    public const int SignatureLength = 8;

    private readonly byte[] _buffer = new byte[1 << 16];
    private readonly Crc32 _crc = new();

    /// <summary>Goes from chunk to chunk up to IEND, without reading what is in them.</summary>
    /// <remarks>
    /// Every chunk that is given has its bytes: a decoder may take as much memory as a chunk says it has bytes, 2 GB at
    /// most, before it looks for them.
    /// </remarks>
    /// <exception cref="EndOfStreamException">The file ends before IEND does.</exception>
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
    /// <remarks>The caller looks at its length first.</remarks>
    public byte[] Read(PngChunk chunk)
    {
        var content = new byte[chunk.Length];
        stream.Position = chunk.Content.Start;
        stream.ReadExactly(content);
        return content;
    }

    /// <summary>Whether the CRC behind a chunk's content is that of its type and content.</summary>
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

/// <summary>The chunks that are looked at: four ASCII letters as a big-endian number.</summary>
internal enum PngChunkType : uint
{
    /// <summary>IHDR, the header.</summary>
    Header = 0x49484452,

    /// <summary>PLTE.</summary>
    Palette = 0x504C5445,

    /// <summary>tRNS.</summary>
    Transparency = 0x74524E53,

    /// <summary>IDAT, a piece of the compressed rows.</summary>
    Data = 0x49444154,

    /// <summary>IEND.</summary>
    End = 0x49454E44,

    /// <summary>eXIf.</summary>
    Exif = 0x65584966,

    /// <summary>tEXt, Latin-1.</summary>
    Text = 0x74455874,

    /// <summary>zTXt, compressed Latin-1.</summary>
    CompressedText = 0x7A545874,

    /// <summary>iTXt, UTF-8.</summary>
    InternationalText = 0x69545874,
}

/// <summary>Where a chunk of a PNG is.</summary>
/// <param name="Type">One of those that are known, or any other.</param>
/// <param name="Start">Its first byte, which is that of its length.</param>
/// <param name="Length">Bytes of its content.</param>
internal readonly record struct PngChunk(PngChunkType Type, long Start, int Length)
{
    /// <summary>Bytes in front of the content: length and type.</summary>
    public const int HeadLength = 8;

    /// <summary>Bytes after the content.</summary>
    public const int CrcLength = 4;

    /// <summary>Whether a reader that does not know the chunk must not go on: its first letter is a capital.</summary>
    public bool IsCritical => ((uint)Type & 0x2000_0000) == 0;

    /// <summary>All of it.</summary>
    public FilePart Whole => new(Start, Start + HeadLength + Length + CrcLength);

    /// <summary>What is between its type and its CRC.</summary>
    public FilePart Content => new(Start + HeadLength, Start + HeadLength + Length);

    /// <summary>Its four letters.</summary>
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

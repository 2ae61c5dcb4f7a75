using System.Buffers.Binary;
using System.Text;

namespace Glide.Imaging;

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

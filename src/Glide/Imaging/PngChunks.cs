// 00 00 00 0D 49 48 44 52 ....... 90 77 53 DE   13 bytes, "IHDR", the bytes, their CRC
// 00 00 00 00 49 45 4E 44         AE 42 60 82   no bytes, "IEND", no bytes, their CRC
using System.Buffers.Binary;

namespace Glide.Imaging;

/// <summary>The chunks that a PNG consists of.</summary>
internal static class PngChunks
{
    private const int SignatureLength = 8;
    private const int FrameLength = 12;

    /// <summary>
    /// Says where a file ends before one of its chunks does. A decoder may take as much memory as a chunk says it has bytes, 2 GB
    /// at most, before it looks for them.
    /// </summary>
    /// <param name="stream">The whole file; its position is not kept.</param>
    /// <returns><c>null</c> where every chunk up to the last has its bytes.</returns>
    public static string? FindCut(Stream stream)
    {
        Span<byte> start = stackalloc byte[8];
        long position = SignatureLength;
        while (position < stream.Length)
        {
            stream.Position = position;
            if (stream.ReadAtLeast(start, start.Length, throwOnEndOfStream: false) < start.Length)
                return $"the chunk at byte {position} is cut";
            long end = position + FrameLength + BinaryPrimitives.ReadUInt32BigEndian(start);
            if (end > stream.Length)
                return $"the chunk at byte {position} should end at byte {end}, the file ends at byte {stream.Length}";
            if (start[4..].SequenceEqual("IEND"u8))
                return null;
            position = end;
        }
        return "its last chunk, IEND, is missing";
    }
}

// 4D 4D 00 2A 00 00 00 08            "MM", 42, the first directory's offset
// 00 01                              entries
// 01 12 00 03 00 00 00 01 00 06 00 00   tag Orientation, type SHORT, one value: 6
// 00 00 00 00                        no further directory
using System.Buffers.Binary;

namespace SixLabors.ImageSharp.Interop;

/// <summary>The one thing that is read of an EXIF block.</summary>
internal static class ExifBlock
{
    private const int OrientationTag = 0x0112;
    private const int ShortType = 3;
    private const int EntrySize = 12;

    /// <summary>1 to 8; 1 where the block says nothing, or nothing sensible.</summary>
    public static ushort Orientation(ReadOnlySpan<byte> tiff)
    {
        if (tiff.Length < 8)
            return 1;
        bool bigEndian = tiff[0] == 'M' && tiff[1] == 'M';
        if (!bigEndian && !(tiff[0] == 'I' && tiff[1] == 'I'))
            return 1;
        uint offset = UInt32(tiff[4..], bigEndian);
        if (UInt16(tiff[2..], bigEndian) != 42 || offset > tiff.Length - 2)
            return 1;
        var directory = tiff[(int)offset..];
        int count = UInt16(directory, bigEndian);
        for (int i = 0; i < count && (i + 1) * EntrySize + 2 <= directory.Length; i++)
        {
            var entry = directory.Slice(2 + (i * EntrySize), EntrySize);
            if (UInt16(entry, bigEndian) != OrientationTag)
                continue;
            ushort value = UInt16(entry[8..], bigEndian);
            return UInt16(entry[2..], bigEndian) == ShortType && UInt32(entry[4..], bigEndian) == 1 && value is >= 1 and <= 8
                ? value
                : (ushort)1;
        }

        return 1;
    }

    private static ushort UInt16(ReadOnlySpan<byte> bytes, bool bigEndian) =>
        bigEndian ? BinaryPrimitives.ReadUInt16BigEndian(bytes) : BinaryPrimitives.ReadUInt16LittleEndian(bytes);

    private static uint UInt32(ReadOnlySpan<byte> bytes, bool bigEndian) =>
        bigEndian ? BinaryPrimitives.ReadUInt32BigEndian(bytes) : BinaryPrimitives.ReadUInt32LittleEndian(bytes);
}

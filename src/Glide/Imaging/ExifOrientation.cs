// 4D 4D 00 2A  00 00 00 08                     "MM" (big-endian; "II" is little-endian), 42, the list is at byte 8
// 00 01                                        it has one entry:
// 01 12  00 03  00 00 00 01  00 06 00 00       tag 0x112 (orientation), type 3 (16 bits), one value: 6
using System.Buffers.Binary;

namespace Glide.Imaging;

/// <summary>How a camera was held, as EXIF says it (EXIF 2.32, 4.6.4; TIFF 6.0, section 2).</summary>
internal static class ExifOrientation
{
    /// <summary>As stored, so is it shown.</summary>
    public const int Upright = 1;

    private const int Tag = 0x112;
    private const int UInt16 = 3;
    private const int EntryLength = 12;

    /// <summary>Reads the number, 1 to 8.</summary>
    /// <param name="exif">From the byte order on, without the <c>Exif\0\0</c> of a JPEG.</param>
    /// <returns><see cref="Upright"/> where there is none: damaged notes are no reason to refuse an image.</returns>
    public static int Parse(ReadOnlySpan<byte> exif)
    {
        bool isBigEndian = exif.StartsWith("MM\0*"u8);
        if (exif.Length < 8 || (!isBigEndian && !exif.StartsWith("II*\0"u8)))
            return Upright;
        uint start = isBigEndian
            ? BinaryPrimitives.ReadUInt32BigEndian(exif[4..])
            : BinaryPrimitives.ReadUInt32LittleEndian(exif[4..]);
        if (start > exif.Length - 2)
            return Upright;
        int count = Number(exif[(int)start..]);
        var entries = exif[((int)start + 2)..];
        for (; count > 0 && entries.Length >= EntryLength; count--, entries = entries[EntryLength..])
        {
            if (Number(entries) == Tag && Number(entries[2..]) == UInt16)
                return Number(entries[8..]) is >= 1 and <= 8 and var orientation ? orientation : Upright;
        }

        return Upright;

        int Number(ReadOnlySpan<byte> at) =>
            isBigEndian ? BinaryPrimitives.ReadUInt16BigEndian(at) : BinaryPrimitives.ReadUInt16LittleEndian(at);
    }
}

using System.Buffers.Binary;

namespace Glide.Imaging;

/// <summary>A channel of a JPEG, and how many of its blocks stand beside and below each other in an MCU.</summary>
internal sealed record JpegChannel(byte Id, int Across, int Down);

/// <summary>What a JPEG's frame header says (T.81, B.2.2).</summary>
/// <param name="Width">Columns.</param>
/// <param name="Height">Rows; 0 where they come later, which is not read.</param>
/// <param name="IsProgressive">Whether each scan makes all of the pixels finer.</param>
/// <param name="Channels">1 is gray, 3 are colours, 4 are inks.</param>
internal sealed record JpegFrame(int Width, int Height, bool IsProgressive, IReadOnlyList<JpegChannel> Channels)
{
    private const byte Baseline = 0xC0;
    private const byte Extended = 0xC1;
    private const byte Progressive = 0xC2;
    private const int Bits = 8;
    private const int HeadLength = 6;
    private const int ChannelLength = 3;
    private const int MostBlocksAcross = 4;

    /// <summary>Reads it.</summary>
    /// <exception cref="InvalidDataException">It is damaged or of a kind that is not read.</exception>
    public static JpegFrame Parse(byte marker, ReadOnlySpan<byte> segment)
    {
        if (marker is not (Baseline or Extended or Progressive))
        {
            throw new InvalidDataException(
                $"its frame is of type {marker - Baseline}, only baseline (0, 1) and progressive (2) can be read");
        }

        if (segment.Length < HeadLength || segment.Length != HeadLength + (ChannelLength * segment[5]))
            throw new InvalidDataException("its frame header is damaged");
        if (segment[0] != Bits || segment[5] is not (1 or 3 or 4))
        {
            throw new InvalidDataException(
                $"it has {segment[5]} channels of {segment[0]} bits, only 1, 3 or 4 of {Bits} bits can be read");
        }

        var channels = new JpegChannel[segment[5]];
        for (int i = 0; i < channels.Length; i++)
        {
            var entry = segment[(HeadLength + (ChannelLength * i))..];
            channels[i] = new JpegChannel(entry[0], entry[1] >> 4, entry[1] & 15);
            if (channels[i].Across is 0 or > MostBlocksAcross || channels[i].Down is 0 or > MostBlocksAcross)
                throw new InvalidDataException("its frame header is damaged");
        }

        int height = BinaryPrimitives.ReadUInt16BigEndian(segment[1..]);
        int width = BinaryPrimitives.ReadUInt16BigEndian(segment[3..]);
        return new JpegFrame(width, height, marker == Progressive, channels);
    }
}

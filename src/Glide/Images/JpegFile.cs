// FF D8                                              start
// FF E1 00 22  45 78 69 66 00 00  4D 4D ..           APP1: 34 bytes with these two, "Exif", a TIFF
// FF C0 00 11  08  00 0D  00 11  03 ..               frame, baseline: 8 bits, 13 rows, 17 columns, 3 channels
// FF DA 00 0C  03 ..  5F FF 00 A0 .. FF D0 ..        scan: its header, codes with FF as FF 00, restarts FF D0 to D7
// FF D9                                              end; what follows is no part of the image
using System.Buffers.Binary;

namespace Glide.Images;

/// <summary>Finds a JPEG's pixels and checks that it is complete, of a supported kind and fast to decode.</summary>
/// <remarks>T.81, annex B.</remarks>
internal sealed class JpegFile
{
    // A progressive photograph has about ten scans. Each one updates all pixels, however few bytes it has,
    // so that a small file with hundreds of them keeps a decoder busy for minutes. Skia takes fewer than 100.
    private const long MostScannedPixels = 2_000_000_000;
    private const long MostScans = 99;

    // Metadata longer than 64 kB takes several segments; files of cameras have a few dozen.
    private const int MostSegments = 20_000;

    private const byte FirstFrame = 0xC0;
    private const byte Tables = 0xC4;
    private const byte Reserved = 0xC8;
    private const byte ArithmeticTables = 0xCC;
    private const byte LastFrame = 0xCF;
    private const byte Restart0 = 0xD0;
    private const byte Restart7 = 0xD7;
    private const byte End = 0xD9;
    private const byte Scan = 0xDA;
    private const byte RestartInterval = 0xDD;
    private const byte App0 = 0xE0;
    private const byte App1 = 0xE1;
    private const byte App14 = 0xEE;
    private const byte App15 = 0xEF;
    private const byte Comment = 0xFE;
    private const byte Temporary = 0x01;
    private const int MarkerLength = 2;

    private readonly JpegBytes _bytes;
    private readonly Action<long, long> _checkSize;
    private readonly JpegCodes _codes = new();
    private readonly List<FilePart> _parts = [new(0, MarkerLength)];
    private JpegFrame? _frame;
    private int? _orientation;
    private int _scans;

    private JpegFile(Stream stream, Action<long, long> checkSize)
    {
        _bytes = new JpegBytes(stream, MarkerLength);
        _checkSize = checkSize;
    }

    private static ReadOnlySpan<byte> ExifName => "Exif\0\0"u8;

    private static ReadOnlySpan<byte> XmpName => "http://ns.adobe.com/xap/1.0/\0"u8;

    /// <summary>Checks the file and finds its pixels.</summary>
    /// <param name="stream">The whole file; its position changes.</param>
    /// <param name="checkSize">Called with columns and rows; throws if there are too many.</param>
    /// <exception cref="InvalidDataException">The file is cut, damaged or of an unsupported kind.</exception>
    public static ImageLayout Check(Stream stream, Action<long, long> checkSize)
    {
        var file = new JpegFile(stream, checkSize);
        file.Walk();
        return file._frame is { } frame && file._scans > 0
            ? new ImageLayout(frame.Width, frame.Height, file._orientation ?? ExifOrientation.Upright, file._parts)
            : throw new InvalidDataException("it has no pixels");
    }

    /// <summary>
    /// The XMP packet, without a look at the pixels; empty if there is none, or one that is too long. A packet of more
    /// than 64 kB, which the standard would put elsewhere, is in several segments.
    /// </summary>
    /// <exception cref="InvalidDataException">The file is cut.</exception>
    public static byte[] ReadXmp(Stream stream)
    {
        var bytes = new JpegBytes(stream, MarkerLength);
        using var packet = new MemoryStream();
        for (int segments = 0; segments < MostSegments; segments++)
        {
            byte marker = bytes.NextMarker();
            if (marker is Scan or End)
                break;
            if (marker is >= Restart0 and <= Restart7 or Temporary)
                continue;
            byte[] segment = bytes.NextSegment();
            if (marker != App1 || !segment.AsSpan().StartsWith(XmpName))
                continue;
            packet.Write(segment, XmpName.Length, segment.Length - XmpName.Length);
            if (packet.Length > PngText.MostBytesInAll)
                return [];
        }
        return packet.ToArray();
    }

    private void Walk()
    {
        long? codes = null;
        for (int segments = 0; segments < MostSegments; segments++)
        {
            byte marker;
            do
                marker = _bytes.NextMarker();
            while (marker is >= Restart0 and <= Restart7 or Temporary);
            long start = _bytes.Position - MarkerLength;
            if (codes is { } first)
                FilePart.Append(_parts, new FilePart(first, start));
            codes = null;
            if (marker == End)
            {
                FilePart.Append(_parts, new FilePart(start, _bytes.Position));
                return;
            }

            byte[] segment = _bytes.NextSegment();
            long end = _bytes.Position;
            if (IsNeeded(marker))
                FilePart.Append(_parts, new FilePart(start, end));
            Take(marker, segment);
            if (marker == Scan)
                codes = end;
        }

        throw new InvalidDataException($"it has more than {MostSegments} segments");
    }

    private void Take(byte marker, byte[] segment)
    {
        switch (marker)
        {
            case Tables:
                _codes.AddTables(segment);
                break;
            case RestartInterval:
                _codes.SetRestarts(segment);
                break;
            case App1 when _orientation is null && segment.AsSpan().StartsWith(ExifName):
                _orientation = ExifOrientation.Parse(segment.AsSpan(ExifName.Length));
                break;
            case Scan:
                TakeScan(segment);
                break;
            case >= FirstFrame and <= LastFrame and not (Reserved or ArithmeticTables):
                if (_frame is not null)
                    throw new InvalidDataException("it has two frames");
                _frame = JpegFrame.Parse(marker, segment);
                _checkSize(_frame.Width, _frame.Height);
                break;
        }
    }

    private void TakeScan(byte[] segment)
    {
        if (_frame is null)
            throw new InvalidDataException("a scan comes before its frame");
        _scans++;
        long most = Math.Min(MostScans, MostScannedPixels / ((long)_frame.Width * _frame.Height));
        if (_scans > most)
        {
            throw new InvalidDataException(
                $"it has more than {most} scans, the most that can be read of {_frame.Width}×{_frame.Height} pixels");
        }

        if (!_frame.IsProgressive)
            _codes.Check(_bytes, _frame, segment);
    }

    // Adobe's APP14 and JFIF's APP0 define the color space; the others hold profiles, thumbnails and notes.
    private static bool IsNeeded(byte marker) => marker is App0 or App14 or not ((>= App0 and <= App15) or Comment);
}

/// <summary>A channel of a JPEG, and its number of blocks in an MCU, horizontally and vertically.</summary>
internal sealed record JpegChannel(byte Id, int Across, int Down);

/// <summary>A JPEG's frame header (T.81, B.2.2).</summary>
/// <param name="Width">Columns.</param>
/// <param name="Height">Rows; 0 if they come later, which is not supported.</param>
/// <param name="IsProgressive">Whether the scans are progressive.</param>
/// <param name="Channels">1 for gray, 3 for color, 4 for inks.</param>
internal sealed record JpegFrame(int Width, int Height, bool IsProgressive, IReadOnlyList<JpegChannel> Channels)
{
    private const byte Baseline = 0xC0;
    private const byte Extended = 0xC1;
    private const byte Progressive = 0xC2;
    private const int Bits = 8;
    private const int HeadLength = 6;
    private const int ChannelLength = 3;
    private const int MostBlocksAcross = 4;

    /// <summary>Reads a frame header.</summary>
    /// <exception cref="InvalidDataException">The header is damaged or of an unsupported kind.</exception>
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

using System.Globalization;
using System.Text;
using static System.Buffers.Binary.BinaryPrimitives;

namespace Glide.Checkpoints;

/// <summary>One file of a zip archive.</summary>
/// <param name="Name">Its name, inside the archive.</param>
/// <param name="Offset">Position of its content in the archive.</param>
/// <param name="Length">Number of bytes of its content in the archive.</param>
/// <param name="Crc">CRC-32 of its content.</param>
/// <param name="Method">0 for stored content, else a compression method.</param>
internal sealed record ZipEntry(string Name, long Offset, long Length, uint Crc, int Method);

/// <summary>
/// Reads the directory of a zip archive. Features that checkpoints do not need are refused, because readers
/// disagree on them: entries of the same name, overlaps, leading data, encryption, several disks, directory and local
/// headers that differ. Nothing is unpacked here.
/// </summary>
/// <remarks>
/// The end of a small file, as <c>xxd</c> shows it (PKWARE APPNOTE 4.3):
/// <code>
/// 50 4b 01 02 …      one central header for each entry: sizes, CRC, name, offset of the local header
/// 50 4b 06 06 …      zip64 end of central directory (PyTorch always writes one)
/// 50 4b 06 07 …      zip64 locator: where the former lies
/// 50 4b 05 06 00 00 00 00 10 00 10 00 e7 03 00 00 e6 10 00 00 00 00     the end: 16 entries, 999 bytes at 4326
/// </code>
/// </remarks>
internal static class ZipDirectory
{
    private const int MostEntries = 100_000;
    private const int LocalLength = 30;
    private const int CentralLength = 46;
    private const int EndLength = 22;
    private const int Zip64EndLength = 56;
    private const int LocatorLength = 20;
    private const int LongestComment = ushort.MaxValue;

    private static readonly UTF8Encoding s_utf8 =
        new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    /// <summary>
    /// The entries by name, in the directory's order; <c>null</c> if the directory is missing (the file is cut).
    /// </summary>
    /// <exception cref="CheckpointException">The archive breaks one of these rules.</exception>
    public static OrderedDictionary<string, ZipEntry>? Read(FileBytes file)
    {
        if (FindEnd(file) is not { } end)
            return null;
        var (count, start, length) = ReadEnd(file, end);
        if (count > MostEntries)
        {
            throw file.Refuse(Invariant($"its zip directory has {count:N0} entries; ",
                $"at most {MostEntries:N0} are read"));
        }
        // Checked before anything is allocated: every header takes up bytes of the file.
        if (count > length / CentralLength || length > int.MaxValue)
        {
            throw file.Refuse(Invariant(
                $"its zip directory says {count:N0} entries in {length:N0} bytes, which do not fit"));
        }

        using var window = file.Map(start, length);
        var bytes = window.Span;
        var entries = new OrderedDictionary<string, ZipEntry>((int)count, StringComparer.Ordinal);
        var extents = new List<(long Start, long End, string Name)>((int)count);
        for (long i = 0; i < count; i++)
        {
            var entry = ReadEntry(file, start, ref bytes, out long header);
            if (!entries.TryAdd(entry.Name, entry))
                throw file.Refuse($"its zip directory has two entries named '{Quoted.Text(entry.Name)}'");
            extents.Add((header, entry.Offset + entry.Length, entry.Name));
        }
        if (bytes.Length > 0)
        {
            throw file.Refuse(Invariant(
                $"its zip directory has {bytes.Length:N0} bytes more than its {count:N0} entries"));
        }
        CheckOverlap(file, extents);
        return entries;
    }

    /// <summary>Where the content of the first entry begins; for cut files.</summary>
    public static long? FirstDataOffset(FileBytes file)
    {
        if (file.Length < LocalLength)
            return null;
        var local = file.ReadArray(0, LocalLength);
        long offset = LocalLength + ReadUInt16LittleEndian(local.AsSpan(26)) + ReadUInt16LittleEndian(local.AsSpan(28));
        return offset < file.Length ? offset : null;
    }

    private static long? FindEnd(FileBytes file)
    {
        int tail = (int)Math.Min(file.Length, EndLength + LongestComment);
        if (tail < EndLength)
            return null;
        var bytes = file.ReadArray(file.Length - tail, tail).AsSpan();
        for (int at = tail - EndLength; at >= 0; at--)
        {
            if (bytes[at..].StartsWith("PK\x05\x06"u8)
                && at + EndLength + ReadUInt16LittleEndian(bytes[(at + 20)..]) == tail)
            {
                return file.Length - tail + at;
            }
        }
        return null;
    }

    private static (long Count, long Start, long Length) ReadEnd(FileBytes file, long end)
    {
        var bytes = file.ReadArray(end, EndLength).AsSpan();
        ushort disk = ReadUInt16LittleEndian(bytes[4..]);
        ushort startDisk = ReadUInt16LittleEndian(bytes[6..]);
        ushort countHere = ReadUInt16LittleEndian(bytes[8..]);
        ushort count = ReadUInt16LittleEndian(bytes[10..]);
        uint length = ReadUInt32LittleEndian(bytes[12..]);
        uint start = ReadUInt32LittleEndian(bytes[16..]);

        long directoryEnd = end;
        (ulong Count, ulong Start, ulong Length) found = (count, start, length);
        bool several = disk is not (0 or ushort.MaxValue) || startDisk is not (0 or ushort.MaxValue)
            || countHere != count;
        if (ReadZip64End(file, end) is { } zip64)
        {
            directoryEnd = zip64.At;
            found = (zip64.Count, zip64.Start, zip64.Length);
            several |= zip64.SeveralDisks;
            if ((count != ushort.MaxValue && count != found.Count) || (start != uint.MaxValue && start != found.Start)
                || (length != uint.MaxValue && length != found.Length))
            {
                throw file.Refuse("its two zip directory ends (plain and zip64) disagree");
            }
        }
        else if (count == ushort.MaxValue || start == uint.MaxValue || length == uint.MaxValue)
        {
            throw file.Refuse("its zip directory promises a zip64 record that is not there");
        }
        if (several)
            throw file.Refuse("it is one part of a zip archive on several disks");
        // The directory ends where the end record begins; otherwise the archive is inconsistent or has leading data.
        if (found.Start > (ulong)directoryEnd || found.Length != (ulong)directoryEnd - found.Start)
        {
            throw file.Refuse(Invariant($"its zip directory should lie at {found.Start:N0} with {found.Length:N0} ",
                $"bytes, but ends at {directoryEnd:N0}: data was added or removed"));
        }
        return (found.Count > long.MaxValue ? long.MaxValue : (long)found.Count, (long)found.Start, (long)found.Length);
    }

    private static (long At, ulong Count, ulong Start, ulong Length, bool SeveralDisks)? ReadZip64End(
        FileBytes file, long end)
    {
        if (end < LocatorLength)
            return null;
        var locator = file.ReadArray(end - LocatorLength, LocatorLength).AsSpan();
        if (!locator.StartsWith("PK\x06\x07"u8))
            return null;
        ulong at = ReadUInt64LittleEndian(locator[8..]);
        // Only the fixed record is supported; an extensible part would be between it and the locator.
        if (end - LocatorLength < Zip64EndLength || at != (ulong)(end - LocatorLength - Zip64EndLength))
            throw file.Refuse("its zip64 locator points elsewhere than to the zip64 record before it");
        var bytes = file.ReadArray((long)at, Zip64EndLength).AsSpan();
        if (!bytes.StartsWith("PK\x06\x06"u8) || ReadUInt64LittleEndian(bytes[4..]) != Zip64EndLength - 12)
            throw file.Refuse("its zip64 record is malformed");
        ulong countHere = ReadUInt64LittleEndian(bytes[24..]);
        ulong count = ReadUInt64LittleEndian(bytes[32..]);
        bool several = ReadUInt64LittleEndian(bytes[16..]) != 0 || countHere != count
            || ReadUInt32LittleEndian(locator[4..]) != 0;
        return ((long)at, count, ReadUInt64LittleEndian(bytes[48..]), ReadUInt64LittleEndian(bytes[40..]), several);
    }

    private static ZipEntry ReadEntry(FileBytes file, long directory, ref ReadOnlySpan<byte> bytes, out long header)
    {
        if (bytes.Length < CentralLength || !bytes.StartsWith("PK\x01\x02"u8))
            throw file.Refuse("its zip directory is malformed");
        ushort flags = ReadUInt16LittleEndian(bytes[8..]);
        ushort method = ReadUInt16LittleEndian(bytes[10..]);
        uint crc = ReadUInt32LittleEndian(bytes[16..]);
        ulong stored = ReadUInt32LittleEndian(bytes[20..]);
        ulong length = ReadUInt32LittleEndian(bytes[24..]);
        int nameLength = ReadUInt16LittleEndian(bytes[28..]);
        int extraLength = ReadUInt16LittleEndian(bytes[30..]);
        int commentLength = ReadUInt16LittleEndian(bytes[32..]);
        ulong local = ReadUInt32LittleEndian(bytes[42..]);
        int whole = CentralLength + nameLength + extraLength + commentLength;
        if (whole > bytes.Length)
            throw file.Refuse("its zip directory is malformed");
        var nameBytes = bytes.Slice(CentralLength, nameLength);
        string name = Name(file, nameBytes);
        var extra = bytes.Slice(CentralLength + nameLength, extraLength);
        Zip64Extra.Widen(file, name, extra, ref length, ref stored, ref local);

        const int encrypted = 1 | (1 << 6) | (1 << 13);
        if ((flags & encrypted) != 0)
            throw file.Refuse($"its zip entry '{Quoted.Text(name)}' is encrypted");
        if (method == 0 && stored != length)
            throw file.Refuse($"its zip entry '{Quoted.Text(name)}' has two different sizes");

        var central = new CentralHeader(flags, method, crc, stored, length, local);
        long data = CheckLocal(file, directory, name, nameBytes, central);
        header = (long)local;
        bytes = bytes[whole..];
        return new ZipEntry(name, data, (long)stored, crc, method);
    }

    // Compares the local header of an entry with the central one; returns the position of the content.
    private static long CheckLocal(
        FileBytes file, long directory, string name, ReadOnlySpan<byte> nameBytes, CentralHeader central)
    {
        var (flags, method, crc, stored, length, at) = central;
        if (at > (ulong)directory || (ulong)directory - at < LocalLength)
        {
            throw file.Refuse(Invariant($"its zip entry '{Quoted.Text(name)}' should begin at byte {at:N0}, ",
                $"which is not in front of the directory"));
        }
        var local = file.ReadArray((long)at, LocalLength).AsSpan();
        int nameLength = ReadUInt16LittleEndian(local[26..]);
        long data = (long)at + LocalLength + nameLength + ReadUInt16LittleEndian(local[28..]);
        if (data > directory || stored > (ulong)(directory - data))
        {
            throw file.Refuse(Invariant($"its zip entry '{Quoted.Text(name)}' should have {stored:N0} bytes from byte ",
                $"{data:N0}, which run into the directory at {directory:N0}"));
        }
        uint localCrc = ReadUInt32LittleEndian(local[14..]);
        uint localStored = ReadUInt32LittleEndian(local[18..]);
        uint localLength = ReadUInt32LittleEndian(local[22..]);
        const int sizesFollow = 1 << 3;     // a data descriptor behind the data has them; the header's are zero or true
        bool known = (flags & sizesFollow) == 0;
        bool agrees = local.StartsWith("PK\x03\x04"u8)
            && ReadUInt16LittleEndian(local[6..]) == flags
            && ReadUInt16LittleEndian(local[8..]) == method
            && nameLength == nameBytes.Length
            && file.ReadArray((long)at + LocalLength, nameLength).AsSpan().SequenceEqual(nameBytes)
            && (localCrc == crc || (!known && localCrc == 0))
            && (localStored == stored || localStored == uint.MaxValue || (!known && localStored == 0))
            && (localLength == length || localLength == uint.MaxValue || (!known && localLength == 0));
        if (!agrees)
            throw file.Refuse($"the zip entry '{Quoted.Text(name)}' and the directory disagree about it");
        return data;
    }

    private static string Name(FileBytes file, ReadOnlySpan<byte> bytes)
    {
        string name;
        try
        {
            name = s_utf8.GetString(bytes);
        }
        catch (DecoderFallbackException e)
        {
            throw file.Refuse("its zip directory has a name that is not UTF-8", e);
        }
        bool plain = name.Length > 0 && name[0] != '/' && !name.Contains('\\') && !name.Contains('\0')
            && !name.Contains(':') && !name.Split('/').Contains("..");
        return plain ? name : throw file.Refuse(
            $"its zip directory has an entry named '{Quoted.Text(name)}'; names stay inside the archive");
    }

    private static void CheckOverlap(FileBytes file, List<(long Start, long End, string Name)> extents)
    {
        extents.Sort();
        long end = 0;
        foreach (var extent in extents)
        {
            if (extent.Start < end)
                throw file.Refuse($"its zip entry '{Quoted.Text(extent.Name)}' overlaps another one");
            end = extent.End;
        }
        if (extents.Count > 0 && extents[0].Start != 0)
            throw file.Refuse(Invariant($"{extents[0].Start:N0} bytes stand in front of its first zip entry"));
    }

    private static string Invariant(params FormattableString[] parts) =>
        string.Concat(parts.Select(part => part.ToString(CultureInfo.InvariantCulture)));

    /// <summary>The fields of a central header that the local one repeats, and the position of that one.</summary>
    private readonly record struct CentralHeader(ushort Flags, ushort Method, uint Crc, ulong Stored, ulong Length,
        ulong Local);
}

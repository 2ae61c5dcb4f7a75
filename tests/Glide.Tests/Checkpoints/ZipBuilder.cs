using System.Buffers.Binary;
using System.Text;
using Glide.Tests.Images;

namespace Glide.Tests.Checkpoints;

/// <summary>Writes zip archives with stored entries, honest or lying.</summary>
internal sealed class ZipBuilder
{
    private readonly List<Entry> _entries = [];

    public bool Zip64 { get; init; }

    /// <summary>Changes fields of the directory's end before they are written: entries, bytes, offset.</summary>
    public Func<(ulong Count, ulong Length, ulong Start), (ulong Count, ulong Length, ulong Start)> End { get; init; } =
        e => e;

    public sealed record Entry(string Name, byte[] Data)
    {
        public ushort Flags { get; init; }
        public ushort Method { get; init; }
        public uint? Crc { get; init; }
        public string? LocalName { get; init; }
        public uint? CentralLength { get; init; }
        public uint? CentralOffset { get; init; }
        public byte[] CentralExtra { get; init; } = [];
    }

    /// <summary>An archive as torch.save writes it: the pickle, then the storages by number.</summary>
    public static ZipBuilder Torch(byte[] pickle, params byte[][] storages)
    {
        var zip = new ZipBuilder().Add("archive/data.pkl", pickle);
        for (int i = 0; i < storages.Length; i++)
            zip.Add($"archive/data/{i}", storages[i]);
        return zip.Add("archive/version", "3\n"u8.ToArray());
    }

    public ZipBuilder Add(string name, byte[] data) => Add(new Entry(name, data));

    public ZipBuilder Add(Entry entry)
    {
        _entries.Add(entry);
        return this;
    }

    /// <summary>An entry's local header and data.</summary>
    public static byte[] LocalPart(Entry entry)
    {
        var bytes = new MemoryStream();
        var name = Encoding.UTF8.GetBytes(entry.LocalName ?? entry.Name);
        Write(bytes, "PK\x03\x04"u8);
        Write16(bytes, 20, entry.Flags, entry.Method, 0, 0);
        Write32(bytes, entry.Crc ?? PngBuilder.Crc(entry.Data), (uint)entry.Data.Length, (uint)entry.Data.Length);
        Write16(bytes, (ushort)name.Length, 0);
        Write(bytes, name);
        Write(bytes, entry.Data);
        return bytes.ToArray();
    }

    public byte[] ToArray()
    {
        var bytes = new MemoryStream();
        var offsets = new List<uint>();
        foreach (var entry in _entries)
        {
            offsets.Add((uint)(bytes.Length));
            bytes.Write(LocalPart(entry));
        }
        long start = bytes.Length;
        for (int i = 0; i < _entries.Count; i++)
        {
            var entry = _entries[i];
            var name = Encoding.UTF8.GetBytes(entry.Name);
            uint length = entry.CentralLength ?? (uint)entry.Data.Length;
            Write(bytes, "PK\x01\x02"u8);
            Write16(bytes, 20, 20, entry.Flags, entry.Method, 0, 0);
            Write32(bytes, entry.Crc ?? PngBuilder.Crc(entry.Data), length, length);
            Write16(bytes, (ushort)name.Length, (ushort)entry.CentralExtra.Length, 0, 0, 0);
            Write32(bytes, 0, entry.CentralOffset ?? offsets[i]);
            Write(bytes, name);
            Write(bytes, entry.CentralExtra);
        }
        long end = bytes.Length;
        var (count, size, offset) = End(((ulong)_entries.Count, (ulong)(end - start), (ulong)start));
        if (Zip64)
        {
            Write(bytes, "PK\x06\x06"u8);
            Write64(bytes, 44);
            Write16(bytes, 20, 45);
            Write32(bytes, 0, 0);
            Write64(bytes, count, count, size, offset);
            Write(bytes, "PK\x06\x07"u8);
            Write32(bytes, 0);
            Write64(bytes, (ulong)end);
            Write32(bytes, 1);
            (count, size, offset) = (ushort.MaxValue, uint.MaxValue, uint.MaxValue);
        }
        Write(bytes, "PK\x05\x06"u8);
        Write16(bytes, 0, 0, (ushort)count, (ushort)count);
        Write32(bytes, (uint)size, (uint)offset);
        Write16(bytes, 0);
        return bytes.ToArray();
    }

    private static void Write(MemoryStream bytes, ReadOnlySpan<byte> data) => bytes.Write(data);

    private static void Write16(MemoryStream bytes, params ReadOnlySpan<ushort> values)
    {
        Span<byte> buffer = stackalloc byte[2];
        foreach (var value in values)
        {
            BinaryPrimitives.WriteUInt16LittleEndian(buffer, value);
            bytes.Write(buffer);
        }
    }

    private static void Write32(MemoryStream bytes, params ReadOnlySpan<uint> values)
    {
        Span<byte> buffer = stackalloc byte[4];
        foreach (var value in values)
        {
            BinaryPrimitives.WriteUInt32LittleEndian(buffer, value);
            bytes.Write(buffer);
        }
    }

    private static void Write64(MemoryStream bytes, params ReadOnlySpan<ulong> values)
    {
        Span<byte> buffer = stackalloc byte[8];
        foreach (var value in values)
        {
            BinaryPrimitives.WriteUInt64LittleEndian(buffer, value);
            bytes.Write(buffer);
        }
    }
}

using static System.Buffers.Binary.BinaryPrimitives;

namespace Glide.Checkpoints;

/// <summary>The extra field of a central header with 64-bit sizes and offsets (PKWARE APPNOTE 4.5.3).</summary>
internal static class Zip64Extra
{
    /// <summary>Replaces what the header says is too large for its 32 bits by the extra field's numbers.</summary>
    /// <exception cref="CheckpointException">The field is malformed, or lacks a number.</exception>
    public static void Widen(
        FileBytes file, string name, ReadOnlySpan<byte> extra, ref ulong length, ref ulong stored, ref ulong local)
    {
        bool found = false;
        while (extra.Length > 0)
        {
            if (extra.Length < 4)
                throw Malformed(file, name);
            ushort id = ReadUInt16LittleEndian(extra);
            int size = ReadUInt16LittleEndian(extra[2..]);
            if (size > extra.Length - 4 || (id == 1 && found))
                throw Malformed(file, name);
            if (id == 1)
            {
                var fields = extra.Slice(4, size);
                WidenOne(file, name, ref fields, ref length);
                WidenOne(file, name, ref fields, ref stored);
                WidenOne(file, name, ref fields, ref local);
                found = true;
            }
            extra = extra[(4 + size)..];
        }
        if (!found && (length == uint.MaxValue || stored == uint.MaxValue || local == uint.MaxValue))
            throw Malformed(file, name);
    }

    private static void WidenOne(FileBytes file, string name, ref ReadOnlySpan<byte> fields, ref ulong value)
    {
        if (value != uint.MaxValue)
            return;
        if (fields.Length < 8)
            throw Malformed(file, name);
        value = ReadUInt64LittleEndian(fields);
        fields = fields[8..];
    }

    private static CheckpointException Malformed(FileBytes file, string name) =>
        file.Refuse($"its zip entry '{Quoted.Text(name)}' has a malformed extra field");
}

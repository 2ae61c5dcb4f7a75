using System.Globalization;
using System.Text.Encodings.Web;
using System.Text.Json;

namespace Glide.Checkpoints;

/// <summary>
/// Writes safetensors files: larger element types first, then by name, like the format's own library.
/// </summary>
internal static class SafetensorsWriter
{
    private const int Alignment = 8;
    private const long LongestHeader = 100_000_000;

    // The order of types in the format's library; it writes the last ones first, so that all are aligned.
    private static readonly ElementType[] s_order =
    [
        ElementType.Bool, ElementType.UInt8, ElementType.Int8, ElementType.Int16, ElementType.Float16,
            ElementType.BFloat16,
        ElementType.Int32, ElementType.Float32, ElementType.Float64, ElementType.Int64,
    ];

    /// <summary>Writes to a temporary file in the same folder, then renames it; an existing file is replaced.</summary>
    /// <param name="path">The final name.</param>
    /// <param name="tensors">Names, types, shapes, and how to write the elements: row-major, little-endian, exactly as
    /// many as the shape says.</param>
    /// <param name="metadata">Texts for the header; <c>null</c> if there are none.</param>
    /// <exception cref="ArgumentException">Two tensors have the same name, or one has the reserved name.</exception>
    /// <exception cref="InvalidOperationException">A tensor wrote the wrong number of bytes.</exception>
    /// <exception cref="ResourceException">The disk is full, or the folder cannot be written to.</exception>
    public static void Write(
        string path,
        IEnumerable<(string name, ElementType type, long[] shape, Action<Stream> write)> tensors,
        IReadOnlyDictionary<string, string>? metadata)
    {
        var sorted = tensors
            .OrderByDescending(t => Array.IndexOf(s_order, t.type))
            .ThenBy(t => t.name, StringComparer.Ordinal)
            .ToList();
        var lengths = sorted.ConvertAll(t => checked(TensorEntry.Product(t.shape) * t.type.Size()));
        byte[] header = Header(sorted, lengths, metadata);

        string folder = Path.GetDirectoryName(Path.GetFullPath(path))!;
        string temporary = Path.Combine(folder, $".{Path.GetRandomFileName()}.part");
        try
        {
            CheckSpace(path, folder, header.LongLength + sizeof(ulong) + lengths.Sum());
            using (var file = new FileStream(temporary, FileMode.CreateNew, FileAccess.Write, FileShare.None, 1 << 20))
            {
                file.Write(BitConverter.GetBytes((ulong)header.LongLength));
                file.Write(header);
                for (int i = 0; i < sorted.Count; i++)
                {
                    long start = file.Position;
                    sorted[i].write(file);
                    if (file.Position - start != lengths[i])
                    {
                        throw new InvalidOperationException(FormattableString.Invariant(
                            $"Tensor '{sorted[i].name}' wrote {file.Position - start} bytes, not {lengths[i]}."));
                    }
                }
                file.Flush(flushToDisk: true);
            }
            File.Move(temporary, path, overwrite: true);
        }
        catch (Exception e)
        {
            Remove(temporary);
            if (e is IOException or UnauthorizedAccessException)
                throw new ResourceException($"'{path}' cannot be written: {e.Message}", e);
            throw;
        }
    }

    private static byte[] Header(
        List<(string Name, ElementType Type, long[] Shape, Action<Stream> Write)> tensors, List<long> lengths,
        IReadOnlyDictionary<string, string>? metadata)
    {
        using var bytes = new MemoryStream();
        using (var json = new Utf8JsonWriter(bytes,
            new JsonWriterOptions { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping }))
        {
            var names = new HashSet<string>(StringComparer.Ordinal) { "__metadata__" };
            json.WriteStartObject();
            if (metadata is { Count: > 0 })
            {
                json.WriteStartObject("__metadata__");
                foreach (var (key, value) in metadata)
                    json.WriteString(key, value);
                json.WriteEndObject();
            }
            long offset = 0;
            for (int i = 0; i < tensors.Count; i++)
            {
                var (name, type, shape, _) = tensors[i];
                if (!names.Add(name))
                {
                    throw new ArgumentException($"A tensor named '{name}' is there twice, or the name is reserved.",
                        nameof(tensors));
                }
                json.WriteStartObject(name);
                json.WriteString("dtype", SafetensorsReader.NameOf(type));
                json.WriteStartArray("shape");
                foreach (var size in shape)
                    json.WriteNumberValue(size);
                json.WriteEndArray();
                json.WriteStartArray("data_offsets");
                json.WriteNumberValue(offset);
                json.WriteNumberValue(offset = checked(offset + lengths[i]));
                json.WriteEndArray();
                json.WriteEndObject();
            }
            json.WriteEndObject();
        }
        while (bytes.Length % Alignment != 0)
            bytes.WriteByte((byte)' ');
        return bytes.Length <= LongestHeader
            ? bytes.ToArray()
            : throw new ArgumentException("The names and texts are longer than a safetensors header may be.",
                nameof(tensors));
    }

    private static void CheckSpace(string path, string folder, long needed)
    {
        long free;
        try
        {
            free = new DriveInfo(folder).AvailableFreeSpace;
        }
        catch (Exception e) when (e is IOException or ArgumentException or UnauthorizedAccessException)
        {
            return;     // A file system that does not tell; writing will.
        }
        if (free < needed)
        {
            throw new ResourceException(string.Create(CultureInfo.InvariantCulture,
                $"there is no room for '{path}': {needed:N0} bytes are needed, {free:N0} are free; make room or "
                    + $"choose another folder"));
        }
    }

    private static void Remove(string path)
    {
        try
        {
            File.Delete(path);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // The original error is more helpful.
        }
    }
}

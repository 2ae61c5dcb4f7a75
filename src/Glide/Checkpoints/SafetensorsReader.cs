using System.Buffers.Binary;
using System.Globalization;
using System.Text.Json;

namespace Glide.Checkpoints;

/// <summary>Reads safetensors files and enforces all rules of the format.</summary>
/// <remarks>
/// The beginning of a small one, as <c>xxd</c> shows it; the tensors follow the header without gaps, little-endian,
/// row-major, and end with the file:
/// <code>
/// 3004 0000 0000 0000 7b22 5f5f 6d65 7461  0.......{"__meta      length of the header, 8 bytes; then JSON
/// 6461 7461 5f5f 223a 7b22 6e6f 7465 223a  data__":{"note":
/// {"__metadata__":{"note":"…"},"conv.weight":{"dtype":"F32","shape":[8,3,3,3],"data_offsets":[0,864]},…}
/// </code>
/// </remarks>
internal static class SafetensorsReader
{
    /// <summary>Bytes before the header.</summary>
    public const int PrefixLength = 8;

    private const long LongestHeader = 100_000_000;
    private const int MostTensors = 100_000;
    private const int MostDimensions = 32;

    /// <summary>Whether a file that begins like this can only be safetensors.</summary>
    public static bool Recognizes(ReadOnlySpan<byte> head, long fileLength) =>
        head.Length > PrefixLength && head[PrefixLength..].TrimStart(" \t\r\n"u8) is [(byte)'{', .. var rest]
        && (BinaryPrimitives.ReadUInt64LittleEndian(head) <= (ulong)Math.Max(LongestHeader, fileLength)
            || rest is [(byte)'"', ..] or []);

    public static string NameOf(ElementType type) => type switch
    {
        ElementType.Float32 => "F32",
        ElementType.Float16 => "F16",
        ElementType.BFloat16 => "BF16",
        ElementType.Float64 => "F64",
        ElementType.Int64 => "I64",
        ElementType.Int32 => "I32",
        ElementType.Int16 => "I16",
        ElementType.Int8 => "I8",
        ElementType.UInt8 => "U8",
        _ => "BOOL",
    };

    /// <summary>Reads the header.</summary>
    /// <exception cref="CheckpointException">A rule of the format is broken.</exception>
    public static TensorTable Read(FileBytes file)
    {
        if (file.Length < PrefixLength)
        {
            throw file.Refuse(Invariant(
                $"it is incomplete: a safetensors file has at least {PrefixLength} bytes, found {file.Length}"));
        }
        ulong length = BinaryPrimitives.ReadUInt64LittleEndian(file.ReadArray(0, PrefixLength));
        if (length > LongestHeader)
        {
            throw file.Refuse(Invariant(
                $"its header should have {length:N0} bytes; the format allows {LongestHeader:N0}"));
        }
        if ((long)length > file.Length - PrefixLength)
            throw Incomplete(file, PrefixLength + (long)length);
        long data = PrefixLength + (long)length;
        var header = file.ReadArray(PrefixLength, (int)length);
        if (!header.AsSpan().TrimStart(" \t\r\n"u8).StartsWith("{"u8))
            throw file.Refuse("its header does not begin with '{'");
        try
        {
            return new Header(file, data).Read(header);
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException or FormatException)
        {
            // Utf8JsonReader throws InvalidOperationException for half a surrogate pair or bad UTF-8 in a string.
            throw file.Refuse($"its header is no valid JSON: {Quoted.Text(e.Message)}", e);
        }
    }

    private static CheckpointException Incomplete(FileBytes file, Int128 expected) => file.Refuse(Invariant(
        $"it is incomplete: expected {expected:N0} bytes, found {file.Length:N0}. Download or copy it again"));

    private static ElementType? TypeOf(string? name) => name switch
    {
        "F32" => ElementType.Float32,
        "F16" => ElementType.Float16,
        "BF16" => ElementType.BFloat16,
        "F64" => ElementType.Float64,
        "I64" => ElementType.Int64,
        "I32" => ElementType.Int32,
        "I16" => ElementType.Int16,
        "I8" => ElementType.Int8,
        "U8" => ElementType.UInt8,
        "BOOL" => ElementType.Bool,
        _ => null,
    };

    private static string Invariant(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);

    private sealed class Header(FileBytes file, long data)
    {
        private readonly OrderedDictionary<string, TensorEntry> _tensors = new(StringComparer.Ordinal);
        private readonly List<(long Begin, long End, string Name)> _extents = [];
        private Dictionary<string, string>? _metadata;

        public TensorTable Read(byte[] bytes)
        {
            var json = new Utf8JsonReader(bytes);
            json.Read();
            while (Next(ref json) is not JsonTokenType.EndObject)
            {
                string name = json.GetString()!;
                Next(ref json);
                if (name == "__metadata__")
                    ReadMetadata(ref json);
                else
                    Add(ReadTensor(ref json, name));
            }
            if (json.Read())
                throw file.Refuse("something follows the JSON object in its header");
            CheckExtents();

            var ordered = new OrderedDictionary<string, TensorEntry>(_tensors.Count, StringComparer.Ordinal);
            foreach (var (_, _, name) in _extents)
                ordered.Add(name, _tensors[name]);
            return new TensorTable(ordered, _metadata ?? []);
        }

        private static JsonTokenType Next(ref Utf8JsonReader json)
        {
            // The reader itself throws if the text ends inside an object.
            json.Read();
            return json.TokenType;
        }

        private void Add(TensorEntry entry)
        {
            if (!_tensors.TryAdd(entry.Name, entry))
                throw file.Refuse($"its header has the key '{Quoted.Text(entry.Name)}' twice");
            if (_tensors.Count > MostTensors)
                throw file.Refuse(Invariant($"its header has more than {MostTensors:N0} tensors"));
        }

        private void ReadMetadata(ref Utf8JsonReader json)
        {
            if (_metadata is not null)
                throw file.Refuse("its header has the key '__metadata__' twice");
            if (json.TokenType != JsonTokenType.StartObject)
                throw file.Refuse("'__metadata__' in its header is no object");
            _metadata = new Dictionary<string, string>(StringComparer.Ordinal);
            while (Next(ref json) is not JsonTokenType.EndObject)
            {
                string key = json.GetString()!;
                if (Next(ref json) is not JsonTokenType.String)
                {
                    throw file.Refuse(
                        $"'{Quoted.Text(key)}' in '__metadata__' is no text; the format allows only texts");
                }
                if (!_metadata.TryAdd(key, json.GetString()!))
                    throw file.Refuse($"'__metadata__' in its header has the key '{Quoted.Text(key)}' twice");
            }
        }

        private TensorEntry ReadTensor(ref Utf8JsonReader json, string name)
        {
            string shown = $"tensor '{Quoted.Text(name)}'";
            if (json.TokenType != JsonTokenType.StartObject)
                throw file.Refuse($"{shown} is described by no object");
            string? typeName = null;
            List<long>? shape = null;
            List<long>? offsets = null;
            while (Next(ref json) is not JsonTokenType.EndObject)
            {
                string key = json.GetString()!;
                Next(ref json);
                bool again;
                switch (key)
                {
                    case "dtype":
                        again = typeName is not null;
                        typeName = json.TokenType == JsonTokenType.String
                            ? json.GetString()
                            : throw file.Refuse($"the dtype of {shown} is no text");
                        break;
                    case "shape":
                        again = shape is not null;
                        shape = ReadNumbers(ref json, shown, key);
                        break;
                    case "data_offsets":
                        again = offsets is not null;
                        offsets = ReadNumbers(ref json, shown, key);
                        break;
                    default:
                        throw file.Refuse(
                            $"{shown} has the unknown key '{Quoted.Text(key)}'; allowed are dtype, shape and "
                                + $"data_offsets");
                }
                if (again)
                    throw file.Refuse($"{shown} has the key '{key}' twice");
            }
            if (typeName is null || shape is null || offsets is null)
            {
                throw file.Refuse(
                    $"{shown} needs dtype, shape and data_offsets; "
                        + $"{(typeName is null ? "dtype" : shape is null ? "shape" : "data_offsets")} is missing");
            }
            if (offsets is not [var begin, var end] || begin > end)
            {
                throw file.Refuse(
                    $"the data_offsets of {shown} are [{string.Join(", ", offsets.Take(3))}]; [begin, end] are needed");
            }
            if (TypeOf(typeName) is not { } type)
            {
                throw file.Refuse(
                    $"{shown} has the dtype '{Quoted.Text(typeName)}'; known are F64, F32, F16, BF16, I64, I32, I16, "
                        + $"I8, U8, BOOL");
            }
            CheckSize(shown, type, shape, end - begin);
            _extents.Add((begin, end, name));
            if (end > file.Length - data)
                throw Incomplete(file, (Int128)data + end);
            return new TensorEntry(name, type, shape) { Storage = new StorageRecord(name, data + begin, end - begin) };
        }

        private List<long> ReadNumbers(ref Utf8JsonReader json, string shown, string key)
        {
            if (json.TokenType != JsonTokenType.StartArray)
                throw file.Refuse($"the {key} of {shown} is no list");
            var numbers = new List<long>();
            while (Next(ref json) is not JsonTokenType.EndArray)
            {
                if (json.TokenType != JsonTokenType.Number || !json.TryGetInt64(out long number) || number < 0)
                    throw file.Refuse($"the {key} of {shown} has something else than whole numbers from 0 to 2^63-1");
                numbers.Add(number);
                if (numbers.Count > MostDimensions)
                    throw file.Refuse($"the {key} of {shown} has more than {MostDimensions} numbers");
            }
            return numbers;
        }

        private void CheckSize(string shown, ElementType type, List<long> shape, long bytes)
        {
            long needed;
            try
            {
                needed = checked(TensorEntry.Product(shape) * type.Size());
            }
            catch (OverflowException e)
            {
                throw file.Refuse($"{shown} [{string.Join(", ", shape)}] is larger than any file", e);
            }
            if (needed != bytes)
            {
                throw file.Refuse(string.Create(CultureInfo.InvariantCulture,
                    $"{shown} {NameOf(type)} [{string.Join(", ", shape)}] takes {needed:N0} bytes, its data_offsets "
                        + $"have {bytes:N0}"));
            }
        }

        private void CheckExtents()
        {
            _extents.Sort((a, b) => (a.Begin, a.End).CompareTo((b.Begin, b.End)));
            long end = 0;
            foreach (var extent in _extents)
            {
                if (extent.Begin < end)
                    throw file.Refuse($"tensor '{Quoted.Text(extent.Name)}' overlaps another one");
                if (extent.Begin > end)
                {
                    throw file.Refuse(string.Create(CultureInfo.InvariantCulture,
                        $"there is a hole of {extent.Begin - end:N0} bytes before tensor "
                            + $"'{Quoted.Text(extent.Name)}'"));
                }
                end = extent.End;
            }
            if (end < file.Length - data)
            {
                throw file.Refuse(Invariant(
                    $"{file.Length - data - end:N0} bytes follow its last tensor; the file should end there"));
            }
        }
    }
}

using System.Buffers.Binary;
using System.Globalization;
using System.Numerics;

namespace Glide.Checkpoints;

/// <summary>Reads the files of <c>torch.save</c> before PyTorch 1.6: several pickles, then raw storages.</summary>
/// <remarks>
/// A small one, with the byte where each part begins:
/// <code>
///    0  pickle  119547037146038801333356              magic number
///   15  pickle  1001                                  protocol version
///   21  pickle  {'protocol_version': 1001, 'little_endian': True, 'type_sizes': {…}}
///  137  pickle  OrderedDict of tensors; storages by key: ('storage', FloatStorage, '589330832', 'cpu', 216, None)
/// 1533  pickle  ['526642400', '526643056', …]         the order of the storages that follow
/// 1765  03 00 00 00 00 00 00 00                       number of elements, then that many elements
/// </code>
/// </remarks>
internal static class LegacyPtFile
{
    private const int LongestPickles = 64 << 20;
    private const long ProtocolVersion = 1001;

    private static readonly BigInteger s_magic =
        BigInteger.Parse("119547037146038801333356", CultureInfo.InvariantCulture);

    /// <summary>Reads the pickles; storages stay in the file.</summary>
    /// <param name="file">The file.</param>
    /// <param name="key">Key of the weights in a file that holds several; <c>null</c> to choose.</param>
    /// <exception cref="CheckpointException">The file is damaged, malicious or another kind of pickle.</exception>
    public static TensorTable Read(FileBytes file, string? key)
    {
        using var window = file.Map(0, Math.Min(file.Length, LongestPickles));
        var bytes = window.Span;
        var storages = new Dictionary<string, PickleStorage>(StringComparer.Ordinal);
        long position = 0;

        if (Next(ref bytes) is not BigInteger magic || magic != s_magic)
            throw file.Refuse("this is a plain Python pickle, not a checkpoint that torch.save wrote");
        if (Next(ref bytes) is not ProtocolVersion)
            throw file.Refuse($"its version is unknown; {ProtocolVersion} is read");
        if (Next(ref bytes) is not PickleDict system)
            throw file.Refuse("its description of the machine is malformed");
        if (system.Items.Any(i => i is { Key: "little_endian", Value: false }))
            throw file.Refuse("it says that its numbers are big-endian; only little-endian files are read");
        var value = Next(ref bytes);
        if (Next(ref bytes) is not PickleList keys)
            throw file.Refuse("its list of storages is malformed");

        var records = new Dictionary<string, StorageRecord>(StringComparer.Ordinal);
        foreach (var item in keys.Items)
        {
            if (item is not string name || !storages.TryGetValue(name, out var storage))
                throw file.Refuse("its list of storages names one that nothing refers to");
            var record = ReadStorage(file, name, storage, position);
            if (!records.TryAdd(name, record))
                throw file.Refuse($"its list of storages names '{Quoted.Text(name)}' twice");
            position = record.Offset + record.Length;
        }
        if (position != file.Length)
        {
            throw file.Refuse(string.Create(CultureInfo.InvariantCulture,
                $"{file.Length - position:N0} bytes follow its last storage; the file is damaged or holds something "
                    + $"else too"));
        }
        return StateDict.Resolve(file, value, records, key);

        object? Next(ref ReadOnlySpan<byte> rest)
        {
            var read = PickleReader.Read(file.Path, rest, storages, out int length);
            rest = rest[length..];
            position += length;
            return read;
        }
    }

    private static StorageRecord ReadStorage(FileBytes file, string key, PickleStorage storage, long position)
    {
        long left = file.Length - position - sizeof(long);
        if (left < 0)
            throw Incomplete(position + sizeof(long));
        long count = BinaryPrimitives.ReadInt64LittleEndian(file.ReadArray(position, sizeof(long)));
        if (count != storage.ElementCount)
        {
            throw file.Refuse(Invariant(
                $"storage '{Quoted.Text(key)}' should have {storage.ElementCount:N0} elements, found {count:N0}"));
        }
        if (count > left / storage.Type.Size())
            throw Incomplete(position + sizeof(long) + ((Int128)count * storage.Type.Size()));
        return new StorageRecord($"storage {key}", position + sizeof(long), count * storage.Type.Size());

        CheckpointException Incomplete(Int128 needed) => file.Refuse(string.Create(CultureInfo.InvariantCulture,
            $"it is incomplete: expected at least {needed:N0} bytes, found {file.Length:N0}. Download or copy it "
                + $"again"));
    }

    private static string Invariant(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}

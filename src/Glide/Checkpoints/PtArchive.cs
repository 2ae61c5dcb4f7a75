using System.Globalization;
using System.Text;

namespace Glide.Checkpoints;

/// <summary>Reads the zip archives of <c>torch.save</c> (PyTorch 1.6 and later).</summary>
/// <remarks>
/// <c>unzip -l</c> of a small one; the folder has the name under which the file was saved:
/// <code>
///      1259  ordered_zip/data.pkl        the mapping, with a reference for every storage
///       864  ordered_zip/data/0          the storages, named by their keys
///        32  ordered_zip/data/1
///         6  ordered_zip/byteorder       "little"; since PyTorch 2.1
///         2  ordered_zip/version         "3\n"
/// </code>
/// </remarks>
internal static class PtArchive
{
    private const int LongestPickle = 64 << 20;

    /// <summary>Reads the directory and the pickle; storages stay in the file.</summary>
    /// <param name="file">The file.</param>
    /// <param name="key">Key of the weights in a file that holds several; <c>null</c> to choose.</param>
    /// <exception cref="CheckpointException">The archive is damaged, malicious or not a checkpoint.</exception>
    public static TensorTable Read(FileBytes file, string? key)
    {
        var entries = ZipDirectory.Read(file) ?? throw Incomplete(file);
        var pickle = FindPickle(file, entries);
        if (entries.Values.FirstOrDefault(e => e.Method != 0) is { } compressed)
        {
            throw file.Refuse(
                $"its zip entry '{Quoted.Text(compressed.Name)}' is compressed (method {compressed.Method}); "
                    + $"torch.save stores entries as they are. " +
                "Unpack the archive and pack it again with compression off");
        }
        string root = pickle.Name[..(pickle.Name.Length - "data.pkl".Length)];
        CheckByteOrder(file, entries, root);
        if (pickle.Length > LongestPickle)
        {
            throw file.Refuse(Invariant(
                $"'{pickle.Name}' has {pickle.Length:N0} bytes; at most {LongestPickle:N0} are read"));
        }

        new StorageRecord(pickle.Name, pickle.Offset, pickle.Length, pickle.Crc).Verify(file);
        var storages = new Dictionary<string, PickleStorage>(StringComparer.Ordinal);
        var root0 = PickleReader.Read(file.Path, file.ReadArray(pickle.Offset, (int)pickle.Length), storages,
            out int length);
        if (length != pickle.Length)
        {
            throw file.Refuse(Invariant(
                $"'{Quoted.Text(pickle.Name)}' has {pickle.Length - length:N0} bytes behind its pickle"));
        }

        var records = new Dictionary<string, StorageRecord>(StringComparer.Ordinal);
        foreach (var storage in storages.Keys)
        {
            if (entries.TryGetValue($"{root}data/{storage}", out var entry))
                records.Add(storage, new StorageRecord(entry.Name, entry.Offset, entry.Length, entry.Crc));
        }
        return StateDict.Resolve(file, root0, records, key);
    }

    private static ZipEntry FindPickle(FileBytes file, OrderedDictionary<string, ZipEntry> entries)
    {
        ZipEntry? found = null;
        foreach (var entry in entries.Values)
        {
            if (entry.Name != "data.pkl" && !(entry.Name.EndsWith("/data.pkl", StringComparison.Ordinal)
                && entry.Name.Count(c => c == '/') == 1))
            {
                continue;
            }
            found = found is null ? entry : throw file.Refuse("its zip archive has two data.pkl");
        }
        if (found is null)
        {
            throw file.Refuse(
                $"this is a zip archive, but torch.save did not write it: it has no data.pkl{Guess(entries)}");
        }
        string root = found.Name[..(found.Name.Length - "data.pkl".Length)];
        if (entries.ContainsKey(root + "constants.pkl")
            || entries.Keys.Any(n => n.StartsWith(root + "code/", StringComparison.Ordinal)))
        {
            throw file.Refuse(
                "this is a TorchScript program (torch.jit.save), not weights. " +
                "Save its state dict instead: torch.save(torch.jit.load(FILE).state_dict(), ...)");
        }
        return found;
    }

    private static string Guess(OrderedDictionary<string, ZipEntry> entries)
    {
        if (entries.Count == 0)
            return " (it is empty)";
        if (entries.Keys.All(n => n.EndsWith(".npy", StringComparison.Ordinal)))
            return " (it is a NumPy .npz file)";
        var inside = entries.Keys.FirstOrDefault(n =>
            n.EndsWith(".pt", StringComparison.Ordinal) || n.EndsWith(".safetensors", StringComparison.Ordinal));
        return inside is null
            ? $" (it begins with '{Quoted.Text(entries.GetAt(0).Key)}')"
            : $". Unpack it and give '{Quoted.Text(inside)}'";
    }

    private static void CheckByteOrder(FileBytes file, OrderedDictionary<string, ZipEntry> entries, string root)
    {
        if (!entries.TryGetValue(root + "byteorder", out var entry))
            return;
        string order = entry.Length > 16 ? "?" : Encoding.Latin1.GetString(
            file.ReadArray(entry.Offset, (int)entry.Length)).Trim();
        if (order == "little")
            return;
        // Not swapped: some files have the record "big" and little-endian numbers, and weights that are swapped
        // wrongly are noise that no later check would catch.
        string what = order == "big"
            ? "it says that its numbers are big-endian"
            : $"its byte order is '{Quoted.Text(order)}'";
        throw file.Refuse(
            $"{what}; only little-endian files are read. Load it where it was saved and save it on a little-endian "
                + $"machine");
    }

    private static CheckpointException Incomplete(FileBytes file)
    {
        long least = 0;
        if (ZipDirectory.FirstDataOffset(file) is { } offset)
        {
            // PyTorch writes the pickle first, so a cut file often still has its expected sizes.
            var storages = new Dictionary<string, PickleStorage>(StringComparer.Ordinal);
            int head = (int)Math.Min(file.Length - offset, LongestPickle);
            using var window = file.Map(offset, head);
            try
            {
                PickleReader.Read(file.Path, window.Span, storages, out int length);
                least = offset + length + storages.Values.Sum(s => Math.Min(s.ElementCount, long.MaxValue / 1_000_000)
                    * s.Type.Size());
            }
            catch (CheckpointException)
            {
                // The pickle itself is cut, or another entry is first.
            }
        }
        string expected = least > file.Length
            ? $"expected more than {least:N0} bytes, found {file.Length:N0}"
            : $"found {file.Length:N0} bytes";
        return file.Refuse(string.Create(CultureInfo.InvariantCulture,
            $"it is incomplete: this is a zip archive without the directory at its end ({expected}). Download or copy "
                + $"it again"));
    }

    private static string Invariant(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}

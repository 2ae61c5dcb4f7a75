using System.Globalization;

namespace Glide.Checkpoints;

/// <summary>
/// Makes a table of the tensors in the value of a pickle, and checks every one against its storage.
/// </summary>
internal static class StateDict
{
    private const int MostTensors = 100_000;
    private const int MostDimensions = 32;

    // Tied weights use a storage two or three times; more would make a small file huge in memory.
    private const int MostSharing = 16;

    /// <summary>Turns the value of a pickle into a table of tensors.</summary>
    /// <param name="file">The file, for messages.</param>
    /// <param name="value">Value of the pickle.</param>
    /// <param name="records">Position of each storage; a missing one is an error if a tensor needs it.</param>
    /// <param name="key">Key of the weights in a file that holds several; <c>null</c> to choose.</param>
    /// <exception cref="CheckpointException">There is no such mapping, or a tensor exceeds its storage.</exception>
    public static TensorTable Resolve(FileBytes file, object? value, IReadOnlyDictionary<string, StorageRecord> records,
        string? key)
    {
        var search = new WeightsSearch(file, key);
        var weights = search.Find(value);
        var tensors = new OrderedDictionary<string, TensorEntry>(StringComparer.Ordinal);
        long total = 0;
        foreach (var (label, item) in weights.Items)
        {
            if (item is PickleOpaque opaque && opaque.What.Contains("'torch._utils.", StringComparison.Ordinal))
            {
                throw file.Refuse($"'{Quoted.Text($"{label}")}' is {Quoted.Text(opaque.What)}, such as a sparse or "
                    + "quantized tensor; make it dense and save it again");
            }
            if (item is not PickleTensor tensor)
                continue;
            if (label is not string name)
                throw file.Refuse("one of its tensors has a key that is no text");
            var entry = Check(file, name, tensor, records);
            if (!tensors.TryAdd(name, entry))
                throw file.Refuse($"it has two tensors named '{Quoted.Text(name)}'");
            if (tensors.Count > MostTensors)
                throw file.Refuse(Invariant($"it has more than {MostTensors:N0} tensors"));
            if (entry.ByteCount > ((Int128)file.Length * MostSharing) - total)
            {
                throw file.Refuse(string.Create(CultureInfo.InvariantCulture,
                    $"its tensors share the same bytes over and over: from '{Quoted.Text(name)}' on they are more "
                        + $"than {MostSharing} times the file"));
            }
            total += entry.ByteCount;
        }
        return new TensorTable(tensors, search.Notes) { Choice = search.Choice, Key = search.Key, Keys = search.Keys };
    }

    private static TensorEntry Check(
        FileBytes file, string name, PickleTensor tensor, IReadOnlyDictionary<string, StorageRecord> records)
    {
        string shown = $"tensor '{Quoted.Text(name)}'";
        var storage = tensor.Storage;
        var (shape, strides) = (tensor.Shape, tensor.Strides);
        if (shape.Length != strides.Length || shape.Length > MostDimensions)
            throw file.Refuse(Invariant($"{shown} has {shape.Length} sizes and {strides.Length} strides"));
        if (shape.Any(s => s < 0) || strides.Any(s => s < 0) || tensor.Offset < 0)
        {
            throw file.Refuse(string.Create(CultureInfo.InvariantCulture,
                $"{shown} has a negative size, stride or offset: [{string.Join(", ", shape)}], "
                    + $"[{string.Join(", ", strides)}], {tensor.Offset}"));
        }
        if (!records.TryGetValue(storage.Key, out var record))
        {
            throw file.Refuse(
                $"the storage '{Quoted.Text(storage.Key)}' of {shown} is missing; the file is incomplete, download or "
                    + $"copy it again");
        }
        try
        {
            long bytes = checked(storage.ElementCount * storage.Type.Size());
            if (bytes != record.Length)
            {
                throw file.Refuse(string.Create(CultureInfo.InvariantCulture,
                    $"the storage of {shown} should have {bytes:N0} bytes ({storage.ElementCount:N0} × "
                        + $"{storage.Type.ShortName()}), found {record.Length:N0}"));
            }
            long count = TensorEntry.Product(shape);
            _ = checked(count * storage.Type.Size());
            long last = tensor.Offset;
            for (int i = 0; i < shape.Length && count > 0; i++)
                last = checked(last + ((shape[i] - 1) * strides[i]));
            if (tensor.Offset > storage.ElementCount || (count > 0 && last >= storage.ElementCount))
            {
                throw file.Refuse(string.Create(CultureInfo.InvariantCulture,
                    $"{shown} [{string.Join(", ", shape)}] reaches element {last:N0} of a storage of "
                        + $"{storage.ElementCount:N0}"));
            }
        }
        catch (OverflowException e)
        {
            throw file.Refuse(Invariant($"{shown} [{string.Join(", ", shape)}] is larger than any file"), e);
        }
        return new TensorEntry(name, storage.Type, shape)
        {
            Storage = record,
            StorageOffset = tensor.Offset,
            Strides = IsRowMajor(shape, strides) ? null : strides,
        };
    }

    private static bool IsRowMajor(long[] shape, long[] strides)
    {
        long expected = 1;
        for (int i = shape.Length - 1; i >= 0; i--)
        {
            if (shape[i] != 1 && strides[i] != expected)
                return shape.Contains(0);
            expected *= shape[i];
        }
        return true;
    }

    private static string Invariant(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}

using System.Globalization;

namespace Glide.Checkpoints;

/// <summary>
/// Finds the mapping from names to tensors in the value of a pickle, and checks every tensor against its storage.
/// </summary>
internal static class StateDict
{
    private const int DeepestWrapping = 4;
    private const int MostTensors = 100_000;
    private const int MostDimensions = 32;

    // Tied weights use a storage two or three times; more would make a small file huge in memory.
    private const int MostSharing = 16;

    /// <summary>Keys under which training scripts store the weights, most likely first.</summary>
    private static readonly string[] s_wrappers =
        ["state_dict", "model_state_dict", "model", "module", "ema_state_dict", "ema", "params_ema", "params",
            "weights", "network", "net"];

    /// <summary>Turns the value of a pickle into a table of tensors.</summary>
    /// <param name="file">The file, for messages.</param>
    /// <param name="value">Value of the pickle.</param>
    /// <param name="records">Position of each storage; a missing one is an error if a tensor needs it.</param>
    /// <exception cref="CheckpointException">There is no such mapping, or a tensor exceeds its storage.</exception>
    public static TensorTable Resolve(FileBytes file, object? value, IReadOnlyDictionary<string, StorageRecord> records)
    {
        var notes = new Dictionary<string, string>(StringComparer.Ordinal);
        var weights = Find(file, value, notes);
        var tensors = new OrderedDictionary<string, TensorEntry>(StringComparer.Ordinal);
        long total = 0;
        foreach (var (key, item) in weights.Items)
        {
            if (item is not PickleTensor tensor)
                continue;
            if (key is not string name)
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
        return new TensorTable(tensors, notes);
    }

    private static PickleDict Find(FileBytes file, object? value, Dictionary<string, string> notes)
    {
        for (int depth = 0; depth <= DeepestWrapping; depth++)
        {
            if (value is not PickleDict dict)
                throw file.Refuse($"it holds {Kind(value)}, not a mapping from names to tensors");
            if (KnownWrapper(dict) is { } known)
            {
                // Even next to an unrelated tensor, such as the last loss.
                CollectNotes(dict, notes);
                value = known;
                continue;
            }
            if (dict.Items.Any(i => i.Value is PickleTensor))
                return dict;
            if (IsOptimizer(dict))
            {
                throw file.Refuse(
                    "it holds the state of an optimizer ('state' and 'param_groups'), not weights; give the file that "
                        + "was saved beside it");
            }
            CollectNotes(dict, notes);
            value = Unwrap(file, dict);
        }
        throw file.Refuse(Invariant(
            $"its tensors lie deeper than {DeepestWrapping} mappings; save the state dict alone"));
    }

    private static PickleDict? KnownWrapper(PickleDict dict)
    {
        var inner = Mappings(dict);
        foreach (var name in s_wrappers)
        {
            if (inner.Find(i => i.Key == name) is { Value: { } known } && LooksLikeWeights(known))
                return known;
        }
        return null;
    }

    private static List<(string Key, PickleDict Value)> Mappings(PickleDict dict) =>
    [
        .. from item in dict.Items
           where item.Key is string && item.Value is PickleDict { Items.Count: > 0 } value && !IsOptimizer(value)
           select ((string)item.Key!, (PickleDict)item.Value!),
    ];

    private static PickleDict Unwrap(FileBytes file, PickleDict dict)
    {
        var weights = Mappings(dict).FindAll(i => i.Value.Items.Any(x => x.Value is PickleTensor));
        if (weights.Count == 1)
            return weights[0].Value;
        if (weights.Count == 0)
        {
            throw file.Refuse(dict.Items.Count == 0
                ? "it holds an empty mapping, no tensors"
                : $"it holds no tensors; its keys are {Keys(dict)}");
        }
        throw file.Refuse(
            $"it holds several sets of tensors "
                + $"({string.Join(", ", weights.Take(5).Select(w => $"'{Quoted.Text(w.Key)}'"))}); " +
            "save the one that is meant alone");
    }

    // A tensor inside, or another wrapper with a known name.
    private static bool LooksLikeWeights(PickleDict dict) =>
        dict.Items.Any(i => i.Value is PickleTensor
            || (i.Value is PickleDict && i.Key is string key && s_wrappers.Contains(key)));

    private static bool IsOptimizer(PickleDict dict) =>
        dict.Items.Any(i => i.Key is "param_groups") && dict.Items.Any(i => i.Key is "state");

    private static void CollectNotes(PickleDict dict, Dictionary<string, string> notes)
    {
        foreach (var (key, value) in dict.Items)
        {
            if (key is string name && value is string or long or double or bool)
                notes.TryAdd(name, Convert.ToString(value, CultureInfo.InvariantCulture)!);
        }
    }

    private static string Keys(PickleDict dict) =>
        string.Join(", ", dict.Items.Take(5).Select(i => i.Key is string key ? $"'{Quoted.Text(key)}'" : Kind(i.Key)))
        + (dict.Items.Count > 5 ? ", …" : "");

    private static string Kind(object? value) => value switch
    {
        null => "None",
        bool => "a truth value",
        string => "a text",
        double => "a number",
        PickleTensor => "a single tensor without a name",
        PickleTuple => "a tuple",
        PickleList => "a list",
        PickleDict => "a mapping",
        PickleOpaque opaque => opaque.What,
        _ => value.GetType().IsValueType ? "a number" : "something",
    };

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

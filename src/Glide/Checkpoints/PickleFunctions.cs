namespace Glide.Checkpoints;

/// <summary>
/// The functions and classes that a pickle of weights may name: the allow-list. None of them is ever run.
/// </summary>
internal static class PickleFunctions
{
    private static readonly Dictionary<string, ElementType> s_storages = new(StringComparer.Ordinal)
    {
        ["FloatStorage"] = ElementType.Float32,
        ["HalfStorage"] = ElementType.Float16,
        ["BFloat16Storage"] = ElementType.BFloat16,
        ["DoubleStorage"] = ElementType.Float64,
        ["LongStorage"] = ElementType.Int64,
        ["IntStorage"] = ElementType.Int32,
        ["ShortStorage"] = ElementType.Int16,
        ["CharStorage"] = ElementType.Int8,
        ["ByteStorage"] = ElementType.UInt8,
        ["BoolStorage"] = ElementType.Bool,
    };

    private enum Function
    {
        OrderedDict,
        RebuildTensor,
        RebuildTensorV2,
        RebuildParameter,
        RebuildParameterWithState,
        RebuildFromType,
        Size,
        Device,
        TensorClass,
    }

    /// <summary>The value that an imported name stands for; <c>null</c> if it is not allowed.</summary>
    public static object? Find(string module, string name)
    {
        if (module is "torch" or "torch.storage" && s_storages.TryGetValue(name, out var type))
            return type;
        return (module, name) switch
        {
            ("collections", "OrderedDict") => Function.OrderedDict,
            ("torch._utils", "_rebuild_tensor") => Function.RebuildTensor,
            ("torch._utils", "_rebuild_tensor_v2") => Function.RebuildTensorV2,
            ("torch._utils", "_rebuild_parameter") => Function.RebuildParameter,
            ("torch._utils", "_rebuild_parameter_with_state") => Function.RebuildParameterWithState,
            ("torch._tensor", "_rebuild_from_type_v2") => Function.RebuildFromType,
            ("torch", "Size") => Function.Size,
            ("torch", "device") => Function.Device,
            ("torch", "float32" or "float16" or "bfloat16" or "float64" or "int64" or "int32" or "int16" or "int8"
                or "uint8" or "bool")
                => new PickleOpaque("a dtype"),
            ("torch", "Tensor") or ("torch.nn.parameter", "Parameter") => Function.TensorClass,
            _ => null,
        };
    }

    /// <summary>The value that a call stands for; <c>null</c> if the arguments are not those of a state dict.</summary>
    /// <param name="function">The value called; only those of <see cref="Find"/> can be.</param>
    /// <param name="arguments">Its arguments.</param>
    public static object? Apply(object? function, object?[] arguments) => (function, arguments) switch
    {
        (Function.OrderedDict, []) => new PickleDict([]),
        (Function.OrderedDict, [PickleList pairs]) => Pairs(pairs) is { } items ? new PickleDict(items) : null,
        (Function.Size, [PickleTuple size]) => size,
        (Function.Device, [string] or [string, long]) => new PickleOpaque("a device"),
        (Function.RebuildTensor, [_, _, _, _]) => Tensor(arguments),
        (Function.RebuildTensorV2, [_, _, _, _, bool, PickleDict]) => Tensor(arguments),
        (Function.RebuildTensorV2, [_, _, _, _, bool, PickleDict, null or PickleDict]) => Tensor(arguments),
        (Function.RebuildParameter, [PickleTensor tensor, bool, PickleDict]) => tensor,
        (Function.RebuildParameterWithState, [PickleTensor tensor, bool, PickleDict, _]) => tensor,
        // One step deep only: what is rebuilt must be a plain tensor.
        (Function.RebuildFromType, [Function.RebuildTensorV2, Function.TensorClass,
            PickleTuple { Items: [_, _, _, _, bool, PickleDict, ..] inner }, _])
            => Tensor(inner),
        _ => null,
    };

    private static List<KeyValuePair<object?, object?>>? Pairs(PickleList list)
    {
        var pairs = new List<KeyValuePair<object?, object?>>();
        foreach (var item in list.Items)
        {
            IReadOnlyList<object?>? pair = item switch
            {
                PickleTuple tuple => tuple.Items,
                PickleList both => both.Items,
                _ => null,
            };
            if (pair is not { Count: 2 })
                return null;
            pairs.Add(new(pair[0], pair[1]));
        }
        return pairs;
    }

    private static PickleTensor? Tensor(object?[] arguments) => arguments is
        [PickleStorage storage, long offset, PickleTuple shape, PickleTuple strides, ..]
        && Sizes(shape) is { } lengths && Sizes(strides) is { } steps
        ? new PickleTensor(storage, offset, lengths, steps)
        : null;

    private static long[]? Sizes(PickleTuple tuple) =>
        tuple.Items.All(item => item is long) ? [.. tuple.Items.Cast<long>()] : null;
}

/// <summary>A name that a pickle imports.</summary>
internal sealed record PickleGlobal(string Module, string Name)
{
    /// <summary>The usual Python 3 name: os.system for posix.system, eval for __builtin__.eval.</summary>
    public static string CallableName(string module, string name)
    {
        string known = module switch
        {
            "posix" or "nt" => "os",
            "__builtin__" or "builtins" => "",
            "commands" => "subprocess",
            "copy_reg" => "copyreg",
            _ => module,
        };
        return known.Length == 0 ? name : $"{known}.{name}";
    }
}

internal sealed record PickleTuple(object?[] Items);

/// <summary>A list; it may hold itself.</summary>
internal sealed record PickleList(List<object?> Items);

/// <summary>A dict or OrderedDict in the file's order; keys may repeat.</summary>
internal sealed record PickleDict(List<KeyValuePair<object?, object?>> Items);

/// <summary>A value that a checkpoint may hold and that is not used: bytes, sets.</summary>
internal sealed record PickleOpaque(string What);

/// <summary>A storage that the pickle refers to.</summary>
internal sealed record PickleStorage(string Key, ElementType Type, long ElementCount);

/// <summary>A tensor over a storage, as written in the pickle and not yet checked.</summary>
internal sealed record PickleTensor(PickleStorage Storage, long Offset, long[] Shape, long[] Strides);

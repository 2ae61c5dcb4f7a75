namespace Glide.Checkpoints;

/// <summary>
/// The functions and classes that a pickle of weights may name. None of them is ever run: those of tensors and dicts
/// stand for values, all others for nothing that could be used.
/// </summary>
internal static class PickleFunctions
{
    // Opaque values would be as harmless, but who names these wants something to happen, and that is said.
    private static readonly HashSet<string> s_acting = new(StringComparer.Ordinal)
    {
        "asyncio", "bdb", "code", "codeop", "commands", "ctypes", "ftplib", "http", "importlib", "marshal",
        "multiprocessing", "nt", "os", "pdb", "pickle", "_pickle", "pip", "posix", "pty", "requests", "runpy", "shutil",
        "smtplib", "socket", "subprocess", "sys", "timeit", "torch.hub", "urllib", "webbrowser",
    };

    // Of Python's own functions only what makes plain values; getattr stands before classes that lie in others.
    private static readonly HashSet<string> s_plain = new(StringComparer.Ordinal)
    {
        "bool", "bytearray", "bytes", "complex", "dict", "float", "frozenset", "getattr", "int", "list", "long",
        "object", "range", "set", "slice", "str", "tuple", "type", "unicode", "xrange",
    };

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
        DefaultDict,
        RebuildTensor,
        RebuildTensorV2,
        RebuildParameter,
        RebuildParameterWithState,
        RebuildFromType,
        Size,
        Device,
        TensorClass,
    }

    /// <summary>
    /// The value that an imported name stands for; <c>null</c> if it is refused even beside the weights.
    /// </summary>
    public static object? Find(string module, string name)
    {
        if (module is "torch" or "torch.storage" && s_storages.TryGetValue(name, out var type))
            return type;
        return (module, name) switch
        {
            ("collections", "OrderedDict") => Function.OrderedDict,
            ("collections", "defaultdict") => Function.DefaultDict,
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
            _ => IsRefused(module, name) ? null : new PickleOpaque($"an object of '{module}.{name}'"),
        };
    }

    /// <summary>The value that a call stands for; <c>null</c> if the arguments are not those of a state dict.</summary>
    /// <param name="function">The value called; only those of <see cref="Find"/> can be.</param>
    /// <param name="arguments">Its arguments.</param>
    public static object? Apply(object? function, object?[] arguments) => (function, arguments) switch
    {
        (PickleOpaque opaque, _) => opaque,
        (Function.OrderedDict, []) => new PickleDict([]),
        (Function.OrderedDict, [PickleList pairs]) => Pairs(pairs) is { } items ? new PickleDict(items) : null,
        (Function.DefaultDict, [] or [_]) => new PickleDict([]),
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
        (Function, _) => arguments.OfType<PickleOpaque>().FirstOrDefault(),
        _ => null,
    };

    private static bool IsRefused(string module, string name) => module switch
    {
        "builtins" or "__builtin__" => !s_plain.Contains(name),
        // Storages of other types, and tensors that are no array in memory.
        "torch" => name.EndsWith("Storage", StringComparison.Ordinal),
        _ => s_acting.Contains(module) || s_acting.Contains(module.Split('.')[0]),
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

/// <summary>
/// A value that a checkpoint may hold and that is not used: bytes, sets, objects of any class. Whatever they were made
/// of is forgotten.
/// </summary>
internal sealed record PickleOpaque(string What);

/// <summary>A storage that the pickle refers to.</summary>
internal sealed record PickleStorage(string Key, ElementType Type, long ElementCount);

/// <summary>A tensor over a storage, as written in the pickle and not yet checked.</summary>
internal sealed record PickleTensor(PickleStorage Storage, long Offset, long[] Shape, long[] Strides);

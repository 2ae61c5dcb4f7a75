namespace Glide.Checkpoints;

/// <summary>A name that a pickle imports: what it would call.</summary>
internal sealed record PickleGlobal(string Module, string Name)
{
    /// <summary>The name as Python 3 programmers know it: posix.system is os.system, __builtin__.eval is eval.</summary>
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

/// <summary>A tuple.</summary>
internal sealed record PickleTuple(object?[] Items);

/// <summary>A list; it may hold itself.</summary>
internal sealed record PickleList(List<object?> Items);

/// <summary>A dict or OrderedDict in the file's order; keys may repeat.</summary>
internal sealed record PickleDict(List<KeyValuePair<object?, object?>> Items);

/// <summary>Something that a checkpoint may hold and that is no weights: bytes, sets.</summary>
internal sealed record PickleOpaque(string What);

/// <summary>A storage that the pickle refers to.</summary>
internal sealed record PickleStorage(string Key, ElementType Type, long ElementCount);

/// <summary>A tensor over a storage, exactly as the pickle says; nothing is checked yet.</summary>
internal sealed record PickleTensor(PickleStorage Storage, long Offset, long[] Shape, long[] Strides);

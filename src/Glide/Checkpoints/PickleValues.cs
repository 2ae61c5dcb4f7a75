namespace Glide.Checkpoints;

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

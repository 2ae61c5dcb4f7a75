namespace Glide.Compat.Tests.Signatures;

/// <summary>A type as a signature spells it, to be compared with a type that was loaded.</summary>
/// <remarks>
/// Two things are normalised. A name may be spelled with any part of its qualification, so <c>Device</c>,
/// <c>torch.Device</c> and <c>TorchSharp.torch.Device</c> are one type, but <c>jit.Type</c> is not <c>System.Type</c>.
/// A question mark counts on value types only: the nullable annotation of a reference is not compared.
/// </remarks>
internal sealed class TypeText
{
    private static readonly Dictionary<string, Type> Keywords = new()
    {
        ["void"] = typeof(void),
        ["object"] = typeof(object),
        ["string"] = typeof(string),
        ["bool"] = typeof(bool),
        ["byte"] = typeof(byte),
        ["sbyte"] = typeof(sbyte),
        ["short"] = typeof(short),
        ["ushort"] = typeof(ushort),
        ["int"] = typeof(int),
        ["uint"] = typeof(uint),
        ["long"] = typeof(long),
        ["ulong"] = typeof(ulong),
        ["float"] = typeof(float),
        ["double"] = typeof(double),
        ["char"] = typeof(char),
        ["nint"] = typeof(nint),
    };

    private readonly List<TypeText> _arguments = [];
    private string[] _segments = [];
    private List<(TypeText Type, string? Name)>? _tuple;
    private readonly List<string> _suffixes = [];

    /// <summary>The last part of the name; empty for a tuple.</summary>
    public string SimpleName => _segments.Length == 0 ? "" : _segments[^1];

    public static TypeText Parse(TokenReader reader)
    {
        var type = new TypeText();
        if (reader.TryTake("("))
        {
            type._tuple = [];
            do
            {
                var element = Parse(reader);
                type._tuple.Add((element, reader.Next is "," or ")" ? null : reader.Take()));
            }
            while (reader.TryTake(","));
            reader.Expect(")");
        }
        else
        {
            var segments = new List<string>();
            do
            {
                segments.Add(reader.Take().TrimStart('@'));
                if (reader.TryTake("::")) segments[^1] = reader.Take();
                if (!reader.TryTake("<")) continue;
                do type._arguments.Add(Parse(reader)); while (reader.TryTake(","));
                reader.Expect(">");
            }
            while (reader.TryTake("."));
            type._segments = [.. segments];
        }

        while (reader.Next is "?" or "*" || (reader.Next == "[" && reader.Second is "]" or ","))
        {
            string suffix = reader.Take();
            if (suffix == "[")
            {
                while (reader.TryTake(",")) suffix += ",";
                reader.Expect("]");
                suffix += "]";
            }
            type._suffixes.Add(suffix);
        }
        return type;
    }

    /// <summary>Whether this text names the loaded type, with the same names of tuple elements.</summary>
    public bool Names(Type type, IList<string?>? tupleNames = null)
    {
        var names = tupleNames is null ? null : new Queue<string?>(tupleNames);
        return Names(type, names, _suffixes.Count);
    }

    private bool Names(Type type, Queue<string?>? tupleNames, int suffixes)
    {
        if (suffixes > 0)
        {
            string suffix = _suffixes[suffixes - 1];
            if (suffix == "?")
            {
                if (Nullable.GetUnderlyingType(type) is { } underlying) return Names(underlying, tupleNames, suffixes - 1);
                return !type.IsValueType && Names(type, tupleNames, suffixes - 1);
            }
            bool right = suffix == "*" ? type.IsPointer : type.IsArray && type.GetArrayRank() == suffix.Length - 1;
            return right && Names(type.GetElementType()!, tupleNames, suffixes - 1);
        }
        if (Nullable.GetUnderlyingType(type) is not null || type.IsArray || type.IsPointer || type.IsByRef) return false;
        if (type.IsGenericParameter) return _segments is [var parameter] && _arguments.Count == 0 && parameter == type.Name;

        bool isTuple = type.IsGenericType && type.FullName?.StartsWith("System.ValueTuple`", StringComparison.Ordinal) != false
            && type.Namespace == "System" && type.Name.StartsWith("ValueTuple`", StringComparison.Ordinal);
        if (isTuple != (_tuple is not null)) return false;
        var arguments = type.GetGenericArguments();
        if (_tuple is not null)
        {
            if (arguments.Length != _tuple.Count) return false;
            var elementNames = _tuple.Select(_ => tupleNames?.Count > 0 ? tupleNames.Dequeue() : null).ToArray();
            for (int i = 0; i < arguments.Length; i++)
            {
                if (elementNames[i] != _tuple[i].Name) return false;
                if (!_tuple[i].Type.Names(arguments[i], tupleNames, _tuple[i].Type._suffixes.Count)) return false;
            }
            return true;
        }

        if (_segments is [var keyword] && Keywords.TryGetValue(keyword, out var builtIn)) return builtIn == type;
        var full = Segments(type);
        if (_segments.Length > full.Count || !full.TakeLast(_segments.Length).SequenceEqual(_segments)) return false;
        // A type inside a generic one has the outer arguments too, and the text may leave them out.
        if (_arguments.Count > arguments.Length || (_arguments.Count < arguments.Length && !type.IsNested)) return false;
        int outer = arguments.Length - _arguments.Count;
        for (int i = 0; i < _arguments.Count; i++)
            if (!_arguments[i].Names(arguments[outer + i], tupleNames, _arguments[i]._suffixes.Count)) return false;
        return true;
    }

    private static List<string> Segments(Type type)
    {
        var segments = new List<string>();
        for (var current = type; current is not null; current = current.DeclaringType)
            segments.Insert(0, current.Name.Split('`')[0]);
        if (type.Namespace is { } space) segments.InsertRange(0, space.Split('.'));
        return segments;
    }
}

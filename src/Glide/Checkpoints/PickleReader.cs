using System.Buffers.Binary;
using System.Globalization;
using System.Numerics;
using System.Text;

namespace Glide.Checkpoints;

/// <summary>
/// Reads the pickles of <c>torch.save</c> into plain values and never runs anything: opcodes and names outside an
/// allow-list are refused where they stand. It keeps its own stack (no recursion), and opcodes, stack, memo and
/// strings have limits far above what published checkpoints need and far below what hurts.
/// </summary>
/// <remarks>
/// A state dict, as <c>python -m pickletools</c> shows it:
/// <code>
///   0: \x80 PROTO      2
///   2: c    GLOBAL     'collections OrderedDict'
///  29: )    EMPTY_TUPLE
///  30: R    REDUCE
///  33: (    MARK
///  34: X        BINUNICODE 'conv.bias'
///  52: c        GLOBAL     'torch._utils _rebuild_tensor_v2'
///  87: (        MARK
///  88: (            MARK
///  89: X                BINUNICODE 'storage'
/// 103: c                GLOBAL     'torch FloatStorage'
/// 125: X                BINUNICODE '1'
/// 133: X                BINUNICODE 'cpu'
/// 143: K                BININT1    8
/// 145: t                TUPLE      (MARK at 88)
/// 148: Q            BINPERSID
/// 149: K            BININT1    0             offset
/// 151: K            BININT1    8
/// 153: \x85         TUPLE1                   shape
/// 156: K            BININT1    1
/// 158: \x85         TUPLE1                   strides
/// 160: \x89         NEWFALSE                 requires_grad
/// 161: h            BINGET     0
/// 163: )            EMPTY_TUPLE
/// 164: R            REDUCE                   hooks: an empty OrderedDict
/// 165: t            TUPLE      (MARK at 87)
/// 166: R        REDUCE
/// 167: u        SETITEMS   (MARK at 33)
/// 168: .    STOP
/// </code>
/// </remarks>
internal ref struct PickleReader
{
    private const int HighestProtocol = 5;
    private const int MostOpcodes = 1_000_000;      // the largest published checkpoint has 29,000
    private const int DeepestStack = 20_000;        // picklers write at most 1,000 pairs at a time
    private const int MostMarks = 1_000;
    private const int LongestString = 1 << 20;
    private const int LongestGlobal = 256;
    private const int LongestInteger = 16;          // bytes; the legacy magic number has 10

    private static readonly UTF8Encoding s_utf8 = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

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

    private readonly string _path;
    private readonly ReadOnlySpan<byte> _bytes;
    private readonly Dictionary<string, PickleStorage> _storages;
    private readonly List<object?> _stack = [];
    private readonly List<int> _marks = [];
    private readonly Dictionary<uint, object?> _memo = [];
    private int _position;

    private PickleReader(string path, ReadOnlySpan<byte> bytes, Dictionary<string, PickleStorage> storages)
    {
        _path = path;
        _bytes = bytes;
        _storages = storages;
    }

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

    /// <summary>Reads one pickle from the beginning of <paramref name="bytes"/>.</summary>
    /// <param name="path">The file, for messages.</param>
    /// <param name="bytes">The pickle and perhaps more behind it.</param>
    /// <param name="storages">Storages by key; those that the pickle refers to are added.</param>
    /// <param name="length">Bytes that the pickle took.</param>
    /// <returns><c>null</c>, bool, long, BigInteger, double, string, or one of the classes in this folder's PickleValues.</returns>
    /// <exception cref="CheckpointException">It is cut, malformed, too large, or wants to call something.</exception>
    public static object? Read(
        string path, ReadOnlySpan<byte> bytes, Dictionary<string, PickleStorage> storages, out int length)
    {
        var reader = new PickleReader(path, bytes, storages);
        var value = reader.Run();
        length = reader._position;
        return value;
    }

    private object? Run()
    {
        for (int count = 0; ; count++)
        {
            if (count >= MostOpcodes)
                throw Refuse(Invariant($"its pickle has more than {MostOpcodes:N0} opcodes; a state dict needs a few ten thousand"));
            int at = _position;
            byte opcode = Take(1)[0];
            if (opcode == (byte)'.')
                return Finish();
            Execute(opcode, at);
            if (_stack.Count > DeepestStack || _marks.Count > MostMarks)
                throw Refuse(Invariant($"its pickle nests deeper than {DeepestStack:N0} values; a state dict needs a few thousand"));
        }
    }

    private readonly object? Finish()
    {
        if (_marks.Count > 0 || _stack.Count != 1)
            throw Refuse(Invariant($"its pickle is malformed: it ends with {_stack.Count} values on the stack"));
        return _stack[0];
    }

    private void Execute(byte opcode, int at)
    {
        switch (opcode)
        {
            case 0x80: // PROTO
                byte protocol = Take(1)[0];
                if (protocol > HighestProtocol)
                    throw Refuse($"its pickle has protocol {protocol}; protocols up to {HighestProtocol} are known");
                break;
            case 0x95: // FRAME
                ulong frame = BinaryPrimitives.ReadUInt64LittleEndian(Take(8));
                if (frame > (ulong)(_bytes.Length - _position))
                    throw Cut();
                break;

            case (byte)'N': Push(null); break;
            case 0x88: Push(true); break;
            case 0x89: Push(false); break;
            case (byte)'J': Push((long)BinaryPrimitives.ReadInt32LittleEndian(Take(4))); break;
            case (byte)'K': Push((long)Take(1)[0]); break;
            case (byte)'M': Push((long)BinaryPrimitives.ReadUInt16LittleEndian(Take(2))); break;
            case 0x8A: PushInteger(Take(1)[0]); break;
            case 0x8B: PushInteger(BinaryPrimitives.ReadUInt32LittleEndian(Take(4))); break;
            case (byte)'G': Push(BinaryPrimitives.ReadDoubleBigEndian(Take(8))); break;

            case (byte)'X': Push(TakeText(BinaryPrimitives.ReadUInt32LittleEndian(Take(4)))); break;
            case 0x8C: Push(TakeText(Take(1)[0])); break;
            case 0x8D: Push(TakeText(BinaryPrimitives.ReadUInt64LittleEndian(Take(8)))); break;
            case (byte)'U': Push(TakeText(Take(1)[0])); break;                                   // Python 2's str
            case (byte)'T': Push(TakeText(BinaryPrimitives.ReadUInt32LittleEndian(Take(4)))); break;
            case (byte)'C': PushBytes(Take(1)[0]); break;
            case (byte)'B': PushBytes(BinaryPrimitives.ReadUInt32LittleEndian(Take(4))); break;
            case 0x8E or 0x96: PushBytes(BinaryPrimitives.ReadUInt64LittleEndian(Take(8))); break;

            case (byte)'(': _marks.Add(_stack.Count); break;
            case (byte)'0': Pop(); break;
            case (byte)'1': PopToMark(); break;
            case (byte)'2': Push(Top()); break;

            case (byte)')': Push(new PickleTuple([])); break;
            case 0x85: PushTuple(1); break;
            case 0x86: PushTuple(2); break;
            case 0x87: PushTuple(3); break;
            case (byte)'t': Push(new PickleTuple(PopToMark())); break;
            case (byte)']': Push(new PickleList([])); break;
            case (byte)'l': Push(new PickleList([.. PopToMark()])); break;
            case (byte)'}': Push(new PickleDict([])); break;
            case (byte)'d': PushDict(PopToMark()); break;
            case 0x8F: Push(new PickleOpaque("a set")); break;
            case 0x90: AddToSet(PopToMark()); break;
            case 0x91: PopToMark(); Push(new PickleOpaque("a frozenset")); break;
            case (byte)'a': Append([Pop()]); break;
            case (byte)'e': Append(PopToMark()); break;
            case (byte)'s': SetItem(); break;
            case (byte)'u': SetItems(PopToMark()); break;

            case (byte)'h': Push(Recall(Take(1)[0])); break;
            case (byte)'j': Push(Recall(BinaryPrimitives.ReadUInt32LittleEndian(Take(4)))); break;
            case (byte)'q': _memo[Take(1)[0]] = Top(); break;
            case (byte)'r': _memo[BinaryPrimitives.ReadUInt32LittleEndian(Take(4))] = Top(); break;
            case 0x94: _memo[(uint)_memo.Count] = Top(); break;

            case (byte)'c': Push(Import(TakeLine(), TakeLine())); break;
            case 0x93: ImportFromStack(); break;
            case (byte)'i': throw WantsToCall(TakeLine(), TakeLine());
            case (byte)'R' or 0x81: Call(); break;
            case (byte)'b': SetState(); break;
            case (byte)'Q': Push(Storage(Pop())); break;

            default:
                throw Refuse(Invariant($"its pickle has opcode 0x{opcode:x2} at byte {at}, which weights do not need; nothing was run"));
        }
    }

    // ---- bytes

    private ReadOnlySpan<byte> Take(ulong count)
    {
        if (count > (ulong)(_bytes.Length - _position))
            throw Cut();
        var taken = _bytes.Slice(_position, (int)count);
        _position += (int)count;
        return taken;
    }

    private string TakeText(ulong length)
    {
        if (length > LongestString)
            throw Refuse(Invariant($"its pickle has a string of {length:N0} bytes; names have at most {LongestString:N0}"));
        var bytes = Take(length);
        try
        {
            return s_utf8.GetString(bytes);
        }
        catch (DecoderFallbackException e)
        {
            throw Refuse("its pickle has a string that is not UTF-8", e);
        }
    }

    private string TakeLine()
    {
        var rest = _bytes[_position..];
        int end = rest[..Math.Min(rest.Length, LongestGlobal)].IndexOf((byte)'\n');
        if (end < 0)
            throw rest.Length < LongestGlobal ? Cut() : Refuse($"its pickle imports a name longer than {LongestGlobal} bytes");
        string line = TakeText((ulong)end);
        _position++;
        return line;
    }

    private void PushInteger(uint length)
    {
        if (length > LongestInteger)
            throw Refuse(Invariant($"its pickle has an integer of {length:N0} bytes; sizes have at most 8"));
        var value = new BigInteger(Take(length));
        // The cast keeps the two types apart; without it the long would become a BigInteger again.
        Push(value >= long.MinValue && value <= long.MaxValue ? (object)(long)value : value);
    }

    private void PushBytes(ulong length)
    {
        Take(length);
        Push(new PickleOpaque("bytes"));
    }

    // ---- stack

    private readonly void Push(object? value) => _stack.Add(value);

    private readonly object? Top()
    {
        if (_stack.Count <= Floor())
            throw Malformed();
        return _stack[^1];
    }

    private readonly object? Pop()
    {
        var value = Top();
        _stack.RemoveAt(_stack.Count - 1);
        return value;
    }

    private readonly int Floor() => _marks.Count == 0 ? 0 : _marks[^1];

    private readonly object?[] PopToMark()
    {
        if (_marks.Count == 0)
            throw Malformed();
        int mark = _marks[^1];
        _marks.RemoveAt(_marks.Count - 1);
        var items = _stack.GetRange(mark, _stack.Count - mark).ToArray();
        _stack.RemoveRange(mark, _stack.Count - mark);
        return items;
    }

    private readonly object? Recall(uint index) => _memo.TryGetValue(index, out var value) ? value : throw Malformed();

    private readonly void PushTuple(int count)
    {
        var items = new object?[count];
        for (int i = count - 1; i >= 0; i--)
            items[i] = Pop();
        Push(new PickleTuple(items));
    }

    private readonly void PushDict(object?[] items)
    {
        Push(new PickleDict([]));
        SetItems(items);
    }

    private readonly void Append(object?[] items)
    {
        if (Top() is not PickleList list)
            throw Malformed();
        list.Items.AddRange(items);
    }

    private readonly void AddToSet(object?[] items)
    {
        if (Top() is not PickleOpaque)
            throw Malformed();
        _ = items;
    }

    private readonly void SetItem()
    {
        var value = Pop();
        var key = Pop();
        SetItems([key, value]);
    }

    private readonly void SetItems(object?[] items)
    {
        if (Top() is not PickleDict dict || items.Length % 2 != 0)
            throw Malformed();
        for (int i = 0; i < items.Length; i += 2)
            dict.Items.Add(new(items[i], items[i + 1]));
    }

    // ---- names and calls

    private readonly object Import(string module, string name)
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
            ("torch", "float32" or "float16" or "bfloat16" or "float64" or "int64" or "int32" or "int16" or "int8" or "uint8" or "bool")
                => new PickleOpaque("a dtype"),
            ("torch", "Tensor") or ("torch.nn.parameter", "Parameter") => Function.TensorClass,
            ("torch", _) when name.EndsWith("Storage", StringComparison.Ordinal) =>
                throw Refuse($"it has tensors of the type {Quoted.Text(name[..^"Storage".Length])}, which no network here uses"),
            _ => throw WantsToCall(module, name),
        };
    }

    private readonly void ImportFromStack()
    {
        if (Pop() is not string name || Pop() is not string module)
            throw Malformed();
        Push(Import(module, name));
    }

    private readonly void Call()
    {
        if (Pop() is not PickleTuple { Items: var arguments })
            throw Malformed();
        Push(Pop() is Function function ? Apply(function, arguments) : throw Malformed());
    }

    private readonly object Apply(Function function, object?[] arguments) => (function, arguments) switch
    {
        (Function.OrderedDict, []) => new PickleDict([]),
        (Function.OrderedDict, [PickleList pairs]) => new PickleDict([.. Pairs(pairs)]),
        (Function.Size, [PickleTuple size]) => size,
        (Function.Device, [string] or [string, long]) => new PickleOpaque("a device"),
        (Function.RebuildTensor, [_, _, _, _]) => Tensor(arguments),
        (Function.RebuildTensorV2, [_, _, _, _, bool, PickleDict]) => Tensor(arguments),
        (Function.RebuildTensorV2, [_, _, _, _, bool, PickleDict, null or PickleDict]) => Tensor(arguments),
        (Function.RebuildParameter, [PickleTensor tensor, bool, PickleDict]) => tensor,
        (Function.RebuildParameterWithState, [PickleTensor tensor, bool, PickleDict, _]) => tensor,
        // One step deep only: what is rebuilt must be a plain tensor.
        (Function.RebuildFromType, [Function.RebuildTensorV2, Function.TensorClass, PickleTuple { Items: [_, _, _, _, bool, PickleDict, ..] inner }, _])
            => Tensor(inner),
        _ => throw Malformed(),
    };

    private readonly List<KeyValuePair<object?, object?>> Pairs(PickleList list)
    {
        var pairs = new List<KeyValuePair<object?, object?>>();
        foreach (var item in list.Items)
        {
            pairs.Add(item switch
            {
                PickleTuple { Items: [var key, var value] } => new(key, value),
                PickleList { Items: [var key, var value] } => new(key, value),
                _ => throw Malformed(),
            });
        }
        return pairs;
    }

    private readonly PickleTensor Tensor(object?[] arguments) => arguments is
        [PickleStorage storage, long offset, PickleTuple shape, PickleTuple strides, ..]
        ? new PickleTensor(storage, offset, Sizes(shape), Sizes(strides))
        : throw Malformed();

    private readonly long[] Sizes(PickleTuple tuple)
    {
        var sizes = new long[tuple.Items.Length];
        for (int i = 0; i < sizes.Length; i++)
            sizes[i] = tuple.Items[i] is long size ? size : throw Malformed();
        return sizes;
    }

    private readonly void SetState()
    {
        // state_dict() hangs _metadata on its OrderedDict; nothing in it concerns us. No other state is set.
        Pop();
        if (Top() is not PickleDict)
            throw Refuse("its pickle wants to set the state of an object that is no dict; nothing was run");
    }

    private readonly PickleStorage Storage(object? id)
    {
        if (id is not PickleTuple { Items: ["storage", ElementType type, string key, string, long count, ..] items })
            throw Refuse("its pickle refers to something that is no tensor storage");
        if (items is not ([_, _, _, _, _] or [_, _, _, _, _, null]))
            throw Refuse("its storages are views of each other, as PyTorch wrote before 0.4; save it with a newer PyTorch");
        if (count < 0)
            throw Refuse(Invariant($"storage '{Quoted.Text(key)}' has {count} elements"));
        var storage = new PickleStorage(key, type, count);
        if (!_storages.TryAdd(key, storage) && _storages[key] != storage)
            throw Refuse($"storage '{Quoted.Text(key)}' is described in two ways");
        return _storages[key];
    }

    // ---- errors

    private readonly CheckpointException Refuse(string what, Exception? inner = null) => FileBytes.Refuse(_path, what, inner);

    private readonly CheckpointException Malformed() => Refuse(Invariant(
        $"its pickle is malformed near byte {_position}, or holds what a state dict does not; nothing was run"));

    private readonly CheckpointException Cut() => Refuse(Invariant(
        $"it is incomplete: its pickle ends early, after {_bytes.Length:N0} bytes. Download or copy it again"));

    private readonly CheckpointException WantsToCall(string module, string name)
    {
        string known = PickleGlobal.CallableName(module, name);
        string written = $"{module}.{name}";
        string asWritten = known == written ? "" : $" (written {Quoted.Text(written)})";
        return Refuse(
            $"the file wants to call {Quoted.Text(known)}{asWritten}; nothing was run. Weights need only tensors and dicts: " +
            "do not trust the file, or save its state dict alone with torch.save(model.state_dict(), ...)");
    }

    private static string Invariant(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}

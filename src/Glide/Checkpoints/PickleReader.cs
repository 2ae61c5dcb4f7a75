using System.Buffers.Binary;

namespace Glide.Checkpoints;

/// <summary>
/// Reads the pickles of <c>torch.save</c> into plain values and never runs anything: only names of an allow-list stand
/// for tensors and dicts, objects of other classes become opaque, names that act are refused where they stand. It keeps
/// its own stack (no recursion), and opcodes, stack, memo and strings have limits far above what published checkpoints
/// need and far below what hurts.
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

    private readonly Dictionary<string, PickleStorage> _storages;
    private readonly List<object?> _stack = [];
    private readonly List<int> _marks = [];
    private readonly Dictionary<uint, object?> _memo = [];
    private PickleInput _input;

    private PickleReader(string path, ReadOnlySpan<byte> bytes, Dictionary<string, PickleStorage> storages)
    {
        _input = new PickleInput(path, bytes);
        _storages = storages;
    }

    /// <summary>Reads one pickle from the beginning of <paramref name="bytes"/>.</summary>
    /// <param name="path">The file, for messages.</param>
    /// <param name="bytes">The pickle and perhaps more after it.</param>
    /// <param name="storages">Storages by key; those that the pickle refers to are added.</param>
    /// <param name="length">Bytes that the pickle took.</param>
    /// <returns><c>null</c>, bool, long, BigInteger, double, string or one of the Pickle classes.</returns>
    /// <exception cref="CheckpointException">It is cut, malformed, too large, or calls another function.</exception>
    public static object? Read(
        string path, ReadOnlySpan<byte> bytes, Dictionary<string, PickleStorage> storages, out int length)
    {
        var reader = new PickleReader(path, bytes, storages);
        var value = reader.Run();
        length = reader._input.Position;
        return value;
    }

    private object? Run()
    {
        for (int count = 0; ; count++)
        {
            if (count >= MostOpcodes)
                throw _input.Refuse($"its pickle has more than {MostOpcodes:N0} opcodes; weights need some 10,000");
            int at = _input.Position;
            byte opcode = _input.TakeByte();
            if (opcode == (byte)'.')
                return Finish();
            Execute(opcode, at);
            if (_stack.Count > DeepestStack || _marks.Count > MostMarks)
                throw _input.Refuse($"its pickle nests deeper than {DeepestStack:N0} values; weights need some 1,000");
        }
    }

    private readonly object? Finish()
    {
        if (_marks.Count > 0 || _stack.Count != 1)
            throw _input.Refuse($"its pickle is malformed: it ends with {_stack.Count} values on the stack");
        return _stack[0];
    }

    private void Execute(byte opcode, int at)
    {
        switch (opcode)
        {
            case 0x80: // PROTO
                byte protocol = _input.TakeByte();
                if (protocol > HighestProtocol)
                    throw _input.Refuse($"its pickle has protocol {protocol}; the highest known is {HighestProtocol}");
                break;
            case 0x95: // FRAME
                ulong frame = BinaryPrimitives.ReadUInt64LittleEndian(_input.Take(8));
                if (frame > (ulong)_input.Remaining)
                    throw _input.Cut();
                break;

            case (byte)'N': Push(null); break;
            case 0x88: Push(true); break;
            case 0x89: Push(false); break;
            case (byte)'J': Push((long)BinaryPrimitives.ReadInt32LittleEndian(_input.Take(4))); break;
            case (byte)'K': Push((long)_input.TakeByte()); break;
            case (byte)'M': Push((long)BinaryPrimitives.ReadUInt16LittleEndian(_input.Take(2))); break;
            case 0x8A: Push(_input.TakeInteger(_input.TakeByte())); break;
            case 0x8B: Push(_input.TakeInteger(BinaryPrimitives.ReadUInt32LittleEndian(_input.Take(4)))); break;
            case (byte)'G': Push(BinaryPrimitives.ReadDoubleBigEndian(_input.Take(8))); break;

            case (byte)'X': Push(_input.TakeString(BinaryPrimitives.ReadUInt32LittleEndian(_input.Take(4)))); break;
            case 0x8C: Push(_input.TakeString(_input.TakeByte())); break;
            case 0x8D: Push(_input.TakeString(BinaryPrimitives.ReadUInt64LittleEndian(_input.Take(8)))); break;
            case (byte)'U': Push(_input.TakeString(_input.TakeByte())); break;
            case (byte)'T': Push(_input.TakeString(BinaryPrimitives.ReadUInt32LittleEndian(_input.Take(4)))); break;
            case (byte)'C': PushBytes(_input.TakeByte()); break;
            case (byte)'B': PushBytes(BinaryPrimitives.ReadUInt32LittleEndian(_input.Take(4))); break;
            case 0x8E or 0x96: PushBytes(BinaryPrimitives.ReadUInt64LittleEndian(_input.Take(8))); break;

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
            case (byte)'d': var pairs = PopToMark(); Push(new PickleDict([])); SetItems(pairs); break;
            case 0x8F: Push(new PickleOpaque("a set")); break;
            case 0x90: Append(PopToMark()); break;
            case 0x91: PopToMark(); Push(new PickleOpaque("a frozenset")); break;
            case (byte)'a': Append([Pop()]); break;
            case (byte)'e': Append(PopToMark()); break;
            case (byte)'s': SetItem(); break;
            case (byte)'u': SetItems(PopToMark()); break;

            case (byte)'h': Push(Recall(_input.TakeByte())); break;
            case (byte)'j': Push(Recall(BinaryPrimitives.ReadUInt32LittleEndian(_input.Take(4)))); break;
            case (byte)'q': _memo[_input.TakeByte()] = Top(); break;
            case (byte)'r': _memo[BinaryPrimitives.ReadUInt32LittleEndian(_input.Take(4))] = Top(); break;
            case 0x94: _memo[(uint)_memo.Count] = Top(); break;

            case (byte)'c': Push(Import(_input.TakeLine(), _input.TakeLine())); break;
            case 0x93: ImportFromStack(); break;
            case (byte)'i': throw _input.WantsToCall(_input.TakeLine(), _input.TakeLine());
            case (byte)'R' or 0x81: Call(); break;
            case 0x92: Pop(); Call(); break;        // NEWOBJ_EX: as NEWOBJ, with arguments by name on top
            case (byte)'b': SetState(); break;
            case (byte)'Q': Push(Storage(Pop())); break;

            default:
                throw _input.Refuse(
                    $"its pickle has opcode 0x{opcode:x2} at byte {at}, which weights do not need; nothing was run");
        }
    }

    private void PushBytes(ulong length)
    {
        _input.Take(length);
        Push(new PickleOpaque("bytes"));
    }

    private readonly void Push(object? value) => _stack.Add(value);

    private readonly object? Top()
    {
        if (_stack.Count <= Floor())
            throw _input.Malformed();
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
            throw _input.Malformed();
        int mark = _marks[^1];
        _marks.RemoveAt(_marks.Count - 1);
        object?[] items = [.. _stack.Skip(mark)];
        _stack.RemoveRange(mark, _stack.Count - mark);
        return items;
    }

    private readonly object? Recall(uint index) =>
        _memo.TryGetValue(index, out var value) ? value : throw _input.Malformed();

    private readonly void PushTuple(int count)
    {
        var items = new object?[count];
        for (int i = count - 1; i >= 0; i--)
            items[i] = Pop();
        Push(new PickleTuple(items));
    }

    private readonly void Append(object?[] items)
    {
        if (Top() is PickleList list)
            list.Items.AddRange(items);
        else if (Top() is not PickleOpaque)
            throw _input.Malformed();
    }

    private readonly void SetItem()
    {
        var value = Pop();
        var key = Pop();
        SetItems([key, value]);
    }

    private readonly void SetItems(object?[] items)
    {
        if (items.Length % 2 != 0 || Top() is not (PickleDict or PickleOpaque))
            throw _input.Malformed();
        for (int i = 0; i < items.Length && Top() is PickleDict dict; i += 2)
            dict.Items.Add(new(items[i], items[i + 1]));
    }

    // ---- names and calls

    private readonly object Import(string module, string name) =>
        PickleFunctions.Find(module, name) ?? throw (module == "torch"
            && name.EndsWith("Storage", StringComparison.Ordinal)
            ? _input.Refuse($"it has tensors of the type {Quoted.Text(name[..^7])}, which no network here uses")
            : _input.WantsToCall(module, name));

    private readonly void ImportFromStack()
    {
        if (Pop() is not string name || Pop() is not string module)
            throw _input.Malformed();
        Push(Import(module, name));
    }

    private readonly void Call()
    {
        if (Pop() is not PickleTuple { Items: var arguments })
            throw _input.Malformed();
        Push(PickleFunctions.Apply(Pop(), arguments) ?? throw _input.Malformed());
    }

    private readonly void SetState()
    {
        // state_dict() sets _metadata on its OrderedDict, which is not needed; nor is any of an opaque object.
        Pop();
        if (Top() is not (PickleDict or PickleOpaque))
            throw _input.Refuse($"its pickle wants to set the state of an object that is no dict; nothing was run");
    }

    private readonly PickleStorage Storage(object? id)
    {
        if (id is not PickleTuple { Items: ["storage", ElementType type, string key, string, long count, ..] items })
            throw _input.Refuse($"its pickle refers to something that is no tensor storage");
        if (items is not ([_, _, _, _, _] or [_, _, _, _, _, null]))
            throw _input.Refuse($"its storages are views of each other; save it with PyTorch 0.4 or newer");
        if (count < 0)
            throw _input.Refuse($"storage '{Quoted.Text(key)}' has {count} elements");
        var storage = new PickleStorage(key, type, count);
        if (!_storages.TryAdd(key, storage) && _storages[key] != storage)
            throw _input.Refuse($"storage '{Quoted.Text(key)}' is described in two ways");
        return _storages[key];
    }
}

using System.Diagnostics;
using System.Text;
using Glide.Checkpoints;

namespace Glide.Tests.Checkpoints;

public sealed class PickleReaderTests : IDisposable
{
    // Users wait a second at most; a busy build machine may take several times that.
    private static readonly TimeSpan s_longest = TimeSpan.FromSeconds(10);
    private const long MostBytes = 300L << 20;

    private readonly TempFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    public static TheoryData<string, string> Hostile => new()
    {
        { "os.system by REDUCE", "wants to call os.system (written posix.system); nothing was run" },
        { "nt.system", "wants to call os.system (written nt.system); nothing was run" },
        { "subprocess.Popen by STACK_GLOBAL", "wants to call subprocess.Popen; nothing was run" },
        { "os.system by INST", "wants to call os.system (written posix.system); nothing was run" },
        { "builtins.exec by NEWOBJ", "wants to call exec (written builtins.exec); nothing was run" },
        { "class state by BUILD", "wants to set the state of an object that is no dict; nothing was run" },
        { "extension registry", "has opcode 0x82 at byte 2, which weights do not need; nothing was run" },
        { "hidden behind STOP's tensors", "wants to call webbrowser.open; nothing was run" },
        { "inside an argument", "wants to call os.popen; nothing was run" },
        { "torch's own loader", "wants to call torch.hub.load_state_dict_from_url; nothing was run" },
        { "builtins.eval", "wants to call eval (written __builtin__.eval); nothing was run" },
        { "a module inside another", "wants to call os.path.join; nothing was run" },
        { "sockets", "wants to call socket.socket; nothing was run" },
        { "complex numbers", "it has tensors of the type ComplexFloat, which no network here uses" },
        { "terminal escapes in the name", "wants to call os.\\u001b[2Jsystem; nothing was run" },
        { "protocol 0 text", "has opcode 0x49 at byte 2, which weights do not need; nothing was run" },
        { "calling a string", "malformed near byte" },
        { "calling a storage type", "malformed near byte" },
        { "tensor made of texts", "malformed near byte" },
        { "persistent id of another kind", "refers to something that is no tensor storage" },
        { "unknown protocol", "has protocol 9" },
        { "endless name", "imports a name longer than 256 bytes" },
        { "huge string", "has a string of 4,000,000,000 bytes" },
        { "huge integer", "has an integer of 4,294,967,295 bytes" },
        { "bytes past the end", "it is incomplete: its pickle ends early" },
        { "frame past the end", "it is incomplete: its pickle ends early" },
        { "bad UTF-8", "has a string that is not UTF-8" },
        { "empty stack", "malformed near byte" },
        { "pop below a mark", "malformed near byte" },
        { "unknown memo", "malformed near byte" },
        { "odd SETITEMS", "malformed near byte" },
        { "two values left", "ends with 2 values on the stack" },
    };

    [Theory, MemberData(nameof(Hostile))]
    public void A_pickle_that_wants_more_than_weights_is_refused(string attack, string reason)
    {
        var pickle = new PickleBuilder();
        pickle = attack switch
        {
            "os.system by REDUCE" => pickle.Global("posix", "system").Raw("("u8).Text("touch hostile").Raw("tR."u8),
            "nt.system" => pickle.Global("nt", "system").Raw("("u8).Text("touch hostile").Raw("tR."u8),
            "subprocess.Popen by STACK_GLOBAL" => pickle.Text("subprocess").Text("Popen").Raw(0x93).Raw(")R."u8),
            "os.system by INST" => pickle.Raw("("u8).Text("touch hostile").Raw("iposix\nsystem\n."u8),
            "builtins.exec by NEWOBJ" => pickle.Global("builtins", "exec").Raw(")"u8).Raw(0x81).Raw("."u8),
            "class state by BUILD" => pickle.Global("torch", "FloatStorage").Raw("}b."u8),
            "extension registry" => pickle.Raw(0x82, 1).Raw("."u8),
            "hidden behind STOP's tensors" => pickle.Raw("}("u8).Text("w").Tensor("Float", "0", 1, 0, [1], [1])
                .Text("x").Global("webbrowser", "open").Raw(")Ru."u8),
            "inside an argument" => pickle.Global("torch._utils", "_rebuild_parameter").Raw("("u8).Global("os", "popen")
                .Raw("tR."u8),
            "torch's own loader" => pickle.Global("torch.hub", "load_state_dict_from_url").Raw("."u8),
            "builtins.eval" => pickle.Global("train", "Config").Global("__builtin__", "eval").Raw("."u8),
            "a module inside another" => pickle.Global("os.path", "join").Raw("."u8),
            "sockets" => pickle.Global("socket", "socket").Raw(")"u8).Raw(0x81).Raw("."u8),
            "complex numbers" => pickle.Global("torch", "ComplexFloatStorage").Raw("."u8),
            "terminal escapes in the name" => pickle.Global("os", "\u001b[2Jsystem").Raw("."u8),
            "protocol 0 text" => pickle.Raw("I1\n."u8),
            "calling a string" => pickle.Text("os.system").Raw(")R."u8),
            "calling a storage type" => pickle.Global("torch", "FloatStorage").Raw(")R."u8),
            "tensor made of texts" => pickle.Global("torch._utils", "_rebuild_tensor_v2").Raw("("u8).Text("a").Text("b")
                .Raw("))"u8)
                .Raw(0x89).Raw("}tR."u8),
            "persistent id of another kind" => pickle.Raw("("u8).Text("module").Text("x").Raw("tQ."u8),
            "unknown protocol" => pickle.Raw(0x80, 9).Raw("."u8),
            "endless name" => pickle.Raw("c"u8).Raw(Encoding.ASCII.GetBytes(new string('a', 1000))).Raw("."u8),
            "huge string" => pickle.Raw((byte)'X').Raw(BitConverter.GetBytes(4_000_000_000)).Raw("."u8),
            "huge integer" => pickle.Raw(0x8B).Raw(BitConverter.GetBytes(uint.MaxValue)).Raw("."u8),
            "bytes past the end" => pickle.Raw(0x8E).Raw(BitConverter.GetBytes(long.MaxValue)).Raw("."u8),
            "frame past the end" => pickle.Raw(0x95).Raw(BitConverter.GetBytes(ulong.MaxValue)).Raw("."u8),
            "bad UTF-8" => pickle.Raw((byte)'X', 1, 0, 0, 0, 0xFF).Raw("."u8),
            "empty stack" => pickle.Raw("0."u8),
            "pop below a mark" => pickle.Raw("N(0."u8),
            "unknown memo" => pickle.Raw("h\x09."u8),
            "odd SETITEMS" => pickle.Raw("}(Nu."u8),
            "two values left" => pickle.Raw("NN."u8),
            _ => throw new ArgumentOutOfRangeException(nameof(attack)),
        };
        Refuses(ZipBuilder.Torch(pickle.ToArray()).ToArray(), reason);
        if (!reason.Contains("early", StringComparison.Ordinal))
            Refuses(pickle.ToArray(), reason);      // the same as a bare pickle
        Assert.False(File.Exists("hostile"));
    }

    public static TheoryData<string, string> Bombs => new()
    {
        { "billion laughs of lists", "it holds a list, not a mapping" },
        { "billion laughs of tuples", "it holds a tuple, not a mapping" },
        { "billion laughs of dicts", "deeper than 4 mappings" },
        { "10 million opcodes", "more than 1,000,000 opcodes" },
        { "10 million memo entries", "more than 1,000,000 opcodes" },
        { "10 million dicts", "nests deeper than 20,000 values" },
        { "1 million nested lists", "nests deeper than 20,000 values" },
        { "1 million marks", "nests deeper than 20,000 values" },
        { "list that holds itself", "it holds a list, not a mapping" },
        { "dict that holds itself", "deeper than 4 mappings" },
        { "a large dict a hundred thousand times", "it holds no tensors" },
        { "objects in objects", "it holds an object of 'train.Config', not a mapping" },
        { "a million classes", "more than 1,000,000 opcodes" },
    };

    [Theory, MemberData(nameof(Bombs))]
    public void A_pickle_bomb_is_refused_quickly_and_with_little_memory(string bomb, string reason)
    {
        var pickle = new PickleBuilder();
        byte[] whole = bomb switch
        {
            "billion laughs of lists" => Laughs("]("u8, "e"u8),
            "billion laughs of tuples" => Laughs("("u8, "t"u8),
            "billion laughs of dicts" => Dicts(100),
            "10 million opcodes" => pickle.Raw(Repeat("N0"u8, 5_000_000)).Raw("N."u8).ToArray(),
            "10 million memo entries" => pickle.Raw("]"u8).Raw(Memo(10_000_000)).Raw("."u8).ToArray(),
            "10 million dicts" => pickle.Raw(Repeat("}"u8, 10_000_000)).Raw("."u8).ToArray(),
            "1 million nested lists" => pickle.Raw(Repeat("]"u8, 1_000_000)).Raw(Repeat("a"u8, 999_999)).Raw("."u8)
                .ToArray(),
            "1 million marks" => pickle.Raw(Repeat("("u8, 1_000_000)).Raw(Repeat("t"u8, 1_000_000)).Raw("."u8)
                .ToArray(),
            "list that holds itself" => pickle.Raw("]q\x00h\x00\x61."u8).ToArray(),
            // Looked through once for every name it would be 10^10 items.
            "a large dict a hundred thousand times" => pickle.Raw(SharedDict(100_000)).Raw("."u8).ToArray(),
            "objects in objects" => pickle.Raw(Objects(1_000)).Raw("."u8).ToArray(),
            "a million classes" => pickle.Raw(Repeat("ca\nB\n0"u8, 600_000)).Raw("N."u8).ToArray(),
            "dict that holds itself" => pickle.Raw("}q\x00"u8).Text("state_dict").Raw("h\x00s."u8).ToArray(),
            _ => throw new ArgumentOutOfRangeException(nameof(bomb)),
        };
        string path = _folder.Write("a.pt", ZipBuilder.Torch(whole).ToArray());
        long before = GC.GetTotalAllocatedBytes();
        var watch = Stopwatch.StartNew();
        var error = Assert.Throws<CheckpointException>(() => Checkpoint.Open(path).Dispose());
        Assert.True(error.Message.Contains(reason, StringComparison.Ordinal), error.Message);
        Assert.InRange(watch.Elapsed, TimeSpan.Zero, s_longest);
        Assert.InRange(GC.GetTotalAllocatedBytes() - before, 0, MostBytes);
    }

    // Each value holds the one before ten times, thirty deep: 10^30 elements if anybody walked through them.
    private static byte[] Laughs(ReadOnlySpan<byte> open, ReadOnlySpan<byte> close)
    {
        var pickle = new PickleBuilder().Raw("Nq\x00\x30"u8);
        for (int i = 0; i < 30; i++)
            pickle.Raw(open).Raw(Repeat("h\x00"u8, 10)).Raw(close).Raw("q\x00\x30"u8);
        return pickle.Raw("h\x00."u8).ToArray();
    }

    private static byte[] Dicts(int depth)
    {
        var pickle = new PickleBuilder().Raw("}q\x00\x30"u8);
        for (int i = 0; i < depth; i++)
            pickle.Raw("}("u8).Text("model").Raw("h\x00"u8).Text("state_dict").Raw("h\x00uq\x00\x30"u8);
        return pickle.Raw("h\x00."u8).ToArray();
    }

    // A dict of many items under as many names.
    private static byte[] SharedDict(int count)
    {
        var pickle = new PickleBuilder().Raw("}q\x00"u8);
        for (int i = 0; i < count; i++)
            pickle.Raw("NNs"u8);
        pickle.Raw("0}"u8);
        for (int i = 0; i < count; i++)
            pickle.Text($"k{i}").Raw("h\x00s"u8);
        return pickle.ToArray()[2..];
    }

    // Each object has the one before as its argument, its state and its item.
    private static byte[] Objects(int depth)
    {
        var pickle = new PickleBuilder().Raw("Nq\x00\x30"u8);
        for (int i = 0; i < depth; i++)
        {
            pickle.Global("train", "Config").Raw("h\x00"u8).Raw(0x85, 0x81).Raw("}bh\x00\x61h\x00h\x00sq\x00\x30"u8);
        }
        return pickle.Raw("h\x00"u8).ToArray()[2..];
    }

    private static byte[] Repeat(ReadOnlySpan<byte> part, int count)
    {
        var bytes = new byte[part.Length * count];
        for (int i = 0; i < count; i++)
            part.CopyTo(bytes.AsSpan(i * part.Length));
        return bytes;
    }

    private static byte[] Memo(int count)
    {
        var bytes = new byte[count * 5];
        for (int i = 0; i < count; i++)
        {
            bytes[i * 5] = (byte)'r';
            BitConverter.TryWriteBytes(bytes.AsSpan((i * 5) + 1), i);
        }
        return bytes;
    }

    private void Refuses(byte[] bytes, string reason)
    {
        string path = _folder.Write("a.pt", bytes);
        var error = Assert.Throws<CheckpointException>(() => Checkpoint.Open(path).Dispose());
        Assert.True(error.Message.Contains(reason, StringComparison.Ordinal), error.Message);
    }
}

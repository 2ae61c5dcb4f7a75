using Glide.Checkpoints;

namespace Glide.Tests.Checkpoints;

public sealed class LegacyPtFileTests : IDisposable
{
    private static readonly byte[] s_magic =
        [0x80, 2, 0x8A, 10, 0x6C, 0xFC, 0x9C, 0x46, 0xF9, 0x20, 0x6A, 0xA8, 0x50, 0x19, (byte)'.'];
    private static readonly byte[] s_version = [0x80, 2, (byte)'M', 0xE9, 3, (byte)'.'];

    private readonly TempFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void A_file_of_two_storages_is_read()
    {
        using var checkpoint = Checkpoint.Open(_folder.Write("a.pt", Build()));
        Assert.Equal(CheckpointFormat.TorchLegacy, checkpoint.Format);
        Assert.Equal([1, 2], checkpoint.Read<byte>(checkpoint.Tensors["a"]));
        Assert.Equal([3], checkpoint.Read<byte>(checkpoint.Tensors["b"]));
    }

    public static TheoryData<string, string> Broken => new()
    {
        { "other magic", "this is a plain Python pickle, not a checkpoint that torch.save wrote" },
        { "other version", "its version is unknown; 1001 is read" },
        { "big-endian", "it says that its numbers are big-endian" },
        { "storage missing in the list", "the storage '1' of tensor 'b' is missing" },
        { "storage twice in the list", "names '0' twice" },
        { "unknown storage in the list", "names one that nothing refers to" },
        { "other count", "storage '0' should have 2 elements, found 3" },
        { "huge count", "it is incomplete: expected at least 9,223,372,036,854,7" },
        { "trailing data", "1 bytes follow its last storage" },
        { "hostile", "wants to call os.system; nothing was run" },
    };

    [Theory, MemberData(nameof(Broken))]
    public void A_file_that_is_not_as_torch_wrote_it_is_refused(string fault, string reason)
    {
        var bytes = fault switch
        {
            "other magic" => [0x80, 2, (byte)'K', 7, (byte)'.', .. Build().AsSpan(s_magic.Length)],
            "other version" => Build(version: [0x80, 2, (byte)'K', 7, (byte)'.']),
            "big-endian" => Build(littleEndian: false),
            "storage missing in the list" => Build(keys: ["0"], data: [.. Storage(2, 1, 2)]),
            "storage twice in the list" => Build(keys: ["0", "0"], data: [.. Storage(2, 1, 2), .. Storage(2, 1, 2)]),
            "unknown storage in the list" => Build(keys: ["9"]),
            "other count" => Build(data: [.. Storage(3, 1, 2, 3), .. Storage(1, 3)]),
            "huge count" => Build(count: long.MaxValue, data: [.. Storage(long.MaxValue, 1, 2), .. Storage(1, 3)]),
            "trailing data" => [.. Build(), 0],
            "hostile" => [.. s_magic, .. s_version, .. new PickleBuilder().Global("os", "system").Raw("."u8).ToArray()],
            _ => throw new ArgumentOutOfRangeException(nameof(fault)),
        };
        Refuses(bytes, reason);
    }

    [Fact]
    public void Cutting_it_anywhere_is_noticed()
    {
        var whole = Build();
        for (int length = 1; length < whole.Length; length++)
        {
            string path = _folder.Write("cut.pt", whole.AsSpan(0, length));
            Assert.Throws<CheckpointException>(() => Checkpoint.Open(path).Dispose());
        }
        Refuses(whole[..^1], $"it is incomplete: expected at least {whole.Length} bytes, found {whole.Length - 1}");
    }

    private static byte[] Build(
        byte[]? version = null, bool littleEndian = true, string[]? keys = null, byte[]? data = null, long count = 2)
    {
        var system = new PickleBuilder().Raw("}("u8).Text("little_endian").Raw((byte)(littleEndian ? 0x88 : 0x89))
            .Raw("u."u8).ToArray();
        var state = new PickleBuilder().Raw("}("u8)
            .Text("a").Tensor("Byte", "0", count, 0, [2], [1]).Text("b").Tensor("Byte", "1", 1, 0, [1], [1]).Raw("u."u8)
                .ToArray();
        var list = new PickleBuilder().Raw("]("u8);
        foreach (var key in keys ?? ["0", "1"])
            list.Text(key);
        return [.. s_magic, .. version ?? s_version, .. system, .. state, .. list.Raw("e."u8).ToArray(), .. data
            ?? [.. Storage(2, 1, 2), .. Storage(1, 3)]];
    }

    private static byte[] Storage(long count, params byte[] data) => [.. BitConverter.GetBytes(count), .. data];

    private void Refuses(byte[] bytes, string reason)
    {
        string path = _folder.Write("a.pt", bytes);
        var error = Assert.Throws<CheckpointException>(() => Checkpoint.Open(path).Dispose());
        Assert.True(error.Message.Contains(reason, StringComparison.Ordinal), error.Message);
    }
}

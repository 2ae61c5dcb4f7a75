using System.Buffers.Binary;
using Glide.Checkpoints;

namespace Glide.Tests.Checkpoints;

public sealed class PtArchiveTests : IDisposable
{
    private static readonly byte[] s_weights = [.. Enumerable.Range(0, 24).Select(i => (byte)i)];
    private static readonly byte[] s_pickle = PickleBuilder.StateDict(("w", "Float", [2, 3], 6));

    private readonly TempFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Theory, InlineData(false), InlineData(true)]
    public void An_archive_is_read_whatever_its_name_says(bool zip64)
    {
        var zip = new ZipBuilder { Zip64 = zip64 }.Add("x/data.pkl", s_pickle).Add("x/data/0", s_weights)
            .Add("x/byteorder", "little"u8.ToArray());
        using var checkpoint = Checkpoint.Open(_folder.Write("base.safetensors", zip.ToArray()));
        var entry = Assert.Single(checkpoint.Tensors.Values);
        Assert.Equal(CheckpointFormat.TorchZip, checkpoint.Format);
        Assert.Equal("w", entry.Name);
        Assert.Equal([2, 3], entry.Shape);
        var bytes = new byte[24];
        checkpoint.Read(entry, bytes);
        Assert.Equal(s_weights, bytes);
    }

    [Theory, InlineData(4), InlineData(5)]
    public void Newer_pickle_protocols_are_read(int protocol)
    {
        // As pickle.dumps(..., protocol=4) writes: frames, short strings, memoized globals from the stack.
        var inner = new PickleBuilder(protocol).Raw("}"u8).Raw(0x94).Raw("("u8).Raw(Short("w"))
            .Raw(Short("torch._utils")).Raw(Short("_rebuild_tensor_v2")).Raw(0x93, 0x94)
            .Raw("(("u8).Raw(Short("storage")).Raw(Short("torch")).Raw(Short("FloatStorage")).Raw(0x93, 0x94)
            .Raw(Short("0")).Raw(Short("cpu")).Raw((byte)'K', 6, (byte)'t', 0x94, (byte)'Q', (byte)'K', 0)
            .Raw((byte)'K', 2, (byte)'K', 3, 0x86, 0x94).Raw((byte)'K', 3, (byte)'K', 1, 0x86, 0x94).Raw(0x89)
            .Raw(Short("collections")).Raw(Short("OrderedDict")).Raw(0x93, 0x94).Raw((byte)')', (byte)'R', 0x94)
            .Raw((byte)'t', 0x94, (byte)'R', 0x94).Raw("u."u8);
        var framed = inner.ToArray()[2..];
        var length = new byte[8];
        BinaryPrimitives.WriteInt64LittleEndian(length, framed.Length);
        var pickle = new PickleBuilder(protocol).Raw(0x95).Raw(length).Raw(framed).ToArray();
        using var checkpoint = Checkpoint.Open(_folder.Write("a.pt", ZipBuilder.Torch(pickle, s_weights).ToArray()));
        Assert.Equal([2, 3], checkpoint.Tensors["w"].Shape);

        static byte[] Short(string text) => [0x8C, (byte)text.Length, .. System.Text.Encoding.UTF8.GetBytes(text),
            0x94];
    }

    [Fact]
    public void The_metadata_that_state_dict_hangs_on_its_dict_is_ignored()
    {
        var pickle = new PickleBuilder().Global("collections", "OrderedDict").Raw(")R("u8)
            .Text("w").Tensor("Float", "0", 6, 0, [6], [1]).Raw("u}"u8)
            .Text("_metadata").Global("collections", "OrderedDict").Raw(")Rsb."u8).ToArray();
        using var checkpoint = Checkpoint.Open(_folder.Write("a.pt", ZipBuilder.Torch(pickle, s_weights).ToArray()));
        Assert.Equal(["w"], checkpoint.Tensors.Keys);
    }

    [Fact]
    public void Strided_views_of_one_storage_come_out_row_major()
    {
        var pickle = new PickleBuilder().Raw("}("u8)
            .Text("transposed").Tensor("Float", "0", 6, 0, [3, 2], [1, 3])
            .Text("every_second").Tensor("Float", "0", 6, 1, [3], [2])
            .Text("plain").Tensor("Float", "0", 6, 0, [2, 3], [3, 1])
            .Text("tail").Tensor("Float", "0", 6, 4, [1, 2], [77, 1])
            .Text("expanded").Tensor("Float", "0", 6, 2, [2, 4], [1, 0]).Raw("u."u8).ToArray();
        float[] numbers = [0, 1, 2, 3, 4, 5];
        var storage = System.Runtime.InteropServices.MemoryMarshal.AsBytes(numbers.AsSpan()).ToArray();
        using var checkpoint = Checkpoint.Open(_folder.Write("a.pt", ZipBuilder.Torch(pickle, storage).ToArray()));
        Assert.Equal([0, 3, 1, 4, 2, 5], checkpoint.Read<float>(checkpoint.Tensors["transposed"]));
        Assert.Equal([1, 3, 5], checkpoint.Read<float>(checkpoint.Tensors["every_second"]));
        Assert.Equal(numbers, checkpoint.Read<float>(checkpoint.Tensors["plain"]));
        Assert.Equal([4, 5], checkpoint.Read<float>(checkpoint.Tensors["tail"]));
        Assert.Equal([2, 2, 2, 2, 3, 3, 3, 3], checkpoint.Read<float>(checkpoint.Tensors["expanded"]));
        var middle = new List<float>();
        checkpoint.Visit(checkpoint.Tensors["transposed"], 2, 3, (first, run) =>
        {
            Assert.Equal(2, first);
            middle.AddRange(System.Runtime.InteropServices.MemoryMarshal.Cast<byte, float>(run).ToArray());
        });
        Assert.Equal([1, 4, 2], middle);
    }

    [Fact]
    public void Weights_that_are_not_finite_load()
    {
        float[] numbers = [float.NaN, float.PositiveInfinity, float.NegativeInfinity, 0, 1, -1];
        var storage = System.Runtime.InteropServices.MemoryMarshal.AsBytes(numbers.AsSpan()).ToArray();
        using var checkpoint = Checkpoint.Open(_folder.Write("a.pt", ZipBuilder.Torch(s_pickle, storage).ToArray()));
        Assert.Equal(numbers, checkpoint.Read<float>(checkpoint.Tensors["w"]));
    }

    [Theory, InlineData(10), InlineData(50), InlineData(90), InlineData(99)]
    public void A_cut_archive_says_how_much_is_missing(int percent)
    {
        var pickle = PickleBuilder.StateDict(("w", "Float", [100, 100], 10_000));
        var whole = ZipBuilder.Torch(pickle, new byte[40_000]).ToArray();
        string path = _folder.Write("a.pt", whole.AsSpan(0, whole.Length * percent / 100));
        var error = Assert.Throws<CheckpointException>(() => Checkpoint.Open(path));
        Assert.Contains("it is incomplete", error.Message, StringComparison.Ordinal);
        Assert.Contains("Download or copy it again", error.Message, StringComparison.Ordinal);
        if (percent < 99)
            Assert.Contains("expected more than 40,", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_flipped_bit_in_a_tensor_is_found_when_it_is_read()
    {
        var zip = ZipBuilder.Torch(s_pickle, s_weights).ToArray();
        zip[zip.AsSpan().IndexOf(s_weights) + 5] ^= 4;
        using var checkpoint = Checkpoint.Open(_folder.Write("a.pt", zip));
        var error = Assert.Throws<CheckpointException>(() => checkpoint.Read<float>(checkpoint.Tensors["w"]));
        Assert.Contains("'archive/data/0' is damaged: its CRC-32 is", error.Message, StringComparison.Ordinal);
    }

    public static TheoryData<string, long, long[], long[], long, string> BadTensors => new()
    {
        { "offset and size past the end", 3, [4], [1], 6, "tensor 'w' [4] reaches element 6 of a storage of 6" },
        { "offset past the end", 7, [0], [1], 6, "tensor 'w' [0] reaches element 7 of a storage of 6" },
        { "negative offset", -1, [4], [1], 6, "tensor 'w' has a negative size, stride or offset" },
        { "negative stride", 5, [6], [-1], 6, "tensor 'w' has a negative size, stride or offset" },
        { "negative size", 0, [-2, -3], [3, 1], 6, "tensor 'w' has a negative size, stride or offset" },
        { "bytes overflow", 0, [1L << 61], [0], 6, "tensor 'w' [2305843009213693952] is larger than any file" },
        { "shape product overflows", 0, [1L << 40, 1L << 40], [0, 0], 6,
            "tensor 'w' [1099511627776, 1099511627776] is larger than any file" },
        { "stride overflows", 0, [3, 2], [long.MaxValue, 1], 6, "tensor 'w' [3, 2] is larger than any file" },
        { "expanded beyond its storage", 0, [1_000_000, 1_000_000], [0, 0], 6,
            "from 'w' on they are more than 16 times the file" },
        { "strides and sizes differ in number", 0, [2, 3], [1], 6, "tensor 'w' has 2 sizes and 1 strides" },
        { "more elements than the record", 0, [7], [1], 7,
            "the storage of tensor 'w' should have 28 bytes (7 × fp32), found 24" },
        { "fewer elements than the record", 0, [5], [1], 5,
            "the storage of tensor 'w' should have 20 bytes (5 × fp32), found 24" },
        { "element count overflows", 0, [5], [1], long.MaxValue, "tensor 'w' [5] is larger than any file" },
        { "negative element count", 0, [5], [1], -6, "storage '0' has -6 elements" },
    };

    [Theory, MemberData(nameof(BadTensors))]
    public void A_tensor_that_does_not_fit_its_storage_is_named(
        string fault, long offset, long[] shape, long[] strides, long count, string reason)
    {
        Assert.NotEmpty(fault);
        var pickle = new PickleBuilder().Raw("}("u8).Text("w").Tensor("Float", "0", count, offset, shape, strides)
            .Raw("u."u8).ToArray();
        Refuses(ZipBuilder.Torch(pickle, s_weights).ToArray(), reason);
    }

    [Fact]
    public void An_element_type_that_differs_from_the_record_is_refused() =>
        Refuses(ZipBuilder.Torch(PickleBuilder.StateDict(("w", "Half", [2, 3], 6)), s_weights).ToArray(),
            "the storage of tensor 'w' should have 12 bytes (6 × fp16), found 24");

    [Fact]
    public void A_storage_described_in_two_ways_is_refused()
    {
        var pickle = new PickleBuilder().Raw("}("u8).Text("a").Tensor("Float", "0", 6, 0, [6], [1])
            .Text("b").Tensor("Int", "0", 6, 0, [6], [1]).Raw("u."u8).ToArray();
        Refuses(ZipBuilder.Torch(pickle, s_weights).ToArray(), "storage '0' is described in two ways");
    }

    [Fact]
    public void Two_tensors_of_the_same_name_are_refused()
    {
        var pickle = new PickleBuilder().Raw("}("u8).Text("a").Tensor("Float", "0", 6, 0, [6], [1])
            .Text("a").Tensor("Float", "0", 6, 0, [6], [1]).Raw("u."u8).ToArray();
        Refuses(ZipBuilder.Torch(pickle, s_weights).ToArray(), "two tensors named 'a'");
    }

    [Fact]
    public void A_small_file_that_wants_to_be_a_large_one_is_refused()
    {
        var pickle = new PickleBuilder().Raw("}("u8);
        for (int i = 0; i < 400; i++)
            pickle.Text($"w{i}").Raw(i == 0 ? [] : "h\x07"u8).Raw(i == 0 ? Shared() : []);
        byte[] bytes = pickle.Raw("u."u8).ToArray();
        Refuses(ZipBuilder.Torch(bytes, new byte[40_000]).ToArray(), "share the same bytes over and over");

        static byte[] Shared() => [.. new PickleBuilder().Tensor("Float", "0", 10_000, 0, [10_000], [1]).ToArray()[2..],
            (byte)'q', 7];
    }

    public static TheoryData<string, string> Zips => new()
    {
        { "two entries of one name", "two entries named 'archive/data/0'" },
        { "compressed", "is compressed (method 8)" },
        { "encrypted", "is encrypted" },
        { "climbing name", "names stay inside the archive" },
        { "absolute name", "names stay inside the archive" },
        { "count lie", "entries in" },
        { "start lie", "data was added or removed" },
        { "zip64 count lie", "entries in" },
        { "zip64 without record", "promises a zip64 record that is not there" },
        { "data in front", "data was added or removed" },
        { "data in front, offsets mended", "16 bytes stand in front of its first zip entry" },
        { "too many entries", "has 100,001 entries; at most 100,000" },
        { "overlap", "overlaps another one" },
        { "other name in the local header", "disagree about it" },
        { "entry into the directory", "run into the directory" },
        { "entry offset past the end", "which is not in front of the directory" },
        { "zip64 size in the extra field", "run into the directory" },
        { "data behind the pickle", "has 3 bytes behind its pickle" },
        { "pickle damaged", "'archive/data.pkl' is damaged" },
        { "two pickles", "two data.pkl" },
        { "no pickle", "torch.save did not write it: it has no data.pkl" },
        { "numpy", "it is a NumPy .npz file" },
        { "packed checkpoint", "Unpack it and give 'weights/base.pt'" },
        { "empty archive", "it has no data.pkl (it is empty)" },
        { "torchscript", "this is a TorchScript program" },
        { "torchscript code", "this is a TorchScript program" },
        { "torchscript code, compressed", "this is a TorchScript program" },
        { "middle endian", "its byte order is 'middle'" },
        { "trailing data", "it is incomplete" },
    };

    [Theory, MemberData(nameof(Zips))]
    public void An_archive_that_breaks_a_rule_is_refused(string fault, string reason)
    {
        var pickle = new ZipBuilder.Entry("archive/data.pkl", s_pickle);
        var data = new ZipBuilder.Entry("archive/data/0", s_weights);
        var inside = new ZipBuilder.Entry("archive/data/1", s_weights);
        var whole = new ZipBuilder().Add(pickle).Add(data);
        Refuses(fault switch
        {
            "two entries of one name" => whole.Add(data).ToArray(),
            "compressed" => new ZipBuilder().Add(pickle).Add(data with { Method = 8 }).ToArray(),
            "encrypted" => new ZipBuilder().Add(pickle).Add(data with { Flags = 1 }).ToArray(),
            "climbing name" => whole.Add("archive/../../etc/cron", []).ToArray(),
            "absolute name" => whole.Add("/etc/cron", []).ToArray(),
            "count lie" => new ZipBuilder { End = e => (e.Count + 60_000, e.Length, e.Start) }.Add(pickle).Add(data)
                .ToArray(),
            "start lie" => new ZipBuilder { End = e => (e.Count, e.Length, e.Start - 1) }.Add(pickle).Add(data)
                .ToArray(),
            "zip64 count lie" => new ZipBuilder { Zip64 = true, End = e => (99_999, e.Length, e.Start) }.Add(pickle)
                .Add(data).ToArray(),
            "zip64 without record" => new ZipBuilder { End = e => (ushort.MaxValue, e.Length, e.Start) }.Add(pickle)
                .Add(data).ToArray(),
            "data in front" => [.. "PK\x03\x04"u8, .. new byte[12], .. whole.ToArray()],
            "data in front, offsets mended" => Shifted(),
            "too many entries" => new ZipBuilder { Zip64 = true, End = e => (100_001, e.Length, e.Start) }.Add(pickle)
                .Add(data).ToArray(),
            "overlap" => new ZipBuilder().Add(pickle).Add(data with { Data = ZipBuilder.LocalPart(inside) })
                .Add(inside with { CentralOffset = LocalOffset() + 30 + (uint)data.Name.Length }).ToArray(),
            "other name in the local header" => new ZipBuilder().Add(pickle)
                .Add(data with { LocalName = "archive/data/7" }).ToArray(),
            "entry into the directory" => new ZipBuilder().Add(pickle).Add(data with { CentralLength = 25 }).ToArray(),
            "entry offset past the end" => new ZipBuilder().Add(pickle).Add(data with { CentralOffset = 1 << 30 })
                .ToArray(),
            "zip64 size in the extra field" => new ZipBuilder().Add(pickle).Add(data with
            {
                CentralLength = uint.MaxValue,
                CentralExtra = [1, 0, 16, 0, .. Number(1L << 62), .. Number(1L << 62)],
            }).ToArray(),
            "data behind the pickle" => ZipBuilder.Torch([.. s_pickle, 1, 2, 3], s_weights).ToArray(),
            "pickle damaged" => new ZipBuilder().Add(pickle with { Crc = 7 }).Add(data).ToArray(),
            "two pickles" => whole.Add("other/data.pkl", s_pickle).ToArray(),
            "no pickle" => new ZipBuilder().Add("readme.txt", [65]).ToArray(),
            "numpy" => new ZipBuilder().Add("arr_0.npy", [65]).ToArray(),
            "packed checkpoint" => new ZipBuilder().Add("weights/base.pt", [65]).ToArray(),
            "empty archive" => new ZipBuilder().ToArray(),
            "torchscript" => whole.Add("archive/constants.pkl", []).ToArray(),
            "torchscript code" => whole.Add("archive/code/__torch__.py", []).ToArray(),
            "torchscript code, compressed" => whole.Add(inside with { Name = "archive/code/__torch__.py", Method = 8 })
                .ToArray(),
            "middle endian" => whole.Add("archive/byteorder", "middle"u8.ToArray()).ToArray(),
            "trailing data" => [.. whole.ToArray(), 0],
            _ => throw new ArgumentOutOfRangeException(nameof(fault)),
        }, reason);

        uint LocalOffset() => (uint)(30 + pickle.Name.Length + pickle.Data.Length);

        byte[] Shifted()
        {
            var zip = new ZipBuilder { End = e => (e.Count, e.Length, e.Start + 16) }
                .Add(pickle with { CentralOffset = 16 }).Add(data with { CentralOffset = LocalOffset() + 16 })
                    .ToArray();
            return [.. "PK\x03\x04"u8, .. new byte[12], .. zip];
        }

        static byte[] Number(long value)
        {
            var bytes = new byte[8];
            BinaryPrimitives.WriteInt64LittleEndian(bytes, value);
            return bytes;
        }
    }

    private void Refuses(byte[] bytes, string reason)
    {
        string path = _folder.Write("a.pt", bytes);
        var error = Assert.Throws<CheckpointException>(() => Checkpoint.Open(path).Dispose());
        Assert.True(error.Message.Contains(reason, StringComparison.Ordinal), error.Message);
        Assert.Contains(path, error.Message, StringComparison.Ordinal);
    }
}

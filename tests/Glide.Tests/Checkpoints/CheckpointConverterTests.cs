using System.Buffers.Binary;
using System.Runtime.InteropServices;
using System.Text;
using System.Text.Json;
using Glide.Checkpoints;
using Glide.Tests.Support;

namespace Glide.Tests.Checkpoints;

public sealed class CheckpointConverterTests : IDisposable
{
    private readonly TempFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    public static TheoryData<string> Golden =>
        new() { "ordered_zip.pt", "nested_zip.pt", "ordered_legacy.pt", "expected.safetensors" };

    [Theory, MemberData(nameof(Golden))]
    public void Golden_files_hold_the_same_numbers_as_safetensors(string name)
    {
        string input = GoldenFiles.PathOf("checkpoints/" + name), output = Out("a.safetensors");
        CheckpointConverter.ConvertAs(input, output);
        using var before = Checkpoint.Open(input);
        using var after = Checkpoint.Open(output);
        Assert.Equal(before.Tensors.Keys.Order(), after.Tensors.Keys.Order());
        Assert.Equal(before.Metadata.OrderBy(m => m.Key), after.Metadata.OrderBy(m => m.Key));
        foreach (var entry in before.Tensors.Values)
        {
            var converted = after.Tensors[entry.Name];
            Assert.Equal(entry.Type, converted.Type);
            Assert.Equal(entry.Shape, converted.Shape);
            Assert.Equal(CheckpointGoldenTests.Numbers(before, entry), CheckpointGoldenTests.Numbers(after, converted));
        }
        Assert.Equal(["a.safetensors"], Directory.GetFiles(_folder.Path).Select(Path.GetFileName));
    }

    [Fact]
    public void Converting_there_and_back_gives_the_same_file()
    {
        string mini = GoldenFiles.MiniWeights("upsample");
        CheckpointConverter.ConvertAs(mini, Out("16"), ElementType.Float16);
        CheckpointConverter.ConvertAs(mini, Out("32"), ElementType.Float32);
        CheckpointConverter.ConvertAs(Out("32"), Out("back"), ElementType.Float16);
        Assert.Equal(File.ReadAllBytes(Out("16")), File.ReadAllBytes(Out("back")));
        using var single = Checkpoint.Open(Out("32"));
        Assert.All(single.Tensors.Values, t => Assert.Equal(ElementType.Float32, t.Type));
    }

    [Fact]
    public void Only_floating_point_tensors_change_their_type()
    {
        CheckpointConverter.ConvertAs(GoldenFiles.PathOf("checkpoints/ordered_zip.pt"), Out("a"), ElementType.BFloat16);
        using var checkpoint = Checkpoint.Open(Out("a"));
        Assert.Equal(ElementType.BFloat16, checkpoint.Tensors["double"].Type);
        Assert.Equal(ElementType.BFloat16, checkpoint.Tensors["transposed"].Type);
        Assert.Equal(ElementType.Int64, checkpoint.Tensors["ids"].Type);
        Assert.Equal(ElementType.Bool, checkpoint.Tensors["flag"].Type);
    }

    [Fact]
    public void A_number_too_large_for_fp16_is_named_and_nothing_is_left()
    {
        Write("in", ("w", ElementType.Float32, [70], Singles([.. Enumerable.Repeat(1f, 68), 65519, -70000])));
        var error = Assert.Throws<CheckpointException>(() =>
            CheckpointConverter.ConvertAs(Out("in"), Out("out"), ElementType.Float16));
        Assert.Contains("tensor 'w'", error.Message, StringComparison.Ordinal);
        Assert.Contains("has -70000 at element 69, beyond fp16's 65504; use bf16 or fp32", error.Message,
            StringComparison.Ordinal);
        Assert.Equal(["in"], Directory.GetFiles(_folder.Path).Select(Path.GetFileName));
    }

    [Fact]
    public void Infinite_weights_may_become_infinite_halves()
    {
        Write("in", ("w", ElementType.Float32, [3], Singles([float.PositiveInfinity, float.NaN, 65519])));
        CheckpointConverter.ConvertAs(Out("in"), Out("out"), ElementType.Float16);
        using var checkpoint = Checkpoint.Open(Out("out"));
        Assert.Equal([Half.PositiveInfinity, Half.NaN, (Half)65504], checkpoint.Read<Half>(checkpoint.Tensors["w"]));
    }

    [Fact]
    public void A_file_can_be_converted_onto_itself()
    {
        Write("a", ("w", ElementType.Float32, [2], Singles([1, 2])));
        CheckpointConverter.ConvertAs(Out("a"), Out("a"), ElementType.Float16);
        using var checkpoint = Checkpoint.Open(Out("a"));
        Assert.Equal([(Half)1, (Half)2], checkpoint.Read<Half>(checkpoint.Tensors["w"]));
    }

    [Fact]
    public void The_writer_sorts_and_aligns_as_the_format_recommends()
    {
        Action<Stream> Bytes(int count) => stream => stream.Write(new byte[count]);
        SafetensorsWriter.Write(Out("a"),
        [
            ("flag", ElementType.Bool, [3], Bytes(3)), ("b", ElementType.Float16, [1], Bytes(2)),
                ("z", ElementType.Float32, [1, 2], Bytes(8)),
            ("a", ElementType.Float32, [], Bytes(4)), ("ids", ElementType.Int64, [1], Bytes(8)),
                ("none", ElementType.Float64, [0], Bytes(0)),
        ], new Dictionary<string, string> { ["note"] = "größer \"\n" });
        var bytes = File.ReadAllBytes(Out("a"));
        int length = (int)BinaryPrimitives.ReadInt64LittleEndian(bytes);
        Assert.Equal((byte)'{', bytes[8]);
        using var header = JsonDocument.Parse(Encoding.UTF8.GetString(bytes, 8, length));
        Assert.Equal(["__metadata__", "ids", "none", "a", "z", "b", "flag"], header.RootElement.EnumerateObject()
            .Select(p => p.Name));
        using var checkpoint = Checkpoint.Open(Out("a"));
        Assert.Equal("größer \"\n", checkpoint.Metadata["note"]);
    }

    [Fact]
    public void The_header_is_padded_to_eight_bytes_whatever_its_length()
    {
        for (int length = 0; length < 8; length++)
        {
            SafetensorsWriter.Write(Out("a"), [], new Dictionary<string, string> { ["note"] = new('x', length) });
            Assert.Equal(0, File.ReadAllBytes(Out("a")).Length % 8);
            using var checkpoint = Checkpoint.Open(Out("a"));
            Assert.Equal(length, checkpoint.Metadata["note"].Length);
        }
    }

    [Fact]
    public void The_writer_leaves_nothing_behind_when_it_fails()
    {
        File.WriteAllText(Out("a"), "old");
        (string, ElementType, long[], Action<Stream>) honest = ("a", ElementType.UInt8, [1], s => s.WriteByte(1));
        (string, ElementType, long[], Action<Stream>) lying = ("b", ElementType.UInt8, [2], s => s.WriteByte(1));
        Assert.Throws<InvalidOperationException>(() => SafetensorsWriter.Write(Out("a"), [honest, lying], null));
        Assert.Throws<ArgumentException>(() => SafetensorsWriter.Write(Out("a"), [honest, honest], null));
        Assert.Throws<ArgumentException>(() => SafetensorsWriter.Write(Out("a"),
            [("__metadata__", ElementType.UInt8, [0], _ => { })], null));
        Assert.Throws<ResourceException>(() => SafetensorsWriter.Write(Out("missing/a"), [honest], null));
        var huge = Assert.Throws<ResourceException>(() =>
            SafetensorsWriter.Write(Out("a"), [("h", ElementType.UInt8, [1L << 60], _ => { })], null));
        Assert.Contains("there is no room for", huge.Message, StringComparison.Ordinal);
        Assert.Equal("old", File.ReadAllText(Out("a")));
        Assert.Equal(["a"], Directory.GetFiles(_folder.Path).Select(Path.GetFileName));
    }

    [Fact]
    public void Converting_into_a_folder_is_a_usage_error() =>
        Assert.Throws<UsageException>(() => CheckpointConverter.ConvertAs(
            GoldenFiles.PathOf("checkpoints/ordered_zip.pt"), _folder.Path));

    [Fact]
    public void Stopping_leaves_nothing_behind()
    {
        using var stop = new CancellationTokenSource();
        stop.Cancel();
        Assert.Throws<OperationCanceledException>(() =>
            CheckpointConverter.ConvertAs(GoldenFiles.PathOf("checkpoints/ordered_zip.pt"), Out("a"),
                cancellation: stop.Token));
        Assert.Empty(Directory.GetFiles(_folder.Path));
    }

    private static byte[] Singles(float[] numbers) => MemoryMarshal.AsBytes(numbers.AsSpan()).ToArray();

    private string Out(string name) => Path.Combine(_folder.Path, name);

    private void Write(string name, params (string Name, ElementType Type, long[] Shape, byte[] Bytes)[] tensors) =>
        SafetensorsWriter.Write(Out(name), tensors.Select(t =>
            (t.Name, t.Type, t.Shape, (Action<Stream>)(s => s.Write(t.Bytes)))), null);
}

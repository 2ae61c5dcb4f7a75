using Glide.Checkpoints;
using Glide.Tests.Support;

namespace Glide.Tests.Checkpoints;

public sealed class CheckpointGoldenTests
{
    public static TheoryData<string> Loadable =>
        new() { "ordered_zip.pt", "dict_zip.pt", "nested_zip.pt", "newer_layout.pt", "ordered_legacy.pt" };

    public static TheoryData<string, string> Refused => new()
    {
        { "hostile_os_system.pt", "wants to call os.system (written posix.system); nothing was run" },
        { "hostile_eval.pt", "wants to call eval (written __builtin__.eval); nothing was run" },
        { "hostile_popen.pt", "wants to call subprocess.Popen (written commands.Popen); nothing was run" },
        { "truncated_zip.pt", "it is incomplete" },
        { "truncated_legacy.pt", "it is incomplete" },
        { "missing_storage.pt", "the storage '1' of tensor 'conv.bias' is missing" },
        { "short_storage.pt", "the storage of tensor 'conv.weight' should have 864 bytes (216 × fp32), found 860" },
        { "not_a_checkpoint.pt", "this is a web page (HTML), not weights" },
        { "zero_bytes.pt", "it is empty (0 bytes)" },
        { "big_endian.pt", "it says that its numbers are big-endian" },
    };

    [Theory, MemberData(nameof(Loadable))]
    public void Golden_files_of_torch_save_hold_what_is_expected(string name)
    {
        using var checkpoint = Checkpoint.Open(GoldenFiles.PathOf("checkpoints/" + name));
        using var expected = Checkpoint.Open(GoldenFiles.PathOf("checkpoints/expected.safetensors"));

        Assert.Equal(name == "ordered_legacy.pt" ? CheckpointFormat.TorchLegacy : CheckpointFormat.TorchZip,
            checkpoint.Format);
        Assert.Equal(expected.Tensors.Keys, checkpoint.Tensors.Keys);
        foreach (var entry in checkpoint.Tensors.Values)
        {
            var wanted = expected.Tensors[entry.Name];
            // The expected file stores the scalar as one element, brain as float32 and small as int64 (its note says
            // so).
            Assert.Equal(wanted.Shape, entry.Name == "scalar" ? [1] : entry.Shape);
            Assert.Equal(Numbers(expected, wanted), Numbers(checkpoint, entry));
        }
        Assert.Equal(ElementType.BFloat16, checkpoint.Tensors["brain"].Type);
        Assert.Equal(ElementType.Int32, checkpoint.Tensors["small"].Type);
        Assert.Equal([0, 4], checkpoint.Tensors["empty"].Shape);
    }

    [Theory, MemberData(nameof(Refused))]
    public void Golden_files_that_must_be_refused_are_named_for_what_they_are(string name, string reason)
    {
        string path = GoldenFiles.PathOf("checkpoints/" + name);
        var error = Assert.Throws<CheckpointException>(() => Checkpoint.Open(path));
        Assert.Contains(reason, error.Message, StringComparison.Ordinal);
        Assert.Contains(name, error.Message, StringComparison.Ordinal);
        Assert.False(File.Exists("hostile_was_here"));
    }

    [Fact]
    public void Golden_nested_file_tells_its_notes()
    {
        using var checkpoint = Checkpoint.Open(GoldenFiles.PathOf("checkpoints/nested_zip.pt"));
        Assert.Equal("12", checkpoint.Metadata["step"]);
        Assert.Equal("nested", checkpoint.Metadata["note"]);
        Assert.Equal("0.0001", checkpoint.Metadata["lr"]);
    }

    internal static double[] Numbers(Checkpoint checkpoint, TensorEntry entry) => entry.Type switch
    {
        ElementType.Float32 => [.. checkpoint.Read<float>(entry).Select(x => (double)x)],
        ElementType.Float64 => checkpoint.Read<double>(entry),
        ElementType.Float16 or ElementType.BFloat16 => [.. checkpoint.ReadSingles(entry).Select(x => (double)x)],
        ElementType.Int64 => [.. checkpoint.Read<long>(entry).Select(x => (double)x)],
        ElementType.Int32 => [.. checkpoint.Read<int>(entry).Select(x => (double)x)],
        _ => [.. checkpoint.Read<byte>(entry).Select(x => (double)x)],
    };
}

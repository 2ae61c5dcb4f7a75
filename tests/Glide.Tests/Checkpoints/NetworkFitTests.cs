using Glide.Checkpoints;
using Glide.ModelSets;
using Glide.Tests.Support;

namespace Glide.Tests.Checkpoints;

public sealed class NetworkFitTests : IDisposable
{
    private readonly TempFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void The_right_file_fits()
    {
        using var checkpoint = Checkpoint.Open(GoldenFiles.MiniWeights("base"));
        NetworkFit.Check(checkpoint, "base", Needed("base_mini"));
    }

    [Fact]
    public void Another_networks_file_says_which_one_it_is()
    {
        using var checkpoint = Checkpoint.Open(GoldenFiles.MiniWeights("upsample-inpaint"));
        var error = Assert.Throws<CheckpointException>(() => NetworkFit.Check(checkpoint, "base", Needed("base_mini")));
        Assert.Contains("does not fit the network 'base': ", error.Message, StringComparison.Ordinal);
        Assert.Contains("This looks like upsample-inpaint (mini); give a file of base", error.Message,
            StringComparison.Ordinal);
        // Five differences are shown, and their number is told.
        Assert.Contains("'positional_embedding' is [24, 32], needed is [24, 96]", error.Message,
            StringComparison.Ordinal);
        Assert.Equal(5, error.Message.Split("; '").Length);
        Assert.Matches(@"\d+ differences \(\d+ of 261 tensors missing, \d+ of another shape or type, \d+ not known\)",
            error.Message);
    }

    [Fact]
    public void The_networks_own_file_with_a_tensor_less_is_no_other_network()
    {
        using var checkpoint = Checkpoint.Open(GoldenFiles.MiniWeights("base"));
        var error = Assert.Throws<CheckpointException>(() =>
            NetworkFit.Check(checkpoint, "base", [.. Needed("base_mini"), new("gone", [7], ElementType.Float32)]));
        Assert.EndsWith(
            "'gone' [7] is missing. This looks like base (mini) that was changed or cut down; give the file as it was "
                + "published.", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Missing_unknown_misshaped_and_mistyped_tensors_are_told_at_once()
    {
        SafetensorsWriter.Write(Path.Combine(_folder.Path, "a"),
        [
            ("shape", ElementType.Float32, [2, 3], s => s.Write(new byte[24])),
                ("type", ElementType.Int32, [1], s => s.Write(new byte[4])),
            ("extra", ElementType.Float16, [2], s => s.Write(new byte[4])),
                ("fine", ElementType.Float16, [2], s => s.Write(new byte[4])),
        ], null);
        using var checkpoint = Checkpoint.Open(Path.Combine(_folder.Path, "a"));
        var error = Assert.Throws<CheckpointException>(() => NetworkFit.Check(checkpoint, "base",
        [
            new("shape", [3, 2], ElementType.Float32), new("type", [1], ElementType.Float32),
            new("fine", [2], ElementType.Float32), new("gone", [7], ElementType.Float32),
        ]));
        Assert.Contains(
            "4 differences (1 of 4 tensors missing, 2 of another shape or type, 1 not known): 'shape' is [2, 3], "
                + "needed is [3, 2]; " +
            "'type' is int32, needed is fp32; 'gone' [7] is missing; 'extra' [2] is not known to the network. Give a "
                + "file of base.",
            error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void The_summary_of_a_file_is_right()
    {
        // Bytes and hash of the set's own description, parameters of its card.
        string path = GoldenFiles.MiniWeights("base");
        var described = ModelSet.Read(Path.GetDirectoryName(path)!).Networks["base"].Weights;
        var info = CheckpointInfo.Read(path);
        Assert.Equal(("base (mini)", 261, 9_185_510L), (info.Identity, info.Tensors.Count, info.ParameterCount));
        Assert.Equal((true, described.Bytes, described.Sha256), (info.IsCompressed, info.FileLength, info.Sha256));
        Assert.Equal([new KeyValuePair<ElementType, int>(ElementType.Float16, 261)], info.Types);
    }

    private static List<NeededTensor> Needed(string file) =>
        [.. CheckpointIdentityTests.Shapes(file).Select(s => new NeededTensor(s.Key, s.Value, ElementType.Float32))];
}

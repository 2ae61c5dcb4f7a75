using System.Text.Json;
using Glide.Checkpoints;
using Glide.Tests.Support;

namespace Glide.Tests.Checkpoints;

public sealed class CheckpointIdentityTests
{
    public static TheoryData<string, string> Published => new()
    {
        { "base_full", "base" }, { "base_mini", "base (mini)" },
        { "base-inpaint_full", "base-inpaint" }, { "base-inpaint_mini", "base-inpaint (mini)" },
        { "upsample_full", "upsample" }, { "upsample_mini", "upsample (mini)" },
        { "upsample-inpaint_full", "upsample-inpaint" }, { "upsample-inpaint_mini", "upsample-inpaint (mini)" },
        { "clip-image_full", "clip/image-enc" }, { "clip-image_mini", "clip/image-enc (mini)" },
        { "clip-text_full", "clip/text-enc" }, { "clip-text_mini", "clip/text-enc (mini)" },
    };

    [Theory, MemberData(nameof(Published))]
    public void Every_published_network_is_recognized(string file, string expected)
    {
        var shapes = Shapes(file);
        Assert.Equal(expected, CheckpointIdentity.Describe(name => shapes.GetValueOrDefault(name)));
    }

    [Fact]
    public void Strangers_are_not_taken_for_ours()
    {
        Assert.Null(Describe(("w", [1])));
        Assert.Null(Describe(("input_blocks.0.0.weight", [192])));
        Assert.Equal("a diffusion U-Net without GLIDE's text transformer",
            Describe(("input_blocks.0.0.weight", [256, 3, 3, 3])));
        Assert.Equal("a GLIDE U-Net with 4 input channels",
            Describe(("input_blocks.0.0.weight", [192, 4, 3, 3]), ("token_embedding.weight", [1, 1])));
        Assert.Equal("base (of width 128, not published)",
            Describe(("input_blocks.0.0.weight", [128, 3, 3, 3]), ("padding_embedding", [1, 1])));
        Assert.StartsWith("Stable Diffusion", Describe(
            ("model.diffusion_model.input_blocks.0.0.weight", [320, 4, 3, 3])), StringComparison.Ordinal);
        Assert.StartsWith("OpenAI CLIP", Describe(("visual.conv1.weight", [768, 3, 32, 32])), StringComparison.Ordinal);
    }

    internal static Dictionary<string, long[]> Shapes(string file) =>
        JsonSerializer.Deserialize<Dictionary<string, long[]>>(File.ReadAllText(GoldenFiles.StateDict(file)))!;

    private static string? Describe(params (string Name, long[] Shape)[] shapes) =>
        CheckpointIdentity.Describe(name => shapes.FirstOrDefault(s => s.Name == name).Shape);
}

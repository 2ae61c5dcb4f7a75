using Glide.Models;
using Glide.Models.Ops;
using Glide.Models.UNet;
using Glide.Tests.Support;
using static TorchSharp.torch;

namespace Glide.Tests.Models;

/// <summary>
/// U-Nets on images that are no squares, and on images that repeat, against the original implementation.
/// </summary>
[Collection(TorchCollection.Name)]
public sealed class UNetSizeGoldenTests
{
    private const float ScaleOfX = 1.7f;

    [Theory]
    [InlineData("base", "none", 0)]
    [InlineData("base", "x", (int)Wrap.X)]
    [InlineData("base", "y", (int)Wrap.Y)]
    [InlineData("base", "xy", (int)(Wrap.X | Wrap.Y))]
    [InlineData("upsample", "none", 0)]
    [InlineData("upsample", "x", (int)Wrap.X)]
    [InlineData("upsample", "y", (int)Wrap.Y)]
    [InlineData("upsample", "xy", (int)(Wrap.X | Wrap.Y))]
    public void Networks_answer_as_the_original(string kind, string name, int wrap)
    {
        using var noGraph = no_grad();
        using var scope = NewDisposeScope();
        using var golden = GoldenTensors.Open("unet_sizes_mini.safetensors");
        var expected = golden[$"{kind}.{name}"];
        var config = Networks.UNet($"{kind}_mini");
        // Our own operations, where this processor has them, and libtorch's.
        foreach (var ops in (UNetOps[])[UNetOps.For(config, Precision.Float32, CPU), UNetOps.Plain])
        {
            using var model = new UNetModel(config, Precision.Float32, CPU, ops);
            SyntheticWeights.Fill(model);
            using var text = model.EncodeText(golden[$"{kind}.tokens"], golden[$"{kind}.mask"]);
            var input = Input(kind, expected.shape[2], expected.shape[3]) with { Wrap = (Wrap)wrap };
            Closeness.AssertGolden(expected,
                model.call(input, golden[$"{kind}.timesteps"].to(ScalarType.Float32), text));
        }
    }

    private static UNetInput Input(string kind, long height, long width) => new(
        SyntheticWeights.Unit($"sizes.{kind}.x", 1, 3, height, width) * ScaleOfX,
        kind == "upsample" ? SyntheticWeights.Unit("sizes.upsample.low_res", 1, 3, height / 4, width / 4) : null);
}

using Glide.Models;
using Glide.Models.Ops;
using Glide.Models.Text;
using Glide.Tests.Support;
using static TorchSharp.torch;

namespace Glide.Tests.Models;

[Collection(TorchCollection.Name)]
public sealed class TextTransformerGoldenTests
{
    public static TheoryData<string, string> Files => new()
    {
        { "base", "mini" }, { "upsample", "mini" }, { "base", "full" }, { "upsample", "full" },
    };

    [Theory, MemberData(nameof(Files))]
    public void Prompts_are_read_as_by_the_original(string kind, string size)
    {
        using var noGraph = no_grad();
        using var scope = NewDisposeScope();
        using var golden = GoldenTensors.Open($"unet_{kind}_{size}.safetensors");
        using var transformer = new TextTransformer(
            Networks.UNet($"{kind}_{size}"), Precision.Float32, CPU, UNetOps.Plain);
        SyntheticWeights.Fill(transformer);

        var (projection, output) = transformer.call(golden["tokens"], golden["mask"]);

        Closeness.AssertGolden(golden["xf_proj"], projection);
        Closeness.AssertGolden(golden["xf_out"], Strided(output, golden.Described<long[]>("xf_out_stride")));
    }

    private static Tensor Strided(Tensor output, long[] strides) =>
        output[[.. strides.Select(stride => TensorIndex.Slice(step: stride))]];
}

using Glide.Models;
using Glide.Models.Ops;
using Glide.Models.UNet;
using Glide.Tests.Support;
using static TorchSharp.torch;

namespace Glide.Tests.Models;

[Collection(TorchCollection.Name)]
public sealed class UNetGoldenTests
{
    private static readonly string[] s_kinds = ["base", "upsample", "base-inpaint", "upsample-inpaint"];

    public static TheoryData<string> Kinds => [.. s_kinds];

    public static TheoryData<string, string, string> SixteenBitKinds
    {
        get
        {
            var kinds = new TheoryData<string, string, string>();
            foreach (string kind in s_kinds)
            {
                foreach (string size in new[] { "mini", "full" })
                {
                    kinds.Add(kind, size, "fp16");
                    kinds.Add(kind, size, "bf16");
                }
            }
            return kinds;
        }
    }

    [Theory, MemberData(nameof(Kinds))]
    public void Mini_networks_answer_as_the_original(string kind) => AssertAnswers(kind, "mini", CPU);

    [Theory, MemberData(nameof(Kinds))]
    public void Published_networks_answer_as_the_original(string kind) => AssertAnswers(kind, "full", CPU);

    [Theory, InlineData("base"), InlineData("base-inpaint")]
    public void Small_networks_answer_nearly_as_the_original_in_bf16(string kind) =>
        AssertNearlyAnswers(kind, "mini", Precision.BFloat16, CPU);

    [Theory, MemberData(nameof(Kinds))]
    public void Networks_whose_weights_alone_have_16_bits_answer_nearly_as_the_original(string kind) =>
        AssertNearlyAnswers(kind, "mini", Precision.BFloat16Weights, CPU);

    [CpuBFloat16Theory]
    [InlineData("upsample", "mini"), InlineData("upsample-inpaint", "mini")]
    [InlineData("base", "full"), InlineData("upsample", "full")]
    public void Large_networks_answer_nearly_as_the_original_in_bf16(string kind, string size) =>
        AssertNearlyAnswers(kind, size, Precision.BFloat16, CPU);

    [CudaTheory, MemberData(nameof(SixteenBitKinds))]
    public void Networks_answer_nearly_as_the_original_on_a_GPU(string kind, string size, string dtype) =>
        AssertNearlyAnswers(kind, size, dtype == "fp16" ? Precision.Float16 : Precision.BFloat16, CUDA);

    // With TF32 on a GPU a product of float32 numbers would keep three decimal digits; Engine.Start switches it off
    // too.
    [CudaTheory, MemberData(nameof(Kinds))]
    public void Published_networks_answer_as_the_original_on_a_GPU(string kind)
    {
        backends.cuda.matmul.allow_tf32 = false;
        backends.cudnn.allow_tf32 = false;
        AssertAnswers(kind, "full", CUDA);
    }

    internal static void AssertAnswers(string kind, string size, Device device, UNetOps? ops = null)
    {
        using var noGraph = no_grad();
        using var scope = NewDisposeScope();
        using var golden = GoldenTensors.Open($"unet_{kind}_{size}.safetensors");
        using var model = new UNetModel(Networks.UNet($"{kind}_{size}"), Precision.Float32, device, ops);
        SyntheticWeights.Fill(model);

        using (var text = model.EncodeText(golden["tokens"], golden["mask"]))
            Closeness.AssertGolden(golden["xf_proj"], text.Projection.cpu());
        var (expected, output) = Answers(model, golden);
        Closeness.AssertGolden(expected, output);
    }

    internal static void AssertNearlyAnswers(
        string kind, string size, Precision precision, Device device, UNetOps? ops = null) =>
        Assert.InRange(Distance(kind, size, precision, device, ops), 0, Bounds.SixteenBitRelative);

    /// <summary>Length of the difference to the original's answer, in lengths of that answer.</summary>
    internal static double Distance(string kind, string size, Precision precision, Device device, UNetOps? ops = null)
    {
        using var noGraph = no_grad();
        using var scope = NewDisposeScope();
        using var golden = GoldenTensors.Open($"unet_{kind}_{size}.safetensors");
        using var model = new UNetModel(Networks.UNet($"{kind}_{size}"), precision, device, ops);
        SyntheticWeights.Fill(model);
        var (expected, output) = Answers(model, golden);
        return Closeness.Relative(expected, output);
    }

    // Of large images the golden file keeps every so many-th pixel.
    private static (Tensor Expected, Tensor Output) Answers(UNetModel model, GoldenTensors golden)
    {
        using var text = model.EncodeText(golden["tokens"], golden["mask"]);
        var expected = golden["output"];
        var timesteps = golden["timesteps"].to(ScalarType.Float32).to(model.Device);
        var output = model.call(Input(golden, model, expected.shape[0]), timesteps, text).cpu();
        Assert.Equal(ScalarType.Float32, output.dtype);
        return (expected, Strided(output, golden.Described<long>("output_stride")));
    }

    private static UNetInput Input(GoldenTensors golden, UNetModel model, long images)
    {
        var config = model.Config;
        long side = config.ImageSize;
        Tensor Of(string name, long channels, long size) =>
            golden.Input(name, images, channels, size, size).to(model.Device);
        return new UNetInput(
            Of("x", 3, side),
            config.Upsample ? Of("low_res", 3, side / 4) : null,
            config.Inpaint ? Of("inpaint_image", 3, side) : null,
            config.Inpaint ? Of("inpaint_mask", 1, side) : null);
    }

    private static Tensor Strided(Tensor x, long stride)
    {
        long[] shape = x.shape;
        return x.reshape(shape[0], shape[1], shape[2] / stride, stride, shape[3] / stride, stride).select(5, 0).select(
            3, 0);
    }
}

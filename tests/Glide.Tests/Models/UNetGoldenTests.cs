using Glide.Models;
using Glide.Models.UNet;
using Glide.Tests.Support;
using static TorchSharp.torch;

namespace Glide.Tests.Models;

[Collection(TorchCollection.Name)]
public sealed class UNetGoldenTests
{
    private const double XScale = 1.7;

    public static TheoryData<string> Kinds => new() { "base", "upsample", "base-inpaint", "upsample-inpaint" };

    public static TheoryData<string, string> SixteenBitKinds
    {
        get
        {
            var kinds = new TheoryData<string, string>();
            foreach (string kind in new[] { "base", "upsample", "base-inpaint", "upsample-inpaint" })
            {
                kinds.Add(kind, "fp16");
                kinds.Add(kind, "bf16");
            }
            return kinds;
        }
    }

    [Theory, MemberData(nameof(Kinds))]
    public void Mini_networks_answer_as_the_original(string kind) => AssertAnswers(kind, "mini");

    [Theory, MemberData(nameof(Kinds))]
    public void Published_networks_answer_as_the_original(string kind) => AssertAnswers(kind, "full");

    [Theory, InlineData("base"), InlineData("upsample")]
    public void Published_networks_answer_nearly_as_the_original_in_bf16(string kind) => AssertNearlyAnswers(kind, "full", Precision.BFloat16, CPU);

    [CudaTheory, MemberData(nameof(SixteenBitKinds))]
    public void Published_networks_answer_nearly_as_the_original_on_a_GPU(string kind, string dtype) =>
        AssertNearlyAnswers(kind, "full", dtype == "fp16" ? Precision.Float16 : Precision.BFloat16, CUDA);

    // With TF32 on a GPU a product of float32 numbers would keep three decimal digits; Engine.Start switches it off too.
    [CudaTheory, MemberData(nameof(Kinds))]
    public void Published_networks_answer_as_the_original_on_a_GPU(string kind)
    {
        backends.cuda.matmul.allow_tf32 = false;
        backends.cudnn.allow_tf32 = false;
        AssertAnswers(kind, "full", CUDA);
    }

    private static void AssertAnswers(string kind, string size) => AssertAnswers(kind, size, CPU);

    internal static void AssertAnswers(string kind, string size, Device device, Kernels? kernels = null)
    {
        using var noGraph = no_grad();
        using var scope = NewDisposeScope();
        using var golden = GoldenTensors.Open($"unet_{kind}_{size}.safetensors");
        using var model = new UNetModel(Networks.UNet($"{kind}_{size}"), Precision.Float32, device, kernels);
        FormulaWeights.Fill(model);

        using (var text = model.EncodeText(golden["tokens"], golden["mask"]))
            Closeness.AssertGolden(golden["xf_proj"], text.Projection.cpu());
        var (expected, output) = Answers(kind, model, golden);
        Closeness.AssertGolden(expected, output);
    }

    internal static void AssertNearlyAnswers(string kind, string size, Precision precision, Device device, Kernels? kernels = null)
    {
        using var noGraph = no_grad();
        using var scope = NewDisposeScope();
        using var golden = GoldenTensors.Open($"unet_{kind}_{size}.safetensors");
        using var model = new UNetModel(Networks.UNet($"{kind}_{size}"), precision, device, kernels);
        FormulaWeights.Fill(model);
        var (expected, output) = Answers(kind, model, golden);
        Assert.InRange(Closeness.Relative(expected, output), 0, UNetModelTests.BFloat16Tolerance);
    }

    // Of large pictures the golden file keeps every so many-th pixel.
    private static (Tensor Expected, Tensor Output) Answers(string kind, UNetModel model, GoldenTensors golden)
    {
        using var text = model.EncodeText(golden["tokens"], golden["mask"]);
        var expected = golden["output"];
        var input = Input(kind, model.Config, expected.shape[0], model.Device);
        var output = model.call(input, golden["timesteps"].to(ScalarType.Float32).to(model.Device), text).cpu();
        Assert.Equal(ScalarType.Float32, output.dtype);
        return (expected, Strided(output, output.shape[2] / expected.shape[2]));
    }

    // Inputs follow from their names like the weights.
    internal static UNetInput Input(string kind, UNetConfig config, long pictures, Device device)
    {
        long side = config.ImageSize;
        Tensor Unit(string name, long channels, long size) => FormulaWeights.Unit($"{kind}.{name}", pictures, channels, size, size).to(device);
        return new UNetInput(
            Unit("x", 3, side) * XScale,
            config.Upsample ? Unit("low_res", 3, side / 4) : null,
            config.Inpaint ? Unit("inpaint_image", 3, side) : null,
            config.Inpaint ? (Unit("inpaint_mask", 1, side) > 0).to(ScalarType.Float32) : null);
    }

    private static Tensor Strided(Tensor x, long stride)
    {
        long[] shape = x.shape;
        return x.reshape(shape[0], shape[1], shape[2] / stride, stride, shape[3] / stride, stride).select(5, 0).select(3, 0);
    }
}

using Glide.Models;
using Glide.Models.UNet;
using Glide.Tests.Support;
using static TorchSharp.torch;

namespace Glide.Tests.Models;

/// <summary>What only a GPU does.</summary>
[Collection(TorchCollection.Name)]
public sealed class CudaTests
{
    // The bound that the project sets itself for numbers of 16 bits.
    private const double SixteenBitTolerance = 2e-2;

    [CudaTheory, InlineData("fp16"), InlineData("bf16")]
    public void Sixteen_bit_networks_answer_nearly_as_the_wide_ones(string dtype)
    {
        using var scope = NewDisposeScope();
        var precision = dtype == "fp16" ? Precision.Float16 : Precision.BFloat16;
        var wide = Answers(UNetConfig.Base, Precision.Float32, CPU, recorded: false)[0];
        Assert.InRange(Closeness.Relative(wide, Answers(UNetConfig.Base, precision, CUDA, recorded: false)[0]), 0, SixteenBitTolerance);
    }

    [CudaTheory, InlineData("fp32"), InlineData("fp16"), InlineData("bf16")]
    public void A_recorded_network_answers_as_the_plain_one(string dtype)
    {
        using var scope = NewDisposeScope();
        var precision = dtype switch { "fp16" => Precision.Float16, "bf16" => Precision.BFloat16, _ => Precision.Float32 };
        var plain = Answers(UNetConfig.MiniBase, precision, CUDA, recorded: false);
        var recorded = Answers(UNetConfig.MiniBase, precision, CUDA, recorded: true);
        foreach (var (expected, actual) in plain.Zip(recorded))
        {
            // The same kernels, unless a library chose another one meanwhile, whose sums round otherwise.
            Assert.InRange(Closeness.Relative(expected, actual), 0, precision == Precision.Float32 ? 1e-4 : SixteenBitTolerance);
        }
    }

    [CudaTheory, InlineData(1), InlineData(1000)]
    public void Work_that_waits_for_the_device_is_not_recorded(int count)
    {
        using var scope = NewDisposeScope();
        var x = ones([count], device: CUDA);
        Assert.Null(CudaGraph.Record(CUDA, () => x.sum().item<float>()));
        Assert.Equal(count, x.sum().item<float>());
    }

    // Five passes on the way from much noise to little.
    private static List<Tensor> Answers(UNetConfig config, Precision precision, Device device, bool recorded)
    {
        using var noGraph = no_grad();
        using var model = new UNetModel(config, precision, device);
        FormulaWeights.Fill(model);
        using var text = model.EncodeText(arange(config.TextContext).unsqueeze(0), ones([1, config.TextContext], dtype: ScalarType.Bool));
        Tensor Pass(Tensor x, Tensor timestep) => model.call(new UNetInput(x), timestep, text);
        using var passes = new RecordedPass(Pass, work => recorded ? CudaGraph.Record(device, work) : null);
        var x = UNetGoldenTests.Input("base", config, 1, device).X;
        return [.. Enumerable.Range(0, 5).Select(i => passes.Run(x * (1 - (0.1 * i)), full([1], 900 - (200 * i), device: device)).cpu())];
    }
}

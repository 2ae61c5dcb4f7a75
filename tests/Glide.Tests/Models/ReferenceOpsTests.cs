using Glide.Diagnostics;
using Glide.Models;
using Glide.Models.Ops;
using Glide.Pipelines;
using Glide.Tests.Support;
using Glide.Tokenizers;
using static TorchSharp.torch;

namespace Glide.Tests.Models;

/// <summary>The yardstick of measurements computes what the original and the plain networks compute.</summary>
[Collection(TorchCollection.Name)]
public sealed class ReferenceOpsTests
{
    // Twice what glide's own bf16 may be off: here every operation rounds its result, measured are 2.2e-2.
    private const double Tolerance = 2 * Bounds.SixteenBitRelative;

    private static readonly ReferenceOps s_kernels = ReferenceOps.Instance;

    [Theory, MemberData(nameof(UNetGoldenTests.Kinds), MemberType = typeof(UNetGoldenTests))]
    public void Mini_networks_answer_as_the_original(string kind) =>
        UNetGoldenTests.AssertAnswers(kind, "mini", CPU, s_kernels);

    // The upsamplers have the same blocks, and take minutes where the processor has no AVX-512.
    [Theory, InlineData("base"), InlineData("base-inpaint")]
    public void Mini_networks_answer_nearly_as_the_original_in_bf16(string kind) =>
        Assert.InRange(UNetGoldenTests.Distance(kind, "mini", Precision.BFloat16, CPU, s_kernels), 0, Tolerance);

    // The plain network reads both prompts once.
    [Theory, MemberData(nameof(UNetGoldenTests.Kinds), MemberType = typeof(UNetGoldenTests))]
    public void A_pass_that_reads_its_prompts_anew_answers_as_the_plain_network(string kind)
    {
        using var noGraph = no_grad();
        using var scope = NewDisposeScope();
        var config = Networks.UNet($"{kind}_mini");
        using var plain = UNetModelTests.Filled(config, ops: UNetOps.Plain);
        using var reference = UNetModelTests.Filled(config, ops: s_kernels);
        string[] prompts = ["a red circle", ""];
        using var text = new PromptEncoder(GlideTokenizer.Load(), warn: null).Encode(plain, prompts);
        using var pass = new OriginalPass(reference, GlideTokenizer.Load(), prompts);
        var input = UNetModelTests.Input(config, rows: 2);
        var timestep = tensor(new[] { 40f, 700f });
        Closeness.AssertGolden(plain.call(input, timestep, text), pass.Run(input, timestep));
    }

    // Fused, the results between the operations would keep the digits of float32.
    [Fact]
    public void Sixteen_bit_results_are_rounded_after_every_operation()
    {
        using var scope = NewDisposeScope();
        var x = Rounded(SyntheticWeights.Unit("x", 2, 64, 6, 6) * 3 + 1);
        var (weight, bias) = (SyntheticWeights.Unit("weight", 64), SyntheticWeights.Unit("bias", 64));
        var scaleShift = SyntheticWeights.Unit("scale and shift", 2, 128);
        var scale = Rounded(1 + Rounded(scaleShift.narrow(1, 0, 64).reshape(2, 64, 1, 1)));
        var shift = Rounded(scaleShift.narrow(1, 64, 64).reshape(2, 64, 1, 1));
        var normal = Rounded(nn.functional.group_norm(x, 32, weight, bias));
        var narrow = x.to(ScalarType.BFloat16);

        AssertEqual(nn.functional.silu(normal), s_kernels.NormalizeSilu(narrow, weight, bias, ScalarType.BFloat16));
        AssertEqual(
            nn.functional.silu(Rounded(Rounded(normal * scale) + shift)),
            s_kernels.NormalizeScaleShiftSilu(narrow, weight, bias, scaleShift));
    }

    [Fact]
    public void The_text_transformer_computes_in_16_bits()
    {
        using var scope = NewDisposeScope();
        var config = Networks.UNet("base_mini");
        using var plain = UNetModelTests.Filled(config, Precision.BFloat16, UNetOps.Plain);
        using var reference = UNetModelTests.Filled(config, Precision.BFloat16, s_kernels);
        using var wide = UNetModelTests.Prompts(plain, rows: 2);
        using var narrow = UNetModelTests.Prompts(reference, rows: 2);
        Assert.NotEqual(0, Closeness.Relative(wide.Projection, Rounded(wide.Projection)));
        Assert.Equal(0, Closeness.Relative(narrow.Projection, Rounded(narrow.Projection)));
        Assert.InRange(Closeness.Relative(wide.Projection, narrow.Projection), 0, Bounds.SixteenBitRelative);
    }

    [Fact]
    public void Passes_leave_nothing_behind()
    {
        using var model = UNetModelTests.Filled(Networks.UNet("upsample-inpaint_mini"), ops: s_kernels);
        TensorLeak.None(() =>
        {
            using var scope = NewDisposeScope();
            using var pass = new OriginalPass(model, GlideTokenizer.Load(), ["a red circle", ""]);
            pass.Run(UNetModelTests.Input(model.Config, rows: 2), tensor(new[] { 40f, 700f }));
        });
    }

    private static void AssertEqual(Tensor expected, Tensor actual)
    {
        Assert.Equal(ScalarType.BFloat16, actual.dtype);
        Assert.Equal(0, Closeness.Relative(Rounded(expected), actual.to(ScalarType.Float32)));
    }

    private static Tensor Rounded(Tensor x) => x.to(ScalarType.BFloat16).to(ScalarType.Float32);
}

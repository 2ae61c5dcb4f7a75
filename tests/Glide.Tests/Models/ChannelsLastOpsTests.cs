using Glide.Models;
using Glide.Models.Ops;
using Glide.Tests.Support;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Glide.Tests.Models;

/// <summary>
/// What a GPU computes with in 16 bits, on the CPU in float32 against the plain operations and the original.
/// </summary>
[Collection(TorchCollection.Name)]
public sealed class ChannelsLastOpsTests
{
    // float32 sums in another order: some units in the last place of the largest number.
    private const double Tolerance = 1e-5;

    private static readonly UNetOps s_plain = UNetOps.Plain;
    private static readonly ChannelsLastOps s_kernels = ChannelsLastOps.Instance;

    [Theory, InlineData(32, 64, 3), InlineData(7, 96, 3), InlineData(64, 6, 3), InlineData(96, 48, 1)]
    public void Convolutions_agree_with_the_plain_ones(long inputs, long outputs, long kernel)
    {
        using var scope = NewDisposeScope();
        var x = SyntheticWeights.Unit("x", 2, inputs, 6, 8);
        var added = SyntheticWeights.Unit("added", 2, outputs, 6, 8);
        var small = SyntheticWeights.Unit("small", 2, outputs, 3, 4);
        using var plain = Weights(outputs, inputs, kernel, kernel);
        using var weights = Weights(outputs, inputs, kernel, kernel);
        var input = Arranged(x);
        AssertNear(s_plain.Convolve(plain, x), s_kernels.Convolve(weights, input));
        AssertNear(s_plain.Convolve(plain, x, enlarged: true), s_kernels.Convolve(weights, input, enlarged: true));
        AssertNear(s_plain.ConvolveAndAdd(plain, x, added), s_kernels.ConvolveAndAdd(weights, input, Arranged(added)));
        AssertNear(s_plain.ConvolveAndAdd(plain, x, small, enlarged: true),
            s_kernels.ConvolveAndAdd(weights, input, Arranged(small), enlarged: true));
        foreach (var wrap in (Wrap[])[Wrap.X, Wrap.Y, Wrap.X | Wrap.Y])
        {
            AssertNear(s_plain.Convolve(plain, x, enlarged: true, wrap),
                s_kernels.Convolve(weights, input, enlarged: true, wrap));
            AssertNear(s_plain.ConvolveAndAdd(plain, x, added, wrap: wrap),
                s_kernels.ConvolveAndAdd(weights, input, Arranged(added), wrap: wrap));
        }
        Assert.Equal((long[])[outputs, inputs, kernel, kernel], weights.Weight.shape);
    }

    [Fact]
    public void Convolutions_of_sequences_agree_with_the_plain_ones()
    {
        using var scope = NewDisposeScope();
        var x = SyntheticWeights.Unit("x", 2, 32, 6, 8);
        var added = SyntheticWeights.Unit("added", 2, 96, 6, 8);
        using var weights = Weights(96, 32, 1);
        AssertNear(s_plain.Convolve(weights, x), s_kernels.Convolve(weights, Arranged(x)));
        AssertNear(s_plain.ConvolveAndAdd(weights, x, added),
            s_kernels.ConvolveAndAdd(weights, Arranged(x), Arranged(added)));
    }

    [Fact]
    public void Normalizations_agree_with_the_plain_ones()
    {
        using var scope = NewDisposeScope();
        var x = SyntheticWeights.Unit("x", 2, 96, 5, 4) * 3 + 1;
        var (weight, bias) = (SyntheticWeights.Unit("weight", 96), SyntheticWeights.Unit("bias", 96));
        var scaleShift = SyntheticWeights.Unit("scale and shift", 2, 192);
        var input = Arranged(x);
        AssertNear(s_plain.Normalize(x, weight, bias), s_kernels.Normalize(input, weight, bias));
        AssertNear(s_plain.NormalizeSilu(x, weight, bias, ScalarType.Float32),
            s_kernels.NormalizeSilu(input, weight, bias, ScalarType.Float32));
        AssertNear(s_plain.NormalizeScaleShiftSilu(x, weight, bias, scaleShift),
            s_kernels.NormalizeScaleShiftSilu(input, weight, bias, scaleShift));
    }

    // The branch of scaled_dot_product_attention against products, softmax and products written out. Both sum in
    // float32, and the written one divides the queries instead of the products.
    [Theory, InlineData(64, 128, 8), InlineData(32, 13, 5)]
    public void Attention_agrees_with_the_plain_one(long depth, long tokens, long side)
    {
        using var scope = NewDisposeScope();
        var pixels = SyntheticWeights.Unit("pixels", 2, 3 * 3 * depth, side, side) * 2;
        var text = SyntheticWeights.Unit("text", 2, 3 * 2 * depth, tokens) * 2;
        AssertNear(s_plain.Attend(pixels, text, heads: 3), s_kernels.Attend(Arranged(pixels), text, heads: 3));
    }

    [Fact]
    public void Halving_and_joining_agree_with_the_plain_ones()
    {
        using var scope = NewDisposeScope();
        var (first, second) = (SyntheticWeights.Unit("first", 2, 32, 6, 10),
            SyntheticWeights.Unit("second", 2, 64, 6, 10));
        AssertNear(s_plain.Halve(first), s_kernels.Halve(Arranged(first)));
        AssertNear(s_plain.Join(first, second), s_kernels.Join(Arranged(first), Arranged(second)));
    }

    [Theory, MemberData(nameof(UNetGoldenTests.Kinds), MemberType = typeof(UNetGoldenTests))]
    public void Mini_networks_answer_as_the_original(string kind) =>
        UNetGoldenTests.AssertAnswers(kind, "mini", CPU, s_kernels);

    // The number types meet here as they do on a GPU: 16 bits between the blocks, float32 inside of normalizations.
    [CpuBFloat16Theory, MemberData(nameof(UNetGoldenTests.Kinds), MemberType = typeof(UNetGoldenTests))]
    public void Mini_networks_answer_nearly_as_the_original_in_bf16(string kind) =>
        UNetGoldenTests.AssertNearlyAnswers(kind, "mini", Precision.BFloat16, CPU, s_kernels);

    [Fact]
    public void Passes_leave_nothing_behind()
    {
        using var model = UNetModelTests.Filled(Networks.MiniBase, ops: s_kernels);
        using var text = UNetModelTests.Prompts(model, rows: 2);
        TensorLeak.None(() =>
        {
            using var scope = NewDisposeScope();
            model.call(UNetModelTests.Input(model.Config, rows: 2), tensor(new[] { 40f, 700f }), text);
        });
    }

    // An image that another operation had to copy first would still be right: only its strides tell.
    private static void AssertNear(Tensor expected, Tensor actual)
    {
        Assert.Equal(expected.shape, actual.shape);
        long[] shape = actual.shape;
        Assert.Equal((long[])[shape[1] * shape[2] * shape[3], 1, shape[1] * shape[3], shape[1]], actual.stride());
        double largest = expected.abs().max().item<float>();
        Assert.InRange((expected - actual).abs().max().item<float>() / largest, 0, Tolerance);
    }

    private static Tensor Arranged(Tensor x) => s_kernels.ToOpsLayout(x, ScalarType.Float32);

    private static PackedWeights Weights(params long[] shape) => new(
        new Parameter(SyntheticWeights.Unit("weight", shape) * (1 / Math.Sqrt(shape[1] * shape[^1] * shape[^1])),
            requires_grad: false),
        new Parameter(SyntheticWeights.Unit("bias", shape[0]), requires_grad: false));
}

using Glide.Models;
using Glide.Models.Ops;
using Glide.Tests.Runtime.Fakes;
using Glide.Tests.Support;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Glide.Tests.Models;

/// <summary>
/// The kernels for a GPU, compiled for this processor and started as on a GPU, against formulas in float64.
/// </summary>
[Collection(TorchCollection.Name)]
public sealed class CudaKernelsTests(FakeKernels kernels) : IClassFixture<FakeKernels>
{
    // The kernels' sums are float32: some units in the last place of the largest number.
    private const double Tolerance = 2e-5;

    // Half a unit in the last place, of a number.
    private const double Float16Rounding = 1.0 / (1 << 11), BFloat16Rounding = 1.0 / (1 << 8);

    private readonly FakeLibtorch _fake = kernels.Fake;
    private readonly CudaKernels _kernels = kernels.Kernels;
    private readonly ChannelsLastOps _ops = new(_ => kernels.Kernels);

    // Sizes at which a block has too few pixels, too few channels for a barrier's worth of sums, or all that it can.
    public static TheoryData<ScalarType, long, long, long, long> Images
    {
        get
        {
            var images = new TheoryData<ScalarType, long, long, long, long>();
            foreach (var type in (ScalarType[])[ScalarType.Float16, ScalarType.BFloat16])
            {
                images.Add(type, 2, 96, 5, 4);
                images.Add(type, 3, 192, 16, 16);
                images.Add(type, 1, 1536, 8, 8);
                images.Add(type, 1, 2048, 3, 2);
                images.Add(type, 2, 32, 1, 1);
                images.Add(type, 1, 64, 64, 2);
            }
            return images;
        }
    }

    [CompilerTheory, MemberData(nameof(Images))]
    public void Normalizations_agree_with_the_formulas(
        ScalarType type, long images, long channels, long height, long width)
    {
        foreach (bool isBackwards in (bool[])[false, true])
        {
            _fake.RunBackwards(isBackwards);
            AssertNormalize(_ops, CPU, type, [images, channels, height, width]);
        }
        Assert.All(_fake.TakeNotes().Where(note => note.StartsWith("fake_kernel", StringComparison.Ordinal)),
            note => Assert.Contains("on stream 0", note));
    }

    [CudaTheory, MemberData(nameof(Images))]
    public void On_a_GPU_normalizations_agree_with_the_formulas(
        ScalarType type, long images, long channels, long height, long width)
    {
        CudaKernels.Prepare(CUDA);
        Assert.NotNull(CudaKernels.Of(CUDA));
        AssertNormalize(ChannelsLastOps.Instance, CUDA, type, [images, channels, height, width]);
    }

    // With squares alone in float32, such a deviation would be lost.
    [CompilerFact]
    public void A_mean_far_from_zero_costs_no_precision()
    {
        using var noGradient = no_grad();
        using var scope = NewDisposeScope();
        var x = Arranged(SyntheticWeights.Unit("x", 1, 64, 16, 16) * 2 + 1500, ScalarType.Float16);
        AssertNear(nn.functional.silu(Normal(x, ones([64]), zeros([64]))),
            _ops.NormalizeSilu(x, ones([64]), zeros([64]), ScalarType.Float32));
    }

    [CompilerFact]
    public void Small_deviations_are_not_blown_up()
    {
        using var noGradient = no_grad();
        using var scope = NewDisposeScope();
        var x = Arranged(SyntheticWeights.Unit("x", 2, 64, 8, 8) * 2e-3, ScalarType.Float16);
        AssertNear(nn.functional.silu(Normal(x, ones([64]), zeros([64]))),
            _ops.NormalizeSilu(x, ones([64]), zeros([64]), ScalarType.Float32));
    }

    [CompilerFact]
    public void An_image_is_the_same_alone_and_among_others()
    {
        using var noGradient = no_grad();
        using var scope = NewDisposeScope();
        var x = Arranged(SyntheticWeights.Unit("x", 5, 96, 7, 6), ScalarType.Float16);
        var (weight, bias) = (SyntheticWeights.Unit("weight", 96), SyntheticWeights.Unit("bias", 96));
        var all = _ops.NormalizeSilu(x, weight, bias, ScalarType.Float32);
        for (int i = 0; i < 5; i++)
        {
            var image = Arranged(x.narrow(0, i, 1), ScalarType.Float16);
            var alone = _ops.NormalizeSilu(image, weight, bias, ScalarType.Float32);
            Assert.True(all.narrow(0, i, 1).equal(alone).all().item<bool>());
        }
    }

    [CompilerFact]
    public void What_is_no_number_stays_so()
    {
        using var noGradient = no_grad();
        using var scope = NewDisposeScope();
        foreach (var type in (ScalarType[])[ScalarType.Float16, ScalarType.BFloat16])
        {
            var x = SyntheticWeights.Unit("x", 2, 64, 4, 4);
            x[1, 3, 2, 2] = double.NaN;
            var normal = _ops.Normalize(Arranged(x, type), ones([64]), zeros([64])).to(ScalarType.Float32);
            Assert.False(normal[0].isnan().any().item<bool>());
            Assert.True(normal[1, 3].isnan().all().item<bool>());
            Assert.False(normal[1, 4].isnan().any().item<bool>());
        }
    }

    [CompilerTheory, InlineData(ScalarType.Float16), InlineData(ScalarType.BFloat16)]
    public void Sums_are_rounded_once(ScalarType type) => AssertAdd(_kernels, CPU, type);

    [CudaTheory, InlineData(ScalarType.Float16), InlineData(ScalarType.BFloat16)]
    public void On_a_GPU_sums_are_rounded_once(ScalarType type)
    {
        CudaKernels.Prepare(CUDA);
        AssertAdd(CudaKernels.Of(CUDA)!, CUDA, type);
    }

    [CompilerFact]
    public void Convolutions_are_followed_by_one_kernel()
    {
        using var noGradient = no_grad();
        using var scope = NewDisposeScope();
        var x = Arranged(SyntheticWeights.Unit("x", 2, 32, 6, 6), ScalarType.BFloat16);
        var added = Arranged(SyntheticWeights.Unit("added", 2, 64, 6, 6), ScalarType.BFloat16);
        foreach (long kernel in (long[])[3, 1])
        {
            using var weights = new PackedWeights(
                new Parameter(SyntheticWeights.Unit("weight", 64, 32, kernel, kernel).to(ScalarType.BFloat16), false),
                new Parameter(SyntheticWeights.Unit("bias", 64).to(ScalarType.BFloat16), false));
            _fake.TakeNotes();
            var sum = _ops.ConvolveAndAdd(weights, x, added).to(ScalarType.Float32);
            Assert.Single(_fake.TakeNotes());
            var expected = ChannelsLastOps.Instance.ConvolveAndAdd(weights, x, added).to(ScalarType.Float32);
            // Two roundings against three.
            Assert.InRange(Closeness.Relative(expected, sum), 0, 2 * BFloat16Rounding);
            _fake.Fail("cuLaunchKernel");
            var plain = _ops.ConvolveAndAdd(weights, x, added).to(ScalarType.Float32);
            Assert.InRange(Closeness.Relative(expected, plain), 0, 2 * BFloat16Rounding);
        }
    }

    [CompilerTheory(ComputesBFloat16 = true)]
    [MemberData(nameof(UNetGoldenTests.Kinds), MemberType = typeof(UNetGoldenTests))]
    public void Mini_networks_answer_nearly_as_the_original_in_bf16(string kind)
    {
        _fake.TakeNotes();
        UNetGoldenTests.AssertNearlyAnswers(kind, "mini", Precision.BFloat16, CPU, _ops);
        Assert.NotEmpty(_fake.TakeNotes());
    }

    private static void AssertAdd(CudaKernels kernels, Device device, ScalarType type)
    {
        using var noGradient = no_grad();
        using var scope = NewDisposeScope();
        var x = Arranged(SyntheticWeights.Unit("x", 3, 96, 6, 10), type).to(device);
        var bias = SyntheticWeights.Unit("bias", 96).to(type).to(device);
        foreach (bool enlarged in (bool[])[false, true])
        {
            var added = Arranged(enlarged
                ? SyntheticWeights.Unit("small", 3, 96, 3, 5)
                : SyntheticWeights.Unit("added", 3, 96, 6, 10), type).to(device);
            var wide = enlarged
                ? nn.functional.interpolate(added.to(ScalarType.Float32), scale_factor: [2, 2])
                : added.to(ScalarType.Float32);
            var expected = (x.to(ScalarType.Float32)
                + (bias.to(ScalarType.Float32).reshape(1, 96, 1, 1) + wide)).to(type);
            var sum = x.clone();
            Assert.True(kernels.TryAdd(sum, bias, added, enlarged));
            Assert.True(expected.equal(sum).all().item<bool>());
        }
    }

    private static void AssertNormalize(UNetOps ops, Device device, ScalarType type, long[] shape)
    {
        using var noGradient = no_grad();
        using var scope = NewDisposeScope();
        var (images, channels) = (shape[0], shape[1]);
        var x = Arranged(SyntheticWeights.Unit("x", shape) * 3 + 1, type).to(device);
        var weight = SyntheticWeights.Unit("weight", channels).to(device);
        var bias = SyntheticWeights.Unit("bias", channels).to(device);
        var scaleShift = SyntheticWeights.Unit("scale and shift", images, 2 * channels).to(device);
        var scale = scaleShift.narrow(1, 0, channels).reshape(images, channels, 1, 1);
        var shift = scaleShift.narrow(1, channels, channels).reshape(images, channels, 1, 1);
        var normal = Normal(x, weight, bias);
        AssertNear(nn.functional.silu(normal), ops.NormalizeSilu(x, weight, bias, ScalarType.Float32));
        AssertNear(nn.functional.silu(normal), ops.NormalizeSilu(x, weight, bias, type));
        AssertNear(normal, ops.Normalize(x, weight, bias));
        AssertNear(nn.functional.silu(normal * (1 + scale) + shift),
            ops.NormalizeScaleShiftSilu(x, weight, bias, scaleShift));
    }

    // [N, C, H, W] in float64.
    internal static Tensor Normal(Tensor x, Tensor weight, Tensor bias)
    {
        long[] shape = x.shape;
        var groups = x.to(ScalarType.Float64).reshape(shape[0], 32, -1);
        var centered = groups - groups.mean([2], keepdim: true);
        var normal = centered / ((centered * centered).mean([2], keepdim: true) + 1e-5).sqrt();
        return normal.reshape(shape) * weight.reshape(1, -1, 1, 1) + bias.reshape(1, -1, 1, 1);
    }

    // A number of 16 bits is off by its rounding.
    internal static void AssertNear(Tensor expected, Tensor actual)
    {
        using var scope = NewDisposeScope();
        Assert.Equal(expected.shape, actual.shape);
        Assert.True(actual.permute(0, 2, 3, 1).is_contiguous());
        double rounding = actual.dtype switch
        {
            ScalarType.Float16 => Float16Rounding,
            ScalarType.BFloat16 => BFloat16Rounding,
            _ => 0,
        };
        var allowed = expected.abs() * rounding + expected.abs().max() * Tolerance;
        var excess = (expected - actual.to(ScalarType.Float64)).abs() - allowed;
        Assert.InRange(excess.max().item<double>(), double.NegativeInfinity, 0);
    }

    internal static Tensor Arranged(Tensor x, ScalarType type) => ChannelsLastOps.Instance.ToOpsLayout(x, type);
}

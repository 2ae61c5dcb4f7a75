using Glide.Models;
using Glide.Models.Ops;
using Glide.Tests.Support;
using static TorchSharp.torch;

namespace Glide.Tests.Models;

/// <summary>
/// The processor's 3×3 convolutions of large images, native/cpu/winograd.h, against libtorch's in float64.
/// </summary>
[Collection(TorchCollection.Name)]
public sealed class WinogradTests
{
    // Of the largest number. float32: the matrices multiply rounding errors by about ten, and these grow with the root
    // of the number of inputs. bf16: the answer is rounded to 8 bits, half a unit being 2^-9 = 2e-3.
    private const double Float32Tolerance = 4e-5;
    private const double BFloat16Tolerance = 4e-3;

    // The smallest images that are computed by tiles, by number type.
    private const long Float32Side = 8;
    private const long BFloat16Side = 16;

    private static readonly ScalarType[] s_types =
        [.. new[] { ScalarType.Float32, ScalarType.BFloat16 }.Where(type => NativeOpsLibrary.Computes(type))];

    public static TheoryData<ScalarType> Types => [.. s_types];

    // Inputs, outputs, height, width: whole tiles and rests in either direction, whole vectors and panels of outputs
    // and rests, channels in one part and in several, more tiles than a block has, more blocks than threads.
    public static TheoryData<ScalarType, long, long, long, long> Shapes
    {
        get
        {
            var shapes = new TheoryData<ScalarType, long, long, long, long>();
            foreach (var type in s_types)
            {
                shapes.Add(type, 32, 64, 16, 16);
                shapes.Add(type, 48, 40, 17, 18);
                shapes.Add(type, 80, 70, 19, 30);
                shapes.Add(type, 1152, 34, 16, 21);
                shapes.Add(type, 32, 40, 48, 45);
            }
            if (s_types.Contains(ScalarType.Float32))
            {
                shapes.Add(ScalarType.Float32, 16, 16, 8, 8);
                shapes.Add(ScalarType.Float32, 16, 17, 9, 14);
            }
            return shapes;
        }
    }

    [FastTheory, MemberData(nameof(Shapes))]
    public void Convolutions_by_tiles_agree_with_exact_ones(
        ScalarType type, long inputs, long outputs, long height, long width)
    {
        using var scope = NewDisposeScope();
        var x = NativeOpsTests.Rounded("x", type, 2, inputs, height, width);
        var added = NativeOpsTests.Rounded("added", type, 2, outputs, height, width);
        var weight = NativeOpsTests.Rounded("weight", type, outputs, inputs, 3, 3);
        var bias = NativeOpsTests.Rounded("bias", type, outputs);
        using var exact = NativeOpsTests.Weights(weight, bias, ScalarType.Float64);
        using var fast = NativeOpsTests.Weights(weight, bias, type);
        var (reference, ops) = (UNetOps.Plain, NativeOps.Instance);
        var (exactX, fastX) = (x.to(ScalarType.Float64), ops.ToOpsLayout(x, type));
        foreach (var wrap in (Wrap[])[Wrap.None, Wrap.X, Wrap.Y, Wrap.X | Wrap.Y])
        {
            AssertNear(reference.Convolve(exact, exactX, wrap: wrap), ops.Convolve(fast, fastX, wrap: wrap), type);
            AssertNear(reference.Convolve(exact, exactX, enlarged: true, wrap),
                ops.Convolve(fast, fastX, enlarged: true, wrap), type);
        }
        AssertNear(reference.ConvolveAndAdd(exact, exactX, added.to(ScalarType.Float64)),
            ops.ConvolveAndAdd(fast, fastX, ops.ToOpsLayout(added, type)), type);
        if (height % 2 == 0 && width % 2 == 0)
        {
            var small = NativeOpsTests.Rounded("small", type, 2, outputs, height / 2, width / 2);
            AssertNear(reference.ConvolveAndAdd(exact, exactX, small.to(ScalarType.Float64), enlarged: true),
                ops.ConvolveAndAdd(fast, fastX, ops.ToOpsLayout(small, type), enlarged: true), type);
        }
    }

    // The sums are exact in float32, and in bf16 half of them lie between two numbers. Winograd's, with sixths in its
    // matrices, are not exact, and some are then rounded to the other number.
    [FastTheory, MemberData(nameof(Types))]
    public void Only_large_images_are_convolved_by_tiles(ScalarType type)
    {
        using var scope = NewDisposeScope();
        long side = type == ScalarType.Float32 ? Float32Side : BFloat16Side;
        Assert.Equal(0, ErrorOfExactSums(type, side - 1, side));
        Assert.Equal(0, ErrorOfExactSums(type, side, side - 1));
        Assert.NotEqual(0, ErrorOfExactSums(type, side, side));
    }

    // Of ±1 ± 2^-8: a number of each channel, and a part of the next channel's.
    private static double ErrorOfExactSums(ScalarType type, long height, long width)
    {
        const long channels = 64;
        const double part = 1.0 / 256;
        var kernel = zeros(channels, channels, 3, 3);
        kernel.select(3, 1).select(2, 1).copy_(eye(channels) + eye(channels).roll(1, 1) * part);
        using var layer = NativeOpsTests.Weights(kernel, zeros(channels), type);
        var x = SyntheticWeights.Unit("x", 1, channels, height, width).sign();
        var actual = NativeOps.Instance.Convolve(layer, NativeOps.Instance.ToOpsLayout(x, type));
        var expected = (x + x.roll(-1, 1) * part).to(type);
        return (expected - actual).abs().max().to(ScalarType.Float32).item<float>();
    }

    // Against the largest number: a rounding error is a part of the sum, not of what is left of it.
    private static void AssertNear(Tensor expected, Tensor actual, ScalarType type)
    {
        Assert.Equal(expected.shape, actual.shape);
        double largest = expected.abs().max().item<double>();
        double bound = type == ScalarType.Float32 ? Float32Tolerance : BFloat16Tolerance;
        Assert.InRange((expected - actual.to(ScalarType.Float64)).abs().max().item<double>() / largest, 0, bound);
    }
}

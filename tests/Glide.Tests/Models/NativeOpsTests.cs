using Glide.Models;
using Glide.Models.Ops;
using Glide.Tests.Support;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Glide.Tests.Models;

/// <summary>
/// The processor's kernels against libtorch's operations: those for the types that this processor computes, and none
/// where the library is missing. On a processor with AVX-512, GLIDE_KERNELS=avx2 tests the kernels for AVX2.
/// </summary>
[Collection(TorchCollection.Name)]
public sealed class NativeOpsTests
{
    // float32: sums in another order. bf16: the answer is rounded to 8 bits, half a unit being 2^-9 = 2e-3 of the
    // largest.
    private static double Tolerance(ScalarType type) => type == ScalarType.Float32 ? 1e-5 : 4e-3;

    private static readonly ScalarType[] s_types =
        [.. new[] { ScalarType.Float32, ScalarType.BFloat16 }.Where(type => NativeOpsLibrary.Computes(type))];

    private static NativeOps Fast => NativeOps.Instance;

    public static TheoryData<ScalarType> Types => [.. s_types];

    // Inputs, outputs, kernel, side: whole tiles and rests of pixels, outputs and inputs, weights in one part and in
    // several.
    public static TheoryData<ScalarType, long, long, long, long> Convolutions
    {
        get
        {
            var cases = new TheoryData<ScalarType, long, long, long, long>();
            foreach (var type in s_types)
            {
                cases.Add(type, 32, 64, 3, 6);
                cases.Add(type, 7, 96, 3, 4);
                cases.Add(type, 64, 6, 3, 10);
                cases.Add(type, 640, 80, 3, 2);
                cases.Add(type, 96, 208, 1, 22);
            }
            return cases;
        }
    }

    [FastTheory, MemberData(nameof(Convolutions))]
    public void Convolutions_agree_with_libtorch(ScalarType type, long inputs, long outputs, long kernel, long side)
    {
        using var scope = NewDisposeScope();
        var x = Rounded("x", type, 2, inputs, side, side);
        var added = Rounded("added", type, 2, outputs, side, side);
        var small = Rounded("small", type, 2, outputs, side / 2, side / 2);
        var weight = Rounded("weight", type, outputs, inputs, kernel, kernel)
            * (1 / Math.Sqrt(inputs * kernel * kernel));
        var bias = Rounded("bias", type, outputs);
        using var plain = Weights(weight, bias, ScalarType.Float32);
        using var fast = Weights(weight, bias, type);
        var (reference, ops) = (UNetOps.Plain, NativeOps.Instance);
        var input = ops.ToOpsLayout(x, type);
        AssertNear(reference.Convolve(plain, x), ops.Convolve(fast, input), type);
        AssertNear(reference.Convolve(plain, x, enlarged: true), ops.Convolve(fast, input, enlarged: true), type);
        foreach (var wrap in (Wrap[])[Wrap.X, Wrap.Y, Wrap.X | Wrap.Y])
        {
            AssertNear(reference.Convolve(plain, x, wrap: wrap), ops.Convolve(fast, input, wrap: wrap), type);
            AssertNear(reference.Convolve(plain, x, enlarged: true, wrap),
                ops.Convolve(fast, input, enlarged: true, wrap), type);
        }
        if (outputs % 2 == 0)
        {
            AssertNear(reference.ConvolveAndAdd(plain, x, added),
                ops.ConvolveAndAdd(fast, input, ops.ToOpsLayout(added, type)), type);
            AssertNear(
                reference.ConvolveAndAdd(plain, x, small, enlarged: true),
                ops.ConvolveAndAdd(fast, input, ops.ToOpsLayout(small, type), enlarged: true), type);
            AssertNear(
                reference.ConvolveAndAdd(plain, x, added, wrap: Wrap.X),
                ops.ConvolveAndAdd(fast, input, ops.ToOpsLayout(added, type), wrap: Wrap.X), type);
        }
    }

    [FastTheory, MemberData(nameof(Types))]
    public void Linear_layers_agree_with_libtorch(ScalarType type)
    {
        using var scope = NewDisposeScope();
        var x = Rounded("x", type, 2, 192);
        var (weight, bias) = (Rounded("weight", type, 80, 192) * 0.125, Rounded("bias", type, 80));
        using var plain = Weights(weight, bias, ScalarType.Float32);
        using var fast = Weights(weight, bias, type);
        AssertNear(UNetOps.Plain.Project(plain, x), NativeOps.Instance.Project(fast, x.to(type)), type);
    }

    // 300 pixels are two strips and a part of one.
    [FastTheory, MemberData(nameof(Types))]
    public void Normalizations_agree_with_libtorch(ScalarType type)
    {
        using var scope = NewDisposeScope();
        var x = Rounded("x", type, 2, 96, 15, 20) * 3 + 1;
        var (weight, bias) = (SyntheticWeights.Unit("weight", 96), SyntheticWeights.Unit("bias", 96));
        var scaleShift = SyntheticWeights.Unit("scale and shift", 2, 192);
        var (reference, ops) = (UNetOps.Plain, NativeOps.Instance);
        var input = ops.ToOpsLayout(x, type);
        var exact = input.to(ScalarType.Float32).contiguous();
        AssertNear(reference.Normalize(exact, weight, bias), ops.Normalize(input, weight, bias), type);
        AssertNear(reference.NormalizeSilu(exact, weight, bias, ScalarType.Float32),
            ops.NormalizeSilu(input, weight, bias, type), type);
        AssertNear(
            reference.NormalizeScaleShiftSilu(exact, weight, bias, scaleShift),
            ops.NormalizeScaleShiftSilu(input, weight, bias, scaleShift), type);
        var wide = ops.NormalizeSilu(input, weight, bias, ScalarType.Float32);
        Assert.Equal(ScalarType.Float32, wide.dtype);
        AssertNear(reference.NormalizeSilu(exact, weight, bias, ScalarType.Float32), wide, ScalarType.Float32);
    }

    // Heads of 32 and 64; as many keys as fill whole panels, and not.
    public static TheoryData<ScalarType, long, long, long> Heads
    {
        get
        {
            var cases = new TheoryData<ScalarType, long, long, long>();
            foreach (var type in s_types)
            {
                cases.Add(type, 64, 128, 8);
                cases.Add(type, 32, 13, 5);
            }
            return cases;
        }
    }

    [FastTheory, MemberData(nameof(Heads))]
    public void Attention_agrees_with_libtorch(ScalarType type, long width, long tokens, long side)
    {
        using var scope = NewDisposeScope();
        var pixels = Rounded("pixels", type, 2, 3 * 3 * width, side, side) * 2;
        var text = Rounded("text", type, 2, 3 * 2 * width, tokens) * 2;
        var mixed = NativeOps.Instance.Attend(NativeOps.Instance.ToOpsLayout(pixels, type), text.to(type), heads: 3);
        AssertNear(UNetOps.Plain.Attend(pixels, text, heads: 3), mixed, type);
    }

    [FastTheory, MemberData(nameof(Types))]
    public void Halving_and_joining_agree_with_libtorch(ScalarType type)
    {
        using var scope = NewDisposeScope();
        var (first, second) = (Rounded("first", type, 2, 32, 6, 10), Rounded("second", type, 2, 64, 6, 10));
        var ops = NativeOps.Instance;
        AssertNear(UNetOps.Plain.Halve(first), ops.Halve(ops.ToOpsLayout(first, type)), type);
        var joined = ops.Join(ops.ToOpsLayout(first, type), ops.ToOpsLayout(second, type));
        Assert.Equal(0, Closeness.Relative(UNetOps.Plain.Join(first, second), joined.to(ScalarType.Float32)));
    }

    private delegate Tensor Computation(ScalarType type, int first, int count);

    // Some rows of three images of 7×7 pixels: tiles of six pixels lie across the borders of images. Of 18×18 pixels,
    // the third image begins within a block of Winograd's tiles.
    private static readonly Dictionary<string, Computation> s_operations = new()
    {
        ["convolve"] = (type, first, count) =>
            OfLayer(type, [41, 480, 3, 3], layer => Fast.Convolve(layer, Rows("x", type, first, count, 480))),
        ["convolve by tiles"] = (type, first, count) =>
            OfLayer(type, [70, 80, 3, 3], layer =>
                Fast.Convolve(layer, Rows("x", type, first, count, 80, side: 18))),
        ["convolve enlarged"] = (type, first, count) =>
            OfLayer(type, [64, 32, 3, 3], layer =>
                Fast.Convolve(layer, Rows("x", type, first, count, 32), enlarged: true)),
        ["convolve and add"] = (type, first, count) =>
        {
            var (x, added) = (Rows("x", type, first, count, 32), Rows("added", type, first, count, 96));
            return OfLayer(type, [96, 32, 1, 1], layer => Fast.ConvolveAndAdd(layer, x, added));
        },
        ["project"] = (type, first, count) =>
        {
            var x = Rounded("x", type, 3, 192).narrow(0, first, count).to(type).clone();
            return OfLayer(type, [80, 192], layer => Fast.Project(layer, x));
        },
        ["normalize"] = (type, first, count) => Fast.Normalize(Rows("x", type, first, count, 96), NormWeight, NormBias),
        ["normalize, SiLU"] = (type, first, count) =>
            Fast.NormalizeSilu(Rows("x", type, first, count, 96), NormWeight, NormBias, type),
        ["normalize, scale, shift, SiLU"] = (type, first, count) =>
        {
            var scaleShift = SyntheticWeights.Unit("scale and shift", 3, 192).narrow(0, first, count).clone();
            return Fast.NormalizeScaleShiftSilu(Rows("x", type, first, count, 96), NormWeight, NormBias, scaleShift);
        },
        ["attend"] = (type, first, count) =>
        {
            var text = Rounded("text", type, 3, 2 * 2 * 32, 13).narrow(0, first, count).to(type);
            return Fast.Attend(Rows("x", type, first, count, 2 * 3 * 32), text, heads: 2);
        },
        ["halve"] = (type, first, count) => Fast.Halve(Rows("x", type, first, count, 32, side: 6)),
        ["join"] = (type, first, count) => Fast.Join(Rows("x", type, first, count, 32),
            Rows("y", type, first, count, 64)),
    };

    public static TheoryData<ScalarType, string> Operations
    {
        get
        {
            var cases = new TheoryData<ScalarType, string>();
            foreach (var type in s_types)
            {
                foreach (string name in s_operations.Keys)
                    cases.Add(type, name);
            }
            return cases;
        }
    }

    [FastTheory, MemberData(nameof(Operations))]
    public void A_row_is_the_same_to_the_byte_alone_and_in_a_batch_on_either_number_of_threads(ScalarType type,
        string operation)
    {
        using var scope = NewDisposeScope();
        var compute = s_operations[operation];
        var together = OnThreads(2, () => compute(type, 0, 3));
        Assert.Equal(Bytes(together), Bytes(OnThreads(1, () => compute(type, 0, 3))));
        for (int row = 0; row < 3; row++)
            Assert.Equal(Bytes(together.narrow(0, row, 1)), Bytes(OnThreads(1, () => compute(type, row, 1))));
    }

    internal static Tensor OnThreads(int threads, Func<Tensor> compute)
    {
        int usual = get_num_threads();
        try
        {
            set_num_threads(threads);
            return compute();
        }
        finally
        {
            set_num_threads(usual);
        }
    }

    internal static byte[] Bytes(Tensor tensor) => tensor.contiguous().bytes.ToArray();

    internal static PackedWeights Weights(Tensor weight, Tensor bias, ScalarType type) =>
        new(new Parameter(weight.to(type).clone(), requires_grad: false),
            new Parameter(bias.to(type).clone(), requires_grad: false));

    // As the kernels take them.
    private static Tensor Rows(string name, ScalarType type, int first, int count, long channels, long side = 7) =>
        NativeOps.Instance.ToOpsLayout(Rounded(name, type, 3, channels, side, side).narrow(0, first, count), type);

    private static Tensor NormWeight => SyntheticWeights.Unit("weight", 96);

    private static Tensor NormBias => SyntheticWeights.Unit("bias", 96);

    private static Tensor OfLayer(ScalarType type, long[] shape, Func<PackedWeights, Tensor> compute)
    {
        using var layer = Weights(Rounded("weight", type, shape), Rounded("bias", type, shape[0]), type);
        return compute(layer);
    }

    // Numbers that both types have.
    internal static Tensor Rounded(string name, ScalarType type, params long[] shape) =>
        SyntheticWeights.Unit(name, shape).to(type).to(ScalarType.Float32);

    // Against the largest number: a rounding error is a part of the sum, not of what is left of it.
    private static void AssertNear(Tensor expected, Tensor actual, ScalarType type)
    {
        Assert.Equal(expected.shape, actual.shape);
        double largest = expected.abs().max().item<float>();
        Assert.InRange((expected - actual.to(ScalarType.Float32)).abs().max().item<float>() / largest, 0,
            Tolerance(type));
    }
}

/// <summary>A theory of the kernels; skipped if this processor computes none of them.</summary>
internal sealed class FastTheoryAttribute : TheoryAttribute
{
    public FastTheoryAttribute()
    {
        if (!NativeOpsLibrary.Computes(ScalarType.Float32))
            Skip = "libglide_fast is missing, or this processor has no AVX2.";
    }
}

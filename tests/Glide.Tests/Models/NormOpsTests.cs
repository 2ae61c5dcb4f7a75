using Glide.Models;
using Glide.Models.Ops;
using Glide.Tests.Support;
using static TorchSharp.torch;

namespace Glide.Tests.Models;

[Collection(TorchCollection.Name)]
public sealed class NormOpsTests
{
    // float32 against the formula in another order.
    private const double Tolerance = 1e-5;

    [Fact]
    public void Scale_and_shift_of_each_image_come_after_the_normalization()
    {
        using var scope = NewDisposeScope();
        var (x, weight, bias) = Case();
        var scaleShift = SyntheticWeights.Unit("scale and shift", 2, 128);
        var scale = scaleShift.narrow(1, 0, 64).reshape(2, 64, 1, 1);
        var shift = scaleShift.narrow(1, 64, 64).reshape(2, 64, 1, 1);
        var expected = nn.functional.silu(NormOps.Group(x, weight, bias) * (1 + scale) + shift);
        Assert.InRange(Closeness.InDeviations(expected, NormOps.GroupScaleShiftSilu(x, weight, bias, scaleShift)), 0,
            Tolerance);
    }

    [Fact]
    public void Sixteen_bit_images_are_normalized_in_float32()
    {
        using var scope = NewDisposeScope();
        var (x, weight, bias) = Case();
        var rounded = x.to(ScalarType.BFloat16);
        var normal = NormOps.GroupSilu(rounded, weight, bias);
        var expected = NormOps.GroupSilu(rounded.to(ScalarType.Float32), weight, bias);
        Assert.Equal(ScalarType.BFloat16, normal.dtype);
        Assert.Equal(0, (expected.to(ScalarType.BFloat16) - normal).abs().max().to(ScalarType.Float32).item<float>());
    }

    [Fact]
    public void Inputs_stay_as_they_are()
    {
        using var scope = NewDisposeScope();
        var (x, weight, bias) = Case();
        var before = x.clone();
        NormOps.GroupSilu(x, weight, bias);
        NormOps.GroupScaleShiftSilu(x, weight, bias, SyntheticWeights.Unit("scale and shift", 2, 128));
        Assert.Equal(0, (before - x).abs().max().item<float>());
    }

    private static (Tensor X, Tensor Weight, Tensor Bias) Case() =>
        (SyntheticWeights.Unit("x", 2, 64, 6, 6) * 3 + 1, SyntheticWeights.Unit("weight", 64),
            SyntheticWeights.Unit("bias", 64));
}

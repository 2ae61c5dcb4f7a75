using System.Runtime.InteropServices;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace Glide.Compat.Tests.Torch;

/// <summary>0..8 in 3 x 3, resized; the numbers are PyTorch 1.13's (Python) for the same call.</summary>
[Collection(TorchCollection.Name)]
public class InterpolationTests
{
    public static TheoryData<InterpolationMode, double[]> Modes => new()
    {
        { InterpolationMode.Nearest, [0, 0, 1, 1, 2, 3, 3, 4, 4, 5] },
        { InterpolationMode.NearestExact, [0, 0, 1, 2, 2, 6, 6, 7, 8, 8] },
        { InterpolationMode.Bilinear, [0.75, 1.15, 1.75, 2.35, 2.75, 5.25, 5.65, 6.25, 6.85, 7.25] },
        { InterpolationMode.Area, [1.5, 2, 2.5, 3, 3.5, 4.5, 5, 5.5, 6, 6.5] },
        {
            InterpolationMode.Bicubic,
            [
                0.478218853, 0.890219212, 1.57421899, 2.258219, 2.67021894, 5.32978153, 5.74178123, 6.42578173, 7.10978222,
                7.52178288,
            ]
        },
    };

    public static TheoryData<InterpolationMode, double[]> Antialiased => new()
    {
        {
            InterpolationMode.Bilinear,
            [38.0217438, 49.2235565, 61.847435, 162.513992, 182.085846, 202.399902, 338.249084, 363.457733, 389.236481]
        },
        {
            InterpolationMode.Bicubic,
            [26.1941032, 37.4679909, 50.5587273, 157.2388, 178.688614, 200.994156, 351.226044, 379.134277, 407.719208]
        },
    };

    [Theory, MemberData(nameof(Modes))]
    public void A_size_can_be_given(InterpolationMode mode, double[] expected)
    {
        var result = functional.interpolate(Numbers.Counted(1, 1, 3, 3), size: [2, 5], mode: mode);
        Assert.Equal([1, 1, 2, 5], result.shape);
        Numbers.AssertClose(expected, result);
    }

    [Theory, MemberData(nameof(Antialiased))]
    public void Shrinking_can_be_antialiased(InterpolationMode mode, double[] expected)
        => Numbers.AssertClose(
            expected, functional.interpolate(Numbers.Counted(1, 1, 8, 8).pow(1.5), size: [3], mode: mode, antialias: true));

    [Fact]
    public void A_scale_can_be_given()
    {
        var x = Numbers.Counted(1, 1, 2, 2);
        double[] doubled = [0, 0, 1, 1, 0, 0, 1, 1, 2, 2, 3, 3, 2, 2, 3, 3];
        Numbers.AssertEqual(doubled, functional.interpolate(x, scale_factor: [2, 2]));
        Numbers.AssertEqual(doubled, functional.interpolate(x, scale_factor: [2], recompute_scale_factor: true));
        var corners = functional.interpolate(
            Numbers.Counted(1, 1, 3, 3), scale_factor: [2, 2], mode: InterpolationMode.Bilinear, align_corners: true);
        Assert.Equal([1, 1, 6, 6], corners.shape);
        Numbers.AssertClose([0, 0.4, 0.8, 1.2, 1.6, 2], corners[0, 0, 0]);
        Numbers.AssertEqual([0, 0, 1, 1], functional.interpolate(Numbers.Counted(1, 1, 2), scale_factor: [2]));
        Assert.Equal([1, 1, 4], functional.interpolate(Numbers.Counted(1, 1, 2), [4], mode: InterpolationMode.Linear).shape);
        Assert.Equal([1, 1, 4, 4, 4], functional.interpolate(ones([1, 1, 2, 2, 2]), [4], mode: InterpolationMode.Trilinear).shape);
    }

    [Fact]
    public void Nonsense_is_refused()
    {
        var x = Numbers.Counted(1, 1, 3, 3);
        Assert.Throws<ArgumentException>(() => functional.interpolate(x));
        Assert.Throws<ArgumentException>(() => functional.interpolate(x, [2, 2], [2, 2]));
        Assert.Throws<ArgumentException>(() => functional.interpolate(x, [2, 2, 2]));
        Assert.Throws<ExternalException>(() => functional.interpolate(x, [2, 2], antialias: true));
        Assert.Throws<ExternalException>(() => functional.interpolate(x, [0, 2]));
    }
}

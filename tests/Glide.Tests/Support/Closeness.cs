using static TorchSharp.torch;

namespace Glide.Tests.Support;

/// <summary>Compares tensors by the measures of the golden files.</summary>
internal static class Closeness
{
    /// <summary>Largest difference, measured in standard deviations of <paramref name="expected"/>.</summary>
    public static double InDeviations(Tensor expected, Tensor actual)
    {
        using var scope = NewDisposeScope();
        Assert.Equal(expected.shape, actual.shape);
        var centered = expected - expected.mean();
        double deviation = Math.Sqrt((centered * centered).mean().item<float>());
        return (expected - actual).abs().max().item<float>() / deviation;
    }

    /// <summary>Length of the difference over the length of <paramref name="expected"/>.</summary>
    public static double Relative(Tensor expected, Tensor actual)
    {
        using var scope = NewDisposeScope();
        Assert.Equal(expected.shape, actual.shape);
        return (expected - actual).norm().item<float>() / expected.norm().item<float>();
    }

    /// <summary>Fails where a network's float32 answer is further from the original's than the bound.</summary>
    public static void AssertGolden(Tensor expected, Tensor actual) =>
        Assert.InRange(InDeviations(expected, actual), 0, Bounds.NetworkInDeviations);
}

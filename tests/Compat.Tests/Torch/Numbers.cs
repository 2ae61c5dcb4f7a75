using TorchSharp;
using static TorchSharp.torch;

namespace Glide.Compat.Tests.Torch;

/// <summary>Compares tensors with numbers that stand in the test.</summary>
internal static class Numbers
{
    /// <summary>Float32 kernels differ by a few units in the last place between versions of libtorch.</summary>
    internal const double Tolerance = 2e-6;

    internal static double[] Of(Tensor tensor)
    {
        using var wide = tensor.to(float64);
        return wide.data<double>().ToArray();
    }

    internal static void AssertEqual(double[] expected, Tensor actual) => Assert.Equal(expected, Of(actual));

    internal static void AssertClose(double[] expected, Tensor actual, double tolerance = Tolerance)
    {
        double[] numbers = Of(actual);
        Assert.Equal(expected.Length, numbers.Length);
        for (int i = 0; i < numbers.Length; i++)
        {
            double scale = Math.Max(1, Math.Abs(expected[i]));
            Assert.True(
                Math.Abs(expected[i] - numbers[i]) <= tolerance * scale,
                $"[{i}]: {numbers[i]:R}, expected {expected[i]:R}");
        }
    }

    internal static Tensor Vector(params double[] values) => tensor(values, dtype: float32);

    /// <summary>0, 1, 2, ... in the given shape.</summary>
    internal static Tensor Counted(params long[] shape) => arange(shape.TotalSize(), dtype: float32).reshape(shape);
}

using static TorchSharp.torch;

namespace Glide.Tests.Diffusion;

/// <summary>Comparisons of tensors by their numbers.</summary>
internal static class TensorAssert
{
    public static double[] Numbers(Tensor tensor)
    {
        using var numbers = tensor.to(ScalarType.Float64).cpu().contiguous();
        return numbers.data<double>().ToArray();
    }

    public static double Distance(Tensor expected, Tensor actual)
    {
        Assert.Equal(expected.shape, actual.shape);
        return Numbers(expected).Zip(Numbers(actual), (a, b) => Math.Abs(a - b)).Max();
    }

    public static void Close(Tensor expected, Tensor actual, double tolerance) =>
        Assert.InRange(Distance(expected, actual), 0, tolerance);

    /// <summary>Every bit the same.</summary>
    public static void Same(Tensor expected, Tensor actual) => Assert.Equal(0, Distance(expected, actual));

    public static Tensor Of(params double[] values) => tensor(values).reshape(1, 1, 1, values.Length);
}

using Glide.Runtime;
using static TorchSharp.torch;

namespace Glide.Diffusion;

/// <summary>The formulas that every sampler shares.</summary>
/// <remarks>Each image's result depends on that image alone, whatever else is in the batch.</remarks>
internal static class DiffusionMath
{
    public static Tensor Combine(double a, Tensor x, double b, Tensor y)
    {
        using var scope = NewDisposeScope();
        return x.Times(a).Plus(y.Times(b)).MoveToOuterDisposeScope();
    }

    /// <summary>Clean images implied by the predicted noise: x·√(1/ᾱ) − ε·√(1/ᾱ − 1).</summary>
    /// <param name="x">Noisy images, [N, C, H, W].</param>
    /// <param name="eps">Predicted noise, same shape.</param>
    /// <param name="alphaBar">ᾱ of x.</param>
    /// <returns>x₀, same shape, not clamped.</returns>
    public static Tensor PredictX0(Tensor x, Tensor eps, double alphaBar) =>
        Combine(Math.Sqrt(1 / alphaBar), x, -Math.Sqrt((1 / alphaBar) - 1), eps);

    /// <summary>The noise between x and clean images: (x·√(1/ᾱ) − x₀) / √(1/ᾱ − 1).</summary>
    public static Tensor PredictEps(Tensor x, Tensor x0, double alphaBar)
    {
        using var scope = NewDisposeScope();
        var difference = x.Times(Math.Sqrt(1 / alphaBar)) - x0;
        return difference.Over(Math.Sqrt((1 / alphaBar) - 1)).MoveToOuterDisposeScope();
    }

    /// <summary>Images with noise of level ᾱ: √ᾱ·x₀ + √(1 − ᾱ)·z. Ho et al. 2020, eq. 4.</summary>
    public static Tensor AddNoise(Tensor x0, Tensor noise, double alphaBar) =>
        Combine(Math.Sqrt(alphaBar), x0, Math.Sqrt(1 - alphaBar), noise);

    /// <summary>
    /// The timestep of a batch for a denoiser, [N]; on the CPU, so that reading it does not wait for a GPU.
    /// </summary>
    public static Tensor TimestepOf(Tensor x, double timestep)
    {
        int count = checked((int)x.shape[0]);
        if (x.dtype == ScalarType.Float64)
        {
            double[] values = new double[count];
            Array.Fill(values, timestep);
            return tensor(values);
        }

        float[] rounded = new float[count];
        Array.Fill(rounded, (float)timestep);
        return tensor(rounded);
    }

    /// <summary>Selects rows of a batch, in the given order.</summary>
    public static Tensor KeepRows(Tensor batch, IReadOnlyList<int> rows)
    {
        using var scope = NewDisposeScope();
        var index = tensor(rows.Select(row => (long)row).ToArray(), device: batch.device);
        return batch.index_select(0, index).MoveToOuterDisposeScope();
    }

    /// <summary>Applies a function to each image alone, so that no reduction sees the rest of the batch.</summary>
    /// <param name="batch">[N, …].</param>
    /// <param name="function">From [1, …] to any shape that begins with 1.</param>
    public static Tensor PerImage(Tensor batch, Func<Tensor, Tensor> function)
    {
        using var scope = NewDisposeScope();
        var results = new Tensor[batch.shape[0]];
        for (int i = 0; i < results.Length; i++)
            results[i] = function(batch.narrow(0, i, 1));
        return cat(results, dim: 0).MoveToOuterDisposeScope();
    }
}

/// <summary>Goes from one noise to another along the sphere.</summary>
/// <remarks>
/// Shoemake 1985 (slerp). Normal noise of many dimensions lies near a sphere; the straight line between two of its
/// points leaves it, and a network makes flat, gray images from what is too short.
/// </remarks>
internal static class Slerp
{
    // Below this angle the arc is a line, and the sine is too small to divide by.
    private const double SmallestSine = 1e-6;

    /// <summary>sin((1 − a)θ)/sin θ · from + sin(aθ)/sin θ · to, θ being the angle between the two.</summary>
    /// <param name="from">Noise of one image.</param>
    /// <param name="to">Noise of the same shape.</param>
    /// <param name="amount">a: 0 gives <paramref name="from"/>, 1 gives <paramref name="to"/>, both exactly.</param>
    /// <returns>A fresh tensor; as long as both where they are of one length.</returns>
    public static Tensor Of(Tensor from, Tensor to, double amount)
    {
        using var scope = NewDisposeScope();
        var a = from.to(ScalarType.Float64);
        var b = to.to(ScalarType.Float64);
        double cosine = Dot(a, b) / Math.Sqrt(Dot(a, a) * Dot(b, b));
        double angle = Math.Acos(Math.Clamp(cosine, -1, 1));
        double sine = Math.Sin(angle);
        var mixed = sine < SmallestSine || double.IsNaN(sine)
            ? DiffusionMath.Combine(1 - amount, from, amount, to)
            : DiffusionMath.Combine(Math.Sin((1 - amount) * angle) / sine, from, Math.Sin(amount * angle) / sine, to);
        return mixed.MoveToOuterDisposeScope();
    }

    private static double Dot(Tensor a, Tensor b) => (a * b).sum().item<double>();
}

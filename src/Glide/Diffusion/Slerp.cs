using static TorchSharp.torch;

namespace Glide.Diffusion;

/// <summary>Goes from one noise to another along the sphere.</summary>
/// <remarks>
/// Shoemake 1985 (slerp). Normal noise of many dimensions lies near a sphere; the straight line between two of its points
/// leaves it, and a network makes flat, gray images from what is too short.
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

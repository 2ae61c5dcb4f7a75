using Glide.Devices;
using static TorchSharp.torch;

namespace Glide.Diffusion;

/// <summary>A prediction made ready for a step: clean pictures by the rule, and the noise that goes with them.</summary>
/// <param name="X0">Clean pictures, [N, C, H, W].</param>
/// <param name="Eps">The noise between x and <paramref name="X0"/>, same shape.</param>
internal sealed record CleanPrediction(Tensor X0, Tensor Eps)
{
    /// <summary>Asks the denoiser and applies the rule, then the gradient of guidance.</summary>
    /// <param name="denoise">The denoiser.</param>
    /// <param name="x">Noisy pictures, [N, C, H, W].</param>
    /// <param name="timestep">The timestep of x.</param>
    /// <param name="alphaBar">ᾱ of x.</param>
    /// <param name="rule">The rule on x₀.</param>
    /// <param name="knownPixelsLast">
    /// Whether known pixels are put in again behind the gradient. The original's DDIM does not; the solvers do.
    /// </param>
    /// <remarks>
    /// ε −= √(1 − ᾱ)·∇, and x₀ follows without being clamped again: Song et al. 2020, as in condition_score.
    /// </remarks>
    public static CleanPrediction Ask(
        Denoiser denoise, Tensor x, double timestep, double alphaBar, X0Rule rule, bool knownPixelsLast)
    {
        using var scope = NewDisposeScope();
        var prediction = denoise(x, DiffusionMath.TimestepOf(x, timestep));
        var x0 = rule.Apply(DiffusionMath.PredictX0(x, prediction.Eps, alphaBar));
        if (prediction.Gradient is not null)
        {
            var guided = DiffusionMath.PredictEps(x, x0, alphaBar)
                - prediction.Gradient.Times(MathF.Sqrt(1 - (float)alphaBar));
            x0 = DiffusionMath.PredictX0(x, guided, alphaBar);
            if (knownPixelsLast && rule.Known is not null)
                x0 = rule.Known.PutInto(x0);
        }

        var eps = DiffusionMath.PredictEps(x, x0, alphaBar);
        return new CleanPrediction(x0.MoveToOuterDisposeScope(), eps.MoveToOuterDisposeScope());
    }
}

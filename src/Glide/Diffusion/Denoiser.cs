using Glide.Diffusion.Guidance;
using Glide.Runtime;
using TorchSharp;
using static TorchSharp.torch;

namespace Glide.Diffusion;

/// <summary>Predicts the noise in x. Networks and guidance around a network are denoisers.</summary>
/// <param name="x">Noisy images, [N, C, H, W].</param>
/// <param name="timestep">Timestep in the numbering of the trained steps, possibly fractional, [N], of x's number type;
/// always on the CPU.</param>
/// <returns>New tensors, owned by the caller's dispose scope.</returns>
public delegate Prediction Denoiser(torch.Tensor x, torch.Tensor timestep);

/// <summary>Prediction of a denoiser.</summary>
/// <param name="Eps">Predicted noise, of x's shape.</param>
/// <param name="VarianceFraction">
/// f = (v + 1)/2, of x's shape: interpolation weight of the log variance from β̃ (0) to β (1); null means 0.
/// </param>
/// <param name="Gradient">Scaled gradient of the guidance objective at x, of x's shape; null without gradient
/// guidance.</param>
/// <param name="GuidedEps">
/// With CFG++, the guided noise, while <paramref name="Eps"/> is the unconditional one; null otherwise.
/// </param>
public sealed record Prediction(
    torch.Tensor Eps,
    torch.Tensor? VarianceFraction,
    torch.Tensor? Gradient = null,
    torch.Tensor? GuidedEps = null);

/// <summary>Clean images after the x₀ transform, and the matching noise.</summary>
/// <param name="X0">Clean images, [N, C, H, W].</param>
/// <param name="Eps">The noise between x and <paramref name="X0"/>, same shape.</param>
public sealed record DenoisedPrediction(Tensor X0, Tensor Eps)
{
    /// <summary>Calls the denoiser and applies the x₀ transform, then the guidance gradient.</summary>
    /// <param name="denoise">The denoiser.</param>
    /// <param name="x">Noisy images, [N, C, H, W].</param>
    /// <param name="timestep">The timestep of x.</param>
    /// <param name="alphaBar">ᾱ of x.</param>
    /// <param name="rule">Transform of x₀.</param>
    /// <param name="knownPixelsLast">
    /// Whether known pixels are put in again after the gradient. The original's DDIM does not; the solvers do.
    /// </param>
    /// <remarks>
    /// ε −= √(1 − ᾱ)·∇, and x₀ follows without being clamped again: Song et al. 2020, as in condition_score.
    /// </remarks>
    public static DenoisedPrediction Predict(
        Denoiser denoise, Tensor x, double timestep, double alphaBar, X0Transform rule, bool knownPixelsLast)
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
        return new DenoisedPrediction(x0.MoveToOuterDisposeScope(), eps.MoveToOuterDisposeScope());
    }
}

/// <summary>Transform of every predicted clean image before it is used.</summary>
public sealed record X0Transform
{
    internal X0Transform(Threshold threshold, KnownPixels? known = null)
    {
        Threshold = threshold;
        Known = known;
    }

    /// <summary>How values are limited to [−1, 1].</summary>
    internal Threshold Threshold { get; init; }

    /// <summary>Known pixels, put in last; null if there are none.</summary>
    internal KnownPixels? Known { get; init; }

    /// <summary>Clamps to [−1, 1], as the published recipes do.</summary>
    internal static X0Transform Clamp { get; } = new(Threshold.Static);

    /// <summary>Leaves predictions unchanged.</summary>
    internal static X0Transform None { get; } = new(Threshold.None);

    /// <summary>Applies the transform.</summary>
    /// <param name="x0">Predicted clean images, [N, C, H, W].</param>
    /// <returns>A new tensor of the same shape.</returns>
    public Tensor Apply(Tensor x0)
    {
        using var scope = NewDisposeScope();
        var inRange = Threshold.Apply(x0);
        return (Known is null ? inRange : Known.PutInto(inRange)).MoveToOuterDisposeScope();
    }
}

/// <summary>Replaces x after a step.</summary>
/// <param name="x">Result of the step, with the noise of <see cref="DiffusionTables.AlphasCumprodPrev"/>[step].</param>
/// <param name="step">The step just made; after step 0 x is clean.</param>
/// <returns>A new tensor of x's shape.</returns>
internal delegate torch.Tensor StepHook(torch.Tensor x, int step);

using static TorchSharp.torch;

namespace Glide.Diffusion.Samplers;

/// <summary>Climbs the same path that DDIM with η = 0 comes down: from a picture to the noise that it would come from.</summary>
/// <remarks>
/// Song et al. 2020, section 4.3. Ported from gaussian_diffusion.py, ddim_reverse_sample. Run it from step 0 to step
/// Count − 2: the result then has the noise of the last step, where sampling starts. A climb from Count − 1 ends at ᾱ = 0.
/// </remarks>
internal sealed class DdimInverter(DiffusionTables tables, X0Rule rule) : ISampler
{
    /// <inheritdoc/>
    public DiffusionTables Tables => tables;

    /// <inheritdoc/>
    public X0Rule Rule => rule;

    /// <summary>Makes one step towards more noise.</summary>
    /// <returns>Pictures with the noise of the step above <paramref name="step"/>.</returns>
    public Tensor Step(Denoiser denoise, Tensor x, int step, NoiseSource noise)
    {
        using var scope = NewDisposeScope();
        noise.Skip();
        var clean = CleanPrediction.Ask(
            denoise, x, tables.Timesteps[step], tables.AlphasCumprod[step], rule, knownPixelsLast: false);
        // In float32 like the original: where x₀ was clamped, ε is large enough to show the rounding.
        float alphaBarNext = (float)tables.AlphasCumprodNext[step];
        return DiffusionMath.Combine(MathF.Sqrt(alphaBarNext), clean.X0, MathF.Sqrt(1 - alphaBarNext), clean.Eps)
            .MoveToOuterDisposeScope();
    }

    /// <inheritdoc/>
    public void Dispose()
    {
    }
}

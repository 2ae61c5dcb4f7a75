using Glide.Runtime;
using static TorchSharp.torch;

namespace Glide.Diffusion.Samplers;

/// <summary>
/// Denoising diffusion implicit models: η = 0 is deterministic and follows the ODE, η = 1 is ancestral.
/// </summary>
/// <remarks>Song et al. 2020, eq. 12. Ported from gaussian_diffusion.py, ddim_sample. Order 1 when η = 0.</remarks>
internal sealed class DdimSampler : ISampler
{
    /// <summary>Makes the sampler for one run.</summary>
    /// <param name="tables">The steps.</param>
    /// <param name="rule">Transform of x₀.</param>
    /// <param name="eta">η, 0 to 1.</param>
    /// <exception cref="UsageException">η is out of range.</exception>
    public DdimSampler(DiffusionTables tables, X0Transform rule, double eta = 0)
    {
        if (!(eta >= 0 && eta <= 1))
        {
            throw new UsageException(FormattableString.Invariant(
                $"eta {eta} is out of range; allowed are 0 (no noise between steps) to 1 (as much as DDPM)"));
        }

        Tables = tables;
        Rule = rule;
        Eta = eta;
    }

    public DiffusionTables Tables { get; }

    public X0Transform Rule { get; }

    /// <summary>η: share of new noise, 0 to 1.</summary>
    public double Eta { get; }

    public Tensor Step(Denoiser denoise, Tensor x, int step, NoiseSource noise)
    {
        using var scope = NewDisposeScope();
        // In float32 like the original: if x₀ was clamped, ε is large enough to show the rounding of these factors.
        float alphaBar = (float)Tables.AlphasCumprod[step];
        float alphaBarPrev = (float)Tables.AlphasCumprodPrev[step];
        var clean = DenoisedPrediction.Predict(
            denoise, x, Tables.Timesteps[step], Tables.AlphasCumprod[step], Rule, knownPixelsLast: false);
        float sigma = (float)Eta * MathF.Sqrt((1 - alphaBarPrev) / (1 - alphaBar))
            * MathF.Sqrt(1 - (alphaBar / alphaBarPrev));
        var mean = DiffusionMath.Combine(
            MathF.Sqrt(alphaBarPrev), clean.X0, MathF.Sqrt(1 - alphaBarPrev - (sigma * sigma)), clean.Eps);
        if (step == 0 || Eta == 0)
        {
            noise.Skip();
            return mean.MoveToOuterDisposeScope();
        }

        return mean.Plus(noise.Draw().Times(sigma)).MoveToOuterDisposeScope();
    }

    public void Dispose()
    {
    }
}

/// <summary>DDIM inversion: the steps of DDIM with η = 0 in the other direction, from an image to its noise.</summary>
/// <remarks>
/// Song et al. 2020, section 4.3. Ported from gaussian_diffusion.py, ddim_reverse_sample. Run it from step 0 to step
/// Count − 2: the result then has the noise of the last step, where sampling starts. A step up from Count − 1 would end
/// at ᾱ = 0.
/// </remarks>
internal sealed class DdimInverter(DiffusionTables tables, X0Transform rule) : ISampler
{
    public DiffusionTables Tables => tables;

    public X0Transform Rule => rule;

    /// <summary>Makes one step towards more noise.</summary>
    /// <returns>Images with the noise of the step above <paramref name="step"/>.</returns>
    public Tensor Step(Denoiser denoise, Tensor x, int step, NoiseSource noise)
    {
        using var scope = NewDisposeScope();
        noise.Skip();
        var clean = DenoisedPrediction.Predict(
            denoise, x, tables.Timesteps[step], tables.AlphasCumprod[step], rule, knownPixelsLast: false);
        // In float32 like the original: if x₀ was clamped, ε is large enough to show the rounding.
        float alphaBarNext = (float)tables.AlphasCumprodNext[step];
        return DiffusionMath.Combine(MathF.Sqrt(alphaBarNext), clean.X0, MathF.Sqrt(1 - alphaBarNext), clean.Eps)
            .MoveToOuterDisposeScope();
    }

    public void Dispose()
    {
    }
}

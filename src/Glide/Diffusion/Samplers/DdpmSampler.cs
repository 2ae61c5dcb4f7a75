using Glide.Runtime;
using static TorchSharp.torch;

namespace Glide.Diffusion.Samplers;

/// <summary>Ancestral sampling with learned variances, as in training.</summary>
/// <remarks>
/// Ho et al. 2020, algorithm 2; Nichol and Dhariwal 2021, eq. 15. Ported from gaussian_diffusion.py, p_sample.
/// </remarks>
internal sealed class DdpmSampler(DiffusionTables tables, X0Transform rule) : ISampler
{
    public DiffusionTables Tables => tables;

    public X0Transform Rule => rule;

    public Tensor Step(Denoiser denoise, Tensor x, int step, NoiseSource noise)
    {
        using var scope = NewDisposeScope();
        var prediction = denoise(x, DiffusionMath.TimestepOf(x, tables.Timesteps[step]));
        var x0 = rule.Apply(DiffusionMath.PredictX0(x, prediction.Eps, tables.AlphasCumprod[step]));
        var mean = Mean(x0, x, step);
        var logVariance = LogVariance(prediction, x, step);
        if (prediction.Gradient is not null)
            mean = mean.Plus(logVariance.exp() * prediction.Gradient);
        if (step == 0)
        {
            noise.Skip();
            return mean.MoveToOuterDisposeScope();
        }

        return mean.Plus(logVariance.Times(0.5).exp() * noise.Draw()).MoveToOuterDisposeScope();
    }

    /// <summary>The mean of q(x_prev | x, x₀). Ho et al. 2020, eq. 7.</summary>
    public Tensor Mean(Tensor x0, Tensor x, int step) =>
        DiffusionMath.Combine(tables.PosteriorMeanX0[step], x0, tables.PosteriorMeanX[step], x);

    /// <summary>f·ln β + (1 − f)·ln β̃, of x's shape.</summary>
    public Tensor LogVariance(Prediction prediction, Tensor x, int step)
    {
        using var scope = NewDisposeScope();
        var fraction = prediction.VarianceFraction ?? zeros(x.shape, dtype: x.dtype, device: x.device);
        var logVariance = DiffusionMath.Combine(
            Math.Log(tables.Betas[step]), fraction, tables.LogPosteriorVariance[step], fraction.Complement());
        return logVariance.MoveToOuterDisposeScope();
    }

    public void Dispose()
    {
    }
}

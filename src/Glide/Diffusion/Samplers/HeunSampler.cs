using static TorchSharp.torch;

namespace Glide.Diffusion.Samplers;

/// <summary>Heun's method in ς = σ/α: an Euler step, then a step with the mean of the slopes at both ends.</summary>
/// <remarks>
/// Karras et al. 2022 (arXiv 2206.00364), algorithm 1 and, with churn, algorithm 2 (S_noise 1, no limits on where it
/// acts).
/// In their variables y = x/α and the slope dy/dς is ε. Two passes per step, one in the last, which ends at ς = 0.
/// Order 2.
/// </remarks>
internal sealed class HeunSampler : ISampler
{
    // √2 − 1: churn never more than doubles the variance of the noise.
    private static readonly double MaxGamma = Math.Sqrt(2) - 1;

    private readonly double _gamma;

    /// <summary>Makes the sampler for one run.</summary>
    /// <param name="tables">The steps.</param>
    /// <param name="rule">Transform of x₀.</param>
    /// <param name="churn">S_churn; 0 for the ODE.</param>
    /// <exception cref="UsageException">Churn is negative or not a number.</exception>
    public HeunSampler(DiffusionTables tables, X0Transform rule, double churn = 0)
    {
        if (!(churn >= 0 && double.IsFinite(churn)))
        {
            throw new UsageException(FormattableString.Invariant(
                $"churn {churn} is out of range; allowed are 0 (none) and above; Karras et al. use up to 80"));
        }

        Tables = tables;
        Rule = rule;
        _gamma = Math.Min(churn / tables.Count, MaxGamma);
    }

    public DiffusionTables Tables { get; }

    public X0Transform Rule { get; }

    public int PassesOf(int step) => step == 0 ? 1 : 2;

    public Tensor Step(Denoiser denoise, Tensor x, int step, NoiseSource noise)
    {
        using var scope = NewDisposeScope();
        double alphaBar = Tables.AlphasCumprod[step];
        double timestep = Tables.Timesteps[step];
        if (_gamma > 0)
        {
            // Not noisier than the noisiest point that solvers start from.
            double lambda = Math.Max(Tables.Lambdas[step] - Math.Log(1 + _gamma),
                Math.Min(Tables.Lambdas[step], TimestepSpacing.MinLambda));
            double raised = Tables.Trained.TimestepOf(lambda);
            double alphaBarRaised = Tables.Trained.AlphaBar(raised);
            double variance = ((1 - alphaBarRaised) / alphaBarRaised) - ((1 - alphaBar) / alphaBar);
            x = DiffusionMath.Combine(
                Math.Sqrt(alphaBarRaised / alphaBar), x, Math.Sqrt(alphaBarRaised * Math.Max(0, variance)),
                    noise.Draw());
            (alphaBar, timestep) = (alphaBarRaised, raised);
        }
        else
        {
            noise.Skip();
        }

        var clean = DenoisedPrediction.Predict(denoise, x, timestep, alphaBar, Rule, knownPixelsLast: true);
        if (step == 0)
            return clean.X0.MoveToOuterDisposeScope();

        // x′ = α′·(x/α + (ς′ − ς)·slope)
        double alphaBarNext = Tables.AlphasCumprod[step - 1];
        double keep = Math.Sqrt(alphaBarNext / alphaBar);
        double advance = Math.Sqrt(1 - alphaBarNext) - (keep * Math.Sqrt(1 - alphaBar));
        var euler = DiffusionMath.Combine(keep, x, advance, clean.Eps);
        var end = DenoisedPrediction.Predict(
            denoise, euler, Tables.Timesteps[step - 1], alphaBarNext, Rule, knownPixelsLast: true);
        var slope = DiffusionMath.Combine(0.5, clean.Eps, 0.5, end.Eps);
        return DiffusionMath.Combine(keep, x, advance, slope).MoveToOuterDisposeScope();
    }

    public void Dispose()
    {
    }
}

using Glide.Runtime;
using static TorchSharp.torch;

namespace Glide.Diffusion.Samplers;

/// <summary>
/// DPM-Solver++(2M), the ODE or the SDE: x₀ is extrapolated in λ from the current and the previous prediction.
/// </summary>
/// <remarks>
/// Lu et al. 2022 (arXiv 2211.01095), algorithm 2 for the ODE (order 2) and appendix A for the SDE. The first step and
/// the last, which ends at σ = 0, are of first order; see <see cref="LowerOrderFinal"/> for runs of few steps.
/// </remarks>
internal sealed class DpmSolver2MSampler(DiffusionTables tables, X0Transform rule, bool stochastic) : ISampler
{
    private readonly PredictionHistory _history = new(capacity: 2);

    public DiffusionTables Tables => tables;

    public X0Transform Rule => rule;

    public Tensor Step(Denoiser denoise, Tensor x, int step, NoiseSource noise)
    {
        using var scope = NewDisposeScope();
        double alphaBar = tables.AlphasCumprod[step];
        var clean = DenoisedPrediction.Predict(
            denoise, x, tables.Timesteps[step], alphaBar, rule, knownPixelsLast: true);
        double lambda = tables.Lambdas[step];
        _history.Add(clean.X0, lambda);
        if (step == 0)
        {
            noise.Skip();
            return clean.X0.MoveToOuterDisposeScope();
        }

        double lambdaNext = tables.Lambdas[step - 1];
        double h = lambdaNext - lambda;
        var x0 = clean.X0;
        if (LowerOrderFinal.Of(_history.Count, step, tables.Count) > 1)
        {
            // D = (1 + 1/2r)·x₀ − 1/2r·x₀ before, r = h before / h.
            double r = (lambda - _history.Place(1)) / h;
            x0 = DiffusionMath.Combine(1 + (1 / (2 * r)), x0, -1 / (2 * r), _history.Value(1));
        }

        double alphaBarNext = tables.AlphasCumprod[step - 1];
        double alphaNext = Math.Sqrt(alphaBarNext);
        double sigmaNext = Math.Sqrt(1 - alphaBarNext);
        double sigmaRatio = sigmaNext / Math.Sqrt(1 - alphaBar);
        if (!stochastic)
        {
            noise.Skip();
            // σ′/σ·x − α′·(e^(−h) − 1)·D
            return DiffusionMath.Combine(sigmaRatio, x, alphaNext * (1 - Math.Exp(-h)), x0).MoveToOuterDisposeScope();
        }

        // σ′/σ·e^(−h)·x + α′·(1 − e^(−2h))·D + σ′·√(1 − e^(−2h))·z
        double share = 1 - Math.Exp(-2 * h);
        var mean = DiffusionMath.Combine(sigmaRatio * Math.Exp(-h), x, alphaNext * share, x0);
        return mean.Plus(noise.Draw().Times(sigmaNext * Math.Sqrt(share))).MoveToOuterDisposeScope();
    }

    public void Keep(int[] rows) => _history.Keep(rows);

    public void Dispose() => _history.Dispose();
}

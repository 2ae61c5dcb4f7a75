using static TorchSharp.torch;

namespace Glide.Diffusion.Samplers;

/// <summary>Pseudo linear multistep: DDIM's step with ε extrapolated in time from up to four predictions.</summary>
/// <remarks>
/// Liu et al. 2022 (arXiv 2202.09778), eq. 11 and 12. On evenly spaced steps the weights are Adams and Bashforth's
/// (55, −59, 37, −9)/24; elsewhere they are those of the same polynomial over the uneven steps. The first step is the
/// pseudo form of the improved Euler method and takes two passes. Order 2: the transfer part of a step takes ε as constant.
/// </remarks>
internal sealed class PlmsSampler(DiffusionTables tables, X0Rule rule) : ISampler
{
    private readonly PredictionHistory _history = new(capacity: 4);

    /// <inheritdoc/>
    public DiffusionTables Tables => tables;

    /// <inheritdoc/>
    public X0Rule Rule => rule;

    /// <inheritdoc/>
    public int PassesOf(int step) => step > 0 && step == tables.Count - 1 ? 2 : 1;

    /// <inheritdoc/>
    public Tensor Step(Denoiser denoise, Tensor x, int step, NoiseSource noise)
    {
        using var scope = NewDisposeScope();
        noise.Skip();
        double alphaBar = tables.AlphasCumprod[step];
        double timestep = tables.Timesteps[step];
        var clean = CleanPrediction.Ask(denoise, x, timestep, alphaBar, rule, knownPixelsLast: true);
        if (step == 0)
            return clean.X0.MoveToOuterDisposeScope();

        bool first = _history.Count == 0;
        _history.Add(clean.Eps, timestep);
        double alphaBarNext = tables.AlphasCumprod[step - 1];
        double timestepNext = tables.Timesteps[step - 1];
        Tensor eps;
        if (first)
        {
            var guess = Transfer(x, clean.Eps, alphaBar, alphaBarNext);
            var end = CleanPrediction.Ask(denoise, guess, timestepNext, alphaBarNext, rule, knownPixelsLast: true);
            eps = DiffusionMath.Combine(0.5, clean.Eps, 0.5, end.Eps);
        }
        else
        {
            double[] places = [.. Enumerable.Range(0, _history.Count).Select(_history.Place)];
            double[] weights = MeanWeights(places, timestepNext);
            eps = DiffusionMath.Times(weights[0], clean.Eps);
            for (int age = 1; age < weights.Length; age++)
                eps += DiffusionMath.Times(weights[age], _history.Value(age));
        }

        return Transfer(x, eps, alphaBar, alphaBarNext).MoveToOuterDisposeScope();
    }

    /// <inheritdoc/>
    public void Keep(int[] rows) => _history.Keep(rows);

    /// <inheritdoc/>
    public void Dispose() => _history.Dispose();

    /// <summary>Weights that give the mean over [places[0], end] of the polynomial through values at these places.</summary>
    internal static double[] MeanWeights(double[] places, double end)
    {
        // In u, 0 at the newest place and 1 at the end of the step.
        double length = end - places[0];
        double[] us = [.. places.Select(place => (place - places[0]) / length)];
        double[] weights = new double[us.Length];
        for (int i = 0; i < us.Length; i++)
        {
            // Lagrange's polynomial of point i as coefficients, lowest first.
            double[] polynomial = [1];
            for (int j = 0; j < us.Length; j++)
            {
                if (j == i)
                    continue;
                double[] product = new double[polynomial.Length + 1];
                for (int k = 0; k < polynomial.Length; k++)
                {
                    product[k] -= polynomial[k] * us[j] / (us[i] - us[j]);
                    product[k + 1] += polynomial[k] / (us[i] - us[j]);
                }

                polynomial = product;
            }

            for (int k = 0; k < polynomial.Length; k++)
                weights[i] += polynomial[k] / (k + 1);
        }

        return weights;
    }

    // DDIM's step as a function of x and ε, eq. 11: √ᾱ′/√ᾱ·x + (√(1 − ᾱ′) − √ᾱ′/√ᾱ·√(1 − ᾱ))·ε.
    private static Tensor Transfer(Tensor x, Tensor eps, double alphaBar, double alphaBarNext)
    {
        double keep = Math.Sqrt(alphaBarNext / alphaBar);
        return DiffusionMath.Combine(keep, x, Math.Sqrt(1 - alphaBarNext) - (keep * Math.Sqrt(1 - alphaBar)), eps);
    }
}

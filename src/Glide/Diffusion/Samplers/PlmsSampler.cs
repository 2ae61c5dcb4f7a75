using static TorchSharp.torch;

namespace Glide.Diffusion.Samplers;

/// <summary>
/// Pseudo linear multistep: DDIM's step with ε extrapolated from the current and the previous prediction.
/// </summary>
/// <remarks>
/// Liu et al. 2022 (arXiv 2202.09778), the method of second order (S-PNDM): the first step is the pseudo form of the
/// improved Euler method and takes two passes, all others use (3ε − ε before)/2. The paper's weights are for even
/// steps; they are kept where steps are uneven in time, since those of uneven steps grow without bound where steps get
/// longer, and ε is as smooth in the number of the step. The x₀ of the extrapolated ε is transformed like every other.
/// The paper's method of fourth order is no more exact here, as the transfer part of a step is of order 2, and less
/// stable: where the schedule begins, an error of ε is multiplied by σ/α = 160 in x₀.
/// </remarks>
internal sealed class PlmsSampler(DiffusionTables tables, X0Transform rule) : ISampler
{
    private readonly PredictionHistory _history = new(capacity: 2);

    public DiffusionTables Tables => tables;

    public X0Transform Rule => rule;

    public int PassesOf(int step) => step > 0 && step == tables.Count - 1 ? 2 : 1;

    public Tensor Step(Denoiser denoise, Tensor x, int step, NoiseSource noise)
    {
        using var scope = NewDisposeScope();
        noise.Skip();
        double alphaBar = tables.AlphasCumprod[step];
        var clean = DenoisedPrediction.Predict(
            denoise, x, tables.Timesteps[step], alphaBar, rule, knownPixelsLast: true);
        if (step == 0)
            return clean.X0.MoveToOuterDisposeScope();

        _history.Add(clean.Eps, step);
        double alphaBarNext = tables.AlphasCumprod[step - 1];
        Tensor eps;
        if (_history.Count == 1)
        {
            var guess = Transfer(x, clean.Eps, alphaBar, alphaBarNext);
            var end = DenoisedPrediction.Predict(denoise, guess, tables.Timesteps[step - 1], alphaBarNext, rule,
                knownPixelsLast: true);
            eps = DiffusionMath.Combine(0.5, clean.Eps, 0.5, end.Eps);
        }
        else
        {
            eps = DiffusionMath.Combine(1.5, clean.Eps, -0.5, _history.Value(1));
        }

        var x0 = rule.Apply(DiffusionMath.PredictX0(x, eps, alphaBar));
        return Transfer(x, DiffusionMath.PredictEps(x, x0, alphaBar), alphaBar, alphaBarNext).MoveToOuterDisposeScope();
    }

    public void Keep(int[] rows) => _history.Keep(rows);

    public void Dispose() => _history.Dispose();

    // DDIM's step as a function of x and ε, eq. 11: √ᾱ′/√ᾱ·x + (√(1 − ᾱ′) − √ᾱ′/√ᾱ·√(1 − ᾱ))·ε.
    private static Tensor Transfer(Tensor x, Tensor eps, double alphaBar, double alphaBarNext)
    {
        double keep = Math.Sqrt(alphaBarNext / alphaBar);
        return DiffusionMath.Combine(keep, x, Math.Sqrt(1 - alphaBarNext) - (keep * Math.Sqrt(1 - alphaBar)), eps);
    }
}

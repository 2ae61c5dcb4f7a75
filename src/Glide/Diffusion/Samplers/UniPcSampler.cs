using Glide.Devices;
using static TorchSharp.torch;

namespace Glide.Diffusion.Samplers;

/// <summary>UniPC: predicts the next x from several predictions of x₀ and corrects it when the next prediction is there.</summary>
/// <remarks>
/// Zhao et al. 2023 (arXiv 2302.04867), algorithms 5 to 8 in data prediction. The corrector costs no pass of its own: it uses
/// the prediction that the next step makes anyway. It is written as a change of the given x, so that what a hook did to x
/// stays. The last step, which ends at σ = 0, is of first order; see <see cref="LowerOrderFinal"/> for runs of few steps.
/// </remarks>
internal sealed class UniPcSampler : ISampler
{
    private readonly int _order;
    private readonly UniPcVariant _variant;
    private readonly PredictionHistory _history;
    private UniPcStep? _made;
    private Tensor? _predictedResidual;

    /// <summary>Makes the sampler for one run.</summary>
    /// <param name="tables">The steps.</param>
    /// <param name="rule">The rule on x₀.</param>
    /// <param name="order">p: how many predictions the predictor uses, 1 to 3.</param>
    /// <param name="variant">Which B(h).</param>
    public UniPcSampler(DiffusionTables tables, X0Rule rule, int order, UniPcVariant variant)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(order, 1);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(order, 3);
        Tables = tables;
        Rule = rule;
        _order = order;
        _variant = variant;
        _history = new PredictionHistory(order);
    }

    /// <inheritdoc/>
    public DiffusionTables Tables { get; }

    /// <inheritdoc/>
    public X0Rule Rule { get; }

    /// <inheritdoc/>
    public Tensor Step(Denoiser denoise, Tensor x, int step, NoiseSource noise)
    {
        using var scope = NewDisposeScope();
        noise.Skip();
        var clean = CleanPrediction.Ask(
            denoise, x, Tables.Timesteps[step], Tables.AlphasCumprod[step], Rule, knownPixelsLast: true);
        if (step == 0)
            return clean.X0.MoveToOuterDisposeScope();

        var corrected = Correct(x, clean.X0);
        _history.Add(clean.X0, Tables.Lambdas[step]);

        double h = Tables.Lambdas[step - 1] - Tables.Lambdas[step];
        double alphaBarNext = Tables.AlphasCumprod[step - 1];
        double alphaNext = Math.Sqrt(alphaBarNext);
        int used = LowerOrderFinal.Of(Math.Min(_order, _history.Count), step, Tables.Count);
        double[] ratios = [.. Enumerable.Range(1, used - 1)
            .Select(age => (_history.Place(age) - _history.Place(0)) / h)];
        var made = new UniPcStep(ratios, h, alphaNext, _variant);
        var residual = Residual(made.PredictorWeights, x);
        var first = DiffusionMath.Combine(
            Math.Sqrt((1 - alphaBarNext) / (1 - Tables.AlphasCumprod[step])), corrected,
            alphaNext * (1 - Math.Exp(-h)), clean.X0);
        Forget();
        _made = made;
        _predictedResidual = residual.DetachFromDisposeScope();
        return first.Plus(residual).MoveToOuterDisposeScope();
    }

    /// <inheritdoc/>
    public void Keep(int[] rows)
    {
        _history.Keep(rows);
        if (_predictedResidual is null)
            return;
        var kept = DiffusionMath.KeepRows(_predictedResidual, rows).DetachFromDisposeScope();
        _predictedResidual.Dispose();
        _predictedResidual = kept;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        Forget();
        _history.Dispose();
    }

    // Predictor and corrector differ in the weighted sum of differences alone.
    private Tensor Correct(Tensor x, Tensor x0)
    {
        if (_made is null || _predictedResidual is null)
            return x;
        using var scope = NewDisposeScope();
        var residual = Residual(_made.CorrectorWeights, x)
            .Plus((x0 - _history.Value(0)).Times(_made.CorrectorNewWeight));
        return (x.Plus(residual) - _predictedResidual).MoveToOuterDisposeScope();
    }

    // −α′·B(h)·Σ ρ·(x₀ at an older point − x₀ at the newest) / r, the factors already in the weights.
    private Tensor Residual(IReadOnlyList<double> weights, Tensor like)
    {
        using var scope = NewDisposeScope();
        var sum = zeros(like.shape, dtype: like.dtype, device: like.device);
        for (int age = 1; age <= weights.Count; age++)
            sum = sum.Plus((_history.Value(age) - _history.Value(0)).Times(weights[age - 1]));
        return sum.MoveToOuterDisposeScope();
    }

    private void Forget()
    {
        _predictedResidual?.Dispose();
        _predictedResidual = null;
        _made = null;
    }
}

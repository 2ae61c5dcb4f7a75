using Glide.Runtime;
using static TorchSharp.torch;

namespace Glide.Diffusion.Samplers;

/// <summary>
/// UniPC: predicts the next x from several predictions of x₀ and corrects it with the next prediction.
/// </summary>
/// <remarks>
/// Zhao et al. 2023 (arXiv 2302.04867), algorithms 5 to 8 in data prediction. The corrector costs no pass of its own:
/// it uses the prediction that the next step makes anyway. It is written as a change of the given x, so that changes by
/// a hook are kept. The last step, which ends at σ = 0, is of first order; see <see cref="LowerOrderFinal"/> for runs
/// of few steps.
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
    /// <param name="rule">Transform of x₀.</param>
    /// <param name="order">p: number of predictions that the predictor uses, 1 to 3.</param>
    /// <param name="variant">Which B(h).</param>
    public UniPcSampler(DiffusionTables tables, X0Transform rule, int order, UniPcVariant variant)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(order, 1);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(order, 3);
        Tables = tables;
        Rule = rule;
        _order = order;
        _variant = variant;
        _history = new PredictionHistory(order);
    }

    public DiffusionTables Tables { get; }

    public X0Transform Rule { get; }

    public Tensor Step(Denoiser denoise, Tensor x, int step, NoiseSource noise)
    {
        using var scope = NewDisposeScope();
        noise.Skip();
        var clean = DenoisedPrediction.Predict(
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

    public void Keep(int[] rows)
    {
        _history.Keep(rows);
        if (_predictedResidual is null)
            return;
        var kept = DiffusionMath.KeepRows(_predictedResidual, rows).DetachFromDisposeScope();
        _predictedResidual.Dispose();
        _predictedResidual = kept;
    }

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

/// <summary>The weights of one UniPC step.</summary>
/// <remarks>
/// Zhao et al. 2023, eq. 5 to 9, for data prediction: h is replaced by −h. Weights include −α′·B(h)/r.
/// </remarks>
internal sealed class UniPcStep
{
    /// <summary>Solves for the weights.</summary>
    /// <param name="ratios">r of the older predictions, newest first: (λ there − λ here) / h, all negative.</param>
    /// <param name="h">λ at the end − λ here.</param>
    /// <param name="alphaNext">α at the end.</param>
    /// <param name="variant">Which B(h).</param>
    public UniPcStep(double[] ratios, double h, double alphaNext, UniPcVariant variant)
    {
        int order = ratios.Length + 1;
        double b = variant == UniPcVariant.B1 ? -h : Math.Exp(-h) - 1;
        double[] points = [.. ratios, 1];
        double[] moments = Moments(order, -h, b);
        double[] corrector = order == 1 ? [0.5] : Solve(points, moments);
        // With one older prediction every ρ has the right order; 1/2 is the paper's choice.
        double[] predictor = order switch
        {
            1 => [],
            2 => [0.5],
            _ => Solve(ratios, moments[..^1]),
        };

        PredictorWeights = [.. predictor.Select((rho, i) => -alphaNext * b * rho / ratios[i])];
        CorrectorWeights = [.. corrector.Take(order - 1).Select((rho, i) => -alphaNext * b * rho / ratios[i])];
        CorrectorNewWeight = -alphaNext * b * corrector[^1];
    }

    /// <summary>The predictor's weights of (older − newest), newest first.</summary>
    public IReadOnlyList<double> PredictorWeights { get; }

    /// <summary>The corrector's weights of the same differences.</summary>
    public IReadOnlyList<double> CorrectorWeights { get; }

    /// <summary>The corrector's weight of (prediction at the end − newest).</summary>
    public double CorrectorNewWeight { get; }

    // n!·φ_(n+1)(h)/B(h), φ_1 = (e^h − 1)/h, φ_(n+1) = (φ_n − 1/n!)/h, all times h as the paper's b is.
    private static double[] Moments(int count, double h, double b)
    {
        double[] moments = new double[count];
        double phi = ((Math.Exp(h) - 1) / h) - 1;
        double factorial = 1;
        for (int n = 1; n <= count; n++)
        {
            factorial *= n;
            moments[n - 1] = phi * factorial / b;
            phi = (phi / h) - (1 / (factorial * (n + 1)));
        }

        return moments;
    }

    // Σ_i ρ_i·r_i^(k) = moment_k for k = 0, 1, …; at most 3 unknowns, Gauss with pivots.
    private static double[] Solve(double[] points, double[] moments)
    {
        int size = points.Length;
        double[][] rows = [.. Enumerable.Range(0, size)
            .Select(k => points.Select(point => Math.Pow(point, k)).Append(moments[k]).ToArray())];
        for (int column = 0; column < size; column++)
        {
            int pivot = Enumerable.Range(column, size - column).MaxBy(row => Math.Abs(rows[row][column]));
            (rows[column], rows[pivot]) = (rows[pivot], rows[column]);
            for (int row = 0; row < size; row++)
            {
                if (row == column)
                    continue;
                double factor = rows[row][column] / rows[column][column];
                for (int k = column; k <= size; k++)
                    rows[row][k] -= factor * rows[column][k];
            }
        }

        return [.. Enumerable.Range(0, size).Select(row => rows[row][size] / rows[row][row])];
    }
}

/// <summary>The function B(h) of UniPC; both have the same order.</summary>
internal enum UniPcVariant
{
    /// <summary>B(h) = h.</summary>
    B1,

    /// <summary>B(h) = e^h − 1.</summary>
    B2,
}

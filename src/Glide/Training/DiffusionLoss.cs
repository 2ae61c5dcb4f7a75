using System.Globalization;
using Glide.Diffusion;
using Glide.Runtime;
using static TorchSharp.torch;

namespace Glide.Training;

/// <summary>
/// The training loss of a network that predicts noise and variance: L_simple + L_vlb, image by image.
/// </summary>
/// <remarks>
/// Nichol &amp; Dhariwal 2021 (Improved DDPM), eq. 16. L_vlb trains the variance only, since the mean that it sees is
/// detached. It is in bits per dimension; at timestep 0 it is the likelihood of the 8-bit image.
/// </remarks>
internal sealed class DiffusionLoss : IDisposable
{
    private const double BitsPerNat = 1.4426950408889634;           // 1 / ln 2
    private const double HalfLevel = 1.0 / 255;                     // levels of 8 bits are 2/255 apart in [−1, 1]
    private const double SmallestProbability = 1e-12;

    private readonly Tensor _signal;
    private readonly Tensor _noise;
    private readonly Tensor _logBeta;
    private readonly Tensor _logPosterior;
    private readonly Tensor _meanOfX0;
    private readonly Tensor _meanOfX;
    private readonly Tensor _weights;

    /// <summary>Puts the coefficients of all trained steps onto a device.</summary>
    /// <param name="schedule">The trained steps.</param>
    /// <param name="weight">Weight of L_simple at each timestep.</param>
    /// <param name="device">Device of the network.</param>
    public DiffusionLoss(NoiseSchedule schedule, LossWeight weight, Device device)
    {
        var tables = new DiffusionTables(schedule, [.. Enumerable.Range(0, schedule.Count).Select(t => (double)t)]);
        double[] alphaBars = tables.AlphasCumprod;
        _signal = Table([.. alphaBars.Select(Math.Sqrt)], device);
        _noise = Table(Array.ConvertAll(alphaBars, alphaBar => Math.Sqrt(1 - alphaBar)), device);
        _logBeta = Table(Array.ConvertAll(tables.Betas, Math.Log), device);
        _logPosterior = Table(tables.LogPosteriorVariance, device);
        _meanOfX0 = Table(tables.PosteriorMeanX0, device);
        _meanOfX = Table(tables.PosteriorMeanX, device);
        _weights = Table([.. alphaBars.Select(weight.At)], device);
    }

    /// <summary>Images with the noise of their timesteps: √ᾱ·x₀ + √(1 − ᾱ)·z. Ho et al. 2020, eq. 4.</summary>
    /// <param name="x0">Clean images in [−1, 1], [N, C, H, W].</param>
    /// <param name="noise">z, same shape.</param>
    /// <param name="timestep">Timestep of each image, [N] int64.</param>
    public Tensor AddNoise(Tensor x0, Tensor noise, Tensor timestep)
    {
        using var scope = NewDisposeScope();
        return (At(_signal, timestep) * x0).Plus(At(_noise, timestep) * noise).MoveToOuterDisposeScope();
    }

    /// <summary>Both terms for each image.</summary>
    /// <param name="output">What the network predicts for <paramref name="x"/>: ε, then the variance's position between
    /// its bounds in [−1, 1], [N, 2·C, H, W] in float32.</param>
    /// <param name="x">The noisy images, [N, C, H, W].</param>
    /// <param name="x0">The clean images.</param>
    /// <param name="noise">The noise in them.</param>
    /// <param name="timestep">Timestep of each image, [N] int64.</param>
    public LossTerms Of(Tensor output, Tensor x, Tensor x0, Tensor noise, Tensor timestep)
    {
        using var scope = NewDisposeScope();
        var halves = output.chunk(2, dim: 1);
        var squares = (noise - halves[0]).Squared().mean([1, 2, 3]);                                // [N]
        var logVariance = LogVariance(halves[1], timestep);                                         // [N, C, H, W]
        var mean = PosteriorMean(PredictX0(x, halves[0].detach(), timestep), x, timestep);          // [N, C, H, W]
        var divergence = Divergence(PosteriorMean(x0, x, timestep), At(_logPosterior, timestep), mean, logVariance);
        var likelihood = LogLikelihood(x0, mean, logVariance).neg();
        var bits = where(timestep.IsBelow(1).reshape(-1, 1, 1, 1), likelihood, divergence)
            .mean([1, 2, 3]).Times(BitsPerNat);                                                     // [N]
        var total = (squares * _weights.index_select(0, timestep)).Plus(bits);
        return new LossTerms(
            total.MoveToOuterDisposeScope(), squares.detach().MoveToOuterDisposeScope(),
            bits.detach().MoveToOuterDisposeScope());
    }

    public void Dispose()
    {
        foreach (var table in new[] { _signal, _noise, _logBeta, _logPosterior, _meanOfX0, _meanOfX, _weights })
            table.Dispose();
    }

    private Tensor PredictX0(Tensor x, Tensor eps, Tensor timestep) =>
        (x - (At(_noise, timestep) * eps)) / At(_signal, timestep);

    // Ho et al. 2020, eq. 7.
    private Tensor PosteriorMean(Tensor x0, Tensor x, Tensor timestep) =>
        (At(_meanOfX0, timestep) * x0).Plus(At(_meanOfX, timestep) * x);

    // Nichol & Dhariwal 2021, eq. 15: between ln β̃ and ln β.
    private Tensor LogVariance(Tensor position, Tensor timestep)
    {
        var fraction = position.Plus(1.0).Times(0.5);
        return (fraction * At(_logBeta, timestep)).Plus(fraction.Complement() * At(_logPosterior, timestep));
    }

    // Between two normal distributions, in nats.
    private static Tensor Divergence(Tensor mean1, Tensor logVariance1, Tensor mean2, Tensor logVariance2)
    {
        var difference = logVariance2 - logVariance1;
        var shift = (mean1 - mean2).Squared() * logVariance2.neg().exp();
        return difference.Plus(difference.neg().exp()).Plus(shift).Plus(-1.0).Times(0.5);
    }

    // Of the level that x0 is rounded to; the outermost levels reach to infinity. In nats.
    private static Tensor LogLikelihood(Tensor x0, Tensor mean, Tensor logVariance)
    {
        var centered = x0 - mean;
        var inverse = logVariance.Times(-0.5).exp();
        var above = NormalCdf(centered.Plus(HalfLevel) * inverse);
        var below = NormalCdf(centered.Plus(-HalfLevel) * inverse);
        var inner = Log(above - below);
        return where(x0.IsBelow(-0.999), Log(above), where(x0.neg().IsBelow(-0.999), Log(below.Complement()), inner));
    }

    private static Tensor Log(Tensor probability) => probability.AtLeast(SmallestProbability).log();

    // The approximation that the original trains with.
    private static Tensor NormalCdf(Tensor x) =>
        x.Plus(x.Squared() * x.Times(0.044715)).Times(Math.Sqrt(2 / Math.PI)).tanh().Plus(1.0).Times(0.5);

    private static Tensor At(Tensor table, Tensor timestep) => table.index_select(0, timestep).reshape(-1, 1, 1, 1);

    private static Tensor Table(double[] values, Device device)
    {
        using var scope = NewDisposeScope();
        return tensor(values).to(ScalarType.Float32).to(device).DetachFromDisposeScope();
    }
}

/// <summary>The loss of each image of a batch, [N]; the receiver disposes it.</summary>
/// <param name="Total">What is minimized, with its graph.</param>
/// <param name="Simple">Mean squared error of the noise, without a graph.</param>
/// <param name="VariationalBound">Bits per dimension, without a graph.</param>
internal sealed record LossTerms(Tensor Total, Tensor Simple, Tensor VariationalBound) : IDisposable
{
    public void Dispose()
    {
        Total.Dispose();
        Simple.Dispose();
        VariationalBound.Dispose();
    }
}

/// <summary>Weight of L_simple by timestep.</summary>
/// <param name="Name">As the user writes it.</param>
/// <param name="At">From ᾱ to the weight.</param>
internal sealed record LossWeight(string Name, Func<double, double> At)
{
    private const double DefaultGamma = 5;
    private const double DefaultLimit = 100;

    /// <summary>Ho et al. 2020: all timesteps alike.</summary>
    public static LossWeight None { get; } = new("none", _ => 1);

    /// <summary>Choi et al. 2022 (P2) with k = γ = 1: less where an image is almost clean.</summary>
    public static LossWeight P2 { get; } = new("p2", alphaBar => 1 / (1 + Snr(alphaBar)));

    /// <summary>
    /// Reads <c>none</c>, <c>p2</c>, <c>min-snr[:GAMMA]</c> or <c>truncated-snr[:LIMIT]</c>.
    /// </summary>
    /// <returns><c>null</c> for another text.</returns>
    public static LossWeight? TryParse(string text) => text.Split(':') switch
    {
        ["none"] => None,
        ["p2"] => P2,
        ["min-snr"] => MinSnr(text, DefaultGamma),
        ["min-snr", var gamma] when Number(gamma, least: 0) is { } value and > 0 => MinSnr(text, value),
        ["truncated-snr"] => TruncatedSnr(text, DefaultLimit),
        ["truncated-snr", var limit] when Number(limit, least: 1) is { } value => TruncatedSnr(text, value),
        _ => null,
    };

    private static double? Number(string text, double least) =>
        double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out double value)
            && value >= least && value <= 1000 ? value : null;

    // Hang et al. 2023, for a network that predicts noise.
    private static LossWeight MinSnr(string name, double gamma) =>
        new(name, alphaBar => Math.Min(Snr(alphaBar), gamma) / Snr(alphaBar));

    // Salimans & Ho 2022, section 4: max(SNR, 1) of the image's squared error, hence max(1, 1/SNR) of the noise's. The
    // limit is ours: 1/SNR grows without bound towards pure noise.
    private static LossWeight TruncatedSnr(string name, double limit) =>
        new(name, alphaBar => Math.Clamp(1 / Snr(alphaBar), 1, limit));

    private static double Snr(double alphaBar) => alphaBar / (1 - alphaBar);
}

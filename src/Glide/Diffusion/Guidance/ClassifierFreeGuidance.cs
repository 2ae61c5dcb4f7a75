using System.Globalization;
using Glide.Runtime;
using static TorchSharp.torch;

namespace Glide.Diffusion.Guidance;

/// <summary>
/// Classifier-free guidance: ε = ε(∅) + s·(ε(c) − ε(∅)), and + s·wᵢ·(ε(cᵢ) − ε(∅)) for every further prompt.
/// </summary>
/// <remarks>
/// Ho and Salimans 2021; Liu et al. 2022, equation 11, for further prompts. The variance is that of the first prompt,
/// as in the original.
/// </remarks>
internal sealed class ClassifierFreeGuidance
{
    private readonly Denoiser _both;
    private readonly Denoiser _conditional;
    private readonly double _scale;
    private readonly CfgSettings _settings;

    /// <summary>Wraps a network.</summary>
    /// <param name="both">The network on 2·N rows: the N images with their prompts, then the same without; after them
    /// the rows of <see cref="CfgSettings.Further"/>.</param>
    /// <param name="conditional">The network on N rows with their prompts; used outside the interval.</param>
    /// <param name="scale">s; with CFG++ it lies between 0 and 1.</param>
    /// <param name="settings">Options; null for none.</param>
    /// <exception cref="UsageException">The scale is not finite, or not between 0 and 1 with CFG++, or φ is out of
    /// range.</exception>
    public ClassifierFreeGuidance(Denoiser both, Denoiser conditional, double scale, CfgSettings? settings = null)
    {
        _both = both;
        _conditional = conditional;
        _scale = scale;
        _settings = settings ?? CfgSettings.Plain;
        if (!double.IsFinite(scale))
        {
            throw new UsageException(FormattableString.Invariant(
                $"guidance scale {scale} is no number to work with; allowed are finite numbers; give another scale"));
        }
        if (_settings.PlusPlus && scale is < 0 or > 1)
        {
            throw new UsageException(FormattableString.Invariant(
                $"guidance scale {scale} is too large for CFG++; allowed are 0 to 1; try 0.6, or leave CFG++ off"));
        }

        if (!(_settings.Rescale >= 0 && _settings.Rescale <= 1))
        {
            throw new UsageException(FormattableString.Invariant(
                $"guidance rescale {_settings.Rescale} is out of range; allowed are 0 to 1; 0 switches it off"));
        }
    }

    /// <summary>Guided prediction for N images.</summary>
    public Prediction Denoise(Tensor x, Tensor timestep)
    {
        if (_settings.Timesteps is { } guided && !guided.Contains(
            timestep.select(0, 0).to(ScalarType.Float32).item<float>()))
        {
            return _conditional(x, timestep);
        }

        using var scope = NewDisposeScope();
        long count = x.shape[0];
        var prediction = _both(_settings.Further.Rows(x), _settings.Further.Rows(timestep));
        var conditional = prediction.Eps.narrow(0, 0, count);
        var unconditional = prediction.Eps.narrow(0, count, count);
        var eps = unconditional.Plus((conditional - unconditional).Times(_scale));
        foreach (var (index, (image, weight)) in _settings.Further.All.Index())
        {
            var further = prediction.Eps.narrow(0, (2 * count) + index, 1) - unconditional.narrow(0, image, 1);
            eps.narrow(0, image, 1).PlusInPlace(further.Times(_scale * weight));
        }
        if (_settings.Rescale > 0)
            eps = Rescaled(eps, conditional);
        var fraction = prediction.VarianceFraction?.narrow(0, 0, count).MoveToOuterDisposeScope();
        eps = eps.MoveToOuterDisposeScope();
        return _settings.PlusPlus
            ? new Prediction(unconditional.MoveToOuterDisposeScope(), fraction, GuidedEps: eps)
            : new Prediction(eps, fraction);
    }

    private Tensor Rescaled(Tensor eps, Tensor conditional)
    {
        var ratio = DiffusionMath.PerImage(conditional, Spread) / DiffusionMath.PerImage(eps, Spread); // [N, 1, 1, 1]
        return DiffusionMath.Combine(_settings.Rescale, eps * ratio, 1 - _settings.Rescale, eps);
    }

    // Standard deviation of one image, [1, 1, 1, 1].
    private static Tensor Spread(Tensor image)
    {
        long[] dimensions = [1, 2, 3];
        var centered = image - image.mean(dimensions, keepdim: true);
        var squares = (centered * centered).sum(dimensions, keepdim: true);
        return squares.Over(image.numel() - 1).sqrt();
    }
}

/// <summary>Options of classifier-free guidance; all off by default.</summary>
internal sealed record CfgSettings
{
    public static CfgSettings Plain { get; } = new();

    /// <summary>
    /// φ: how far the guided noise is rescaled to the standard deviation of the conditional one, 0 to 1; 0 is off.
    /// </summary>
    /// <remarks>Lin et al. 2023, eq. 15 and 16.</remarks>
    public double Rescale { get; init; }

    /// <summary>Further prompts of the images.</summary>
    public FurtherPrompts Further { get; init; } = FurtherPrompts.None;

    /// <summary>
    /// Timesteps with guidance; at others only the first prompt of each image is computed. Null: all.
    /// </summary>
    public GuidedTimesteps? Timesteps { get; init; }

    /// <summary>
    /// CFG++ (Chung et al. 2024): the noise that is added back is the unconditional one. The sampler must use
    /// <see cref="Prediction.GuidedEps"/>.
    /// </summary>
    public bool PlusPlus { get; init; }
}

/// <summary>Further prompts of the images of a pass, in any order; an image may have several, or none.</summary>
/// <param name="All">The image that each belongs to, from 0, and its weight w.</param>
internal sealed record FurtherPrompts(IReadOnlyList<(int Image, double Weight)> All)
{
    public static FurtherPrompts None { get; } = new(All: []);

    /// <summary>The rows of a guided pass: every image twice, then once for each of its further prompts.</summary>
    /// <param name="perImage">[N, ...].</param>
    /// <returns>[2·N + further prompts, ...].</returns>
    public Tensor Rows(Tensor perImage) =>
        cat([perImage, perImage, .. All.Select(further => perImage.narrow(0, further.Image, 1))], dim: 0);
}

/// <summary>The part of a run with guidance, as fractions of its steps.</summary>
/// <param name="From">Start, 0 to 1; 0 is the noisiest step.</param>
/// <param name="To">End, above <paramref name="From"/>, at most 1.</param>
/// <remarks>Kynkäänniemi et al. 2024, who measure the interval in noise instead.</remarks>
internal sealed record GuidanceInterval(double From, double To)
{
    // 0.3 · 10 is a little above 3 in binary; that must not cost a step.
    private const double Rounding = 1e-9;

    public static GuidanceInterval Whole { get; } = new(0, 1);

    /// <summary>Reads "LO:HI".</summary>
    /// <exception cref="UsageException">The text is no interval within 0 and 1.</exception>
    public static GuidanceInterval Parse(string text)
    {
        string[] parts = text.Trim().Split(':');
        if (parts.Length == 2 && TryParse(parts[0], out double from) && TryParse(parts[1], out double to) && from < to
            && to <= 1)
        {
            return new GuidanceInterval(from, to);
        }
        throw new UsageException(
            $"guidance interval '{text}' is not understood; allowed is LO:HI with 0 ≤ LO < HI ≤ 1, fractions of the "
                + $"run, " +
            "such as 0.1:0.8");

        static bool TryParse(string part, out double value) =>
            double.TryParse(part, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out value);
    }

    /// <summary>The timesteps of that part of a run; null for the whole run.</summary>
    /// <param name="tables">The run's steps.</param>
    /// <param name="fromStep">Where the run starts.</param>
    public GuidedTimesteps? Of(DiffusionTables tables, int fromStep)
    {
        int count = fromStep + 1;
        int first = (int)Math.Ceiling((From * count) - Rounding);
        int end = (int)Math.Ceiling((To * count) - Rounding);
        if (first == 0 && end == count)
            return null;
        if (end <= first)
            return new GuidedTimesteps(double.PositiveInfinity, double.PositiveInfinity);
        double highest = first == 0 ? double.PositiveInfinity : Between(fromStep - first);
        double lowest = end == count ? double.NegativeInfinity : Between(fromStep - end);
        return new GuidedTimesteps(lowest, highest);

        // Halfway to the next noisier step, so that the rounding of a timestep does not matter.
        double Between(int step) => (tables.Timesteps[step] + tables.Timesteps[step + 1]) / 2;
    }
}

/// <summary>Timesteps with guidance.</summary>
/// <param name="Lowest">Guidance is on above this timestep.</param>
/// <param name="Highest">Guidance is on below this timestep.</param>
internal sealed record GuidedTimesteps(double Lowest, double Highest)
{
    public bool Contains(double timestep) => timestep > Lowest && timestep < Highest;
}

using System.Globalization;
using Glide.Runtime;
using static TorchSharp.torch;

namespace Glide.Diffusion.Guidance;

/// <summary>How predicted clean images are limited to [−1, 1].</summary>
internal sealed class Threshold
{
    private const double DefaultQuantile = 0.995;

    private readonly double? _quantile;
    private readonly double _cap;
    private readonly bool _clamps;

    private Threshold(string text, bool clamps, double? quantile = null, double cap = double.PositiveInfinity)
    {
        Text = text;
        _clamps = clamps;
        _quantile = quantile;
        _cap = cap;
    }

    public static Threshold Static { get; } = new("static", clamps: true);

    /// <summary>Leaves values unchanged; for unbounded data.</summary>
    public static Threshold None { get; } = new("none", clamps: false);

    /// <summary>The threshold in the syntax of <see cref="Parse"/>.</summary>
    public string Text { get; }

    /// <summary>
    /// Clamps each image to its own quantile of |x₀| and divides by it, so that strong guidance does not saturate.
    /// </summary>
    /// <param name="quantile">Above 0, at most 1.</param>
    /// <param name="cap">Upper bound of the divisor; 1 or more.</param>
    /// <remarks>Saharia et al. 2022 (Imagen), section 2.3.</remarks>
    public static Threshold Dynamic(double quantile = DefaultQuantile, double cap = double.PositiveInfinity)
    {
        if (!(quantile > 0 && quantile <= 1))
            throw new ArgumentOutOfRangeException(nameof(quantile), quantile, "A quantile is above 0 and at most 1.");
        if (!(cap >= 1))
            throw new ArgumentOutOfRangeException(nameof(cap), cap, "A cap is 1 or more.");
        string text = string.Create(CultureInfo.InvariantCulture, $"dynamic:{quantile}");
        if (!double.IsPositiveInfinity(cap))
            text += string.Create(CultureInfo.InvariantCulture, $":{cap}");
        return new Threshold(text, clamps: true, quantile, cap);
    }

    /// <summary>Reads "static", "dynamic", "dynamic:QUANTILE" or "dynamic:QUANTILE:CAP".</summary>
    /// <exception cref="UsageException">The text is none of these.</exception>
    public static Threshold Parse(string text)
    {
        string[] parts = text.Trim().Split(':');
        if (parts is ["static"])
            return Static;
        if (parts[0] == "dynamic" && parts.Length <= 3)
        {
            double cap = double.PositiveInfinity;
            double quantile = DefaultQuantile;
            bool read = (parts.Length < 2 || TryParse(parts[1], out quantile))
                && (parts.Length < 3 || TryParse(parts[2], out cap));
            if (read && quantile > 0 && quantile <= 1 && cap >= 1)
                return Dynamic(quantile, cap);
        }

        throw new UsageException(
            $"threshold '{text}' is not understood; allowed are static, dynamic, dynamic:QUANTILE (above 0, at most "
                + $"1; " +
            "0.995 when left out) and dynamic:QUANTILE:CAP (a cap of 1 or more)");

        static bool TryParse(string part, out double value) =>
            double.TryParse(part, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out value);
    }

    /// <summary>Applies the threshold.</summary>
    /// <param name="x0">[N, C, H, W].</param>
    /// <returns>A new tensor of the same shape.</returns>
    public Tensor Apply(Tensor x0)
    {
        if (!_clamps)
            return x0.alias();
        if (_quantile is not { } quantile)
            return x0.Clamp(-1, 1);
        return DiffusionMath.PerImage(x0, image => WithinQuantile(image, quantile));
    }

    // Tensor operations only, so that the CPU does not wait for a GPU. Between two values the quantile is
    // interpolated linearly, as by torch.quantile.
    private Tensor WithinQuantile(Tensor image, double quantile)
    {
        using var scope = NewDisposeScope();
        var wide = image.to(ScalarType.Float32).flatten();
        var (values, _) = wide.maximum(-wide).sort();
        double place = quantile * (values.shape[0] - 1);
        long below = (long)Math.Floor(place);
        var lower = values.select(0, below);
        var upper = values.select(0, Math.Min(below + 1, values.shape[0] - 1));
        var bound = lower.Plus((upper - lower).Times(place - below)).Clamp(1, _cap).to(image.dtype);
        return (image.minimum(bound).maximum(-bound) / bound).MoveToOuterDisposeScope();
    }
}

namespace Glide.Diffusion;

/// <summary>Noise levels of the trained steps, and of every point between them.</summary>
/// <remarks>
/// Between two steps ln ᾱ is interpolated linearly; the inverse is exact. λ = ln(α/σ) is half the logarithm of
/// the signal-to-noise ratio and falls as the timestep rises.
/// </remarks>
internal sealed class NoiseSchedule
{
    private readonly double[] _alphasCumprod;
    private readonly double[] _logAlphasCumprod;

    /// <summary>Computes ᾱ from β.</summary>
    /// <param name="betas">β of every trained step, each above 0 and at most 1.</param>
    public NoiseSchedule(double[] betas)
    {
        ArgumentOutOfRangeException.ThrowIfZero(betas.Length);
        _alphasCumprod = new double[betas.Length];
        double product = 1;
        for (int i = 0; i < betas.Length; i++)
        {
            if (!(betas[i] > 0 && betas[i] <= 1))
            {
                throw new ArgumentException($"β of step {i} is {betas[i]}; it must be above 0 and at most 1.",
                    nameof(betas));
            }
            product *= 1 - betas[i];
            _alphasCumprod[i] = product;
        }

        _logAlphasCumprod = Array.ConvertAll(_alphasCumprod, Math.Log);
    }

    /// <summary>Number of trained steps.</summary>
    public int Count => _alphasCumprod.Length;

    /// <summary>ᾱ of every trained step.</summary>
    public IReadOnlyList<double> AlphasCumprod => _alphasCumprod;

    /// <summary>ᾱ at a timestep that may lie between two trained ones.</summary>
    public double AlphaBar(double timestep)
    {
        double inside = Math.Clamp(timestep, 0, Count - 1);
        int below = (int)Math.Floor(inside);
        double fraction = inside - below;
        return fraction == 0
            ? _alphasCumprod[below]
            : Math.Exp(((1 - fraction) * _logAlphasCumprod[below]) + (fraction * _logAlphasCumprod[below + 1]));
    }

    /// <summary>λ = ln(α/σ) for a value of ᾱ; infinite for a clean image.</summary>
    public static double Lambda(double alphaBar) => 0.5 * (Math.Log(alphaBar) - Math.Log(1 - alphaBar));

    /// <summary>The timestep with this λ; the first or last one if λ is outside the table.</summary>
    public double TimestepOf(double lambda)
    {
        // ln ᾱ = −ln(1 + e^(−2λ)), written so that no exponential overflows.
        double logAlphaBar = lambda >= 0
            ? -Math.Log(1 + Math.Exp(-2 * lambda))
            : (2 * lambda) - Math.Log(1 + Math.Exp(2 * lambda));
        if (logAlphaBar >= _logAlphasCumprod[0])
            return 0;
        for (int above = 1; above < Count; above++)
        {
            if (logAlphaBar >= _logAlphasCumprod[above])
            {
                double width = _logAlphasCumprod[above - 1] - _logAlphasCumprod[above];
                return above - ((logAlphaBar - _logAlphasCumprod[above]) / width);
            }
        }

        return Count - 1;
    }

    /// <summary>The noisiest trained step that is no noisier than <paramref name="lambda"/>.</summary>
    public int LastStepAtLeast(double lambda)
    {
        int last = Count - 1;
        while (last > 0 && Lambda(_alphasCumprod[last]) < lambda)
            last--;
        return last;
    }
}

/// <summary>The two β schedules that GLIDE's networks were trained with.</summary>
internal static class BetaTable
{
    private const double MaxBeta = 0.999;

    /// <summary>Linear β, scaled so that any number of steps ends at the same noise level.</summary>
    /// <param name="count">Trained steps; 1 or more.</param>
    /// <remarks>Ho et al. 2020, stretched by 1000 / <paramref name="count"/>.</remarks>
    public static double[] Linear(int count)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(count, 1);
        double scale = 1000.0 / count;
        double first = scale * 0.0001;
        double last = scale * 0.02;
        double[] betas = new double[count];
        double stride = count > 1 ? (last - first) / (count - 1) : 0;
        for (int i = 0; i < count; i++)
            betas[i] = (i * stride) + first;
        if (count > 1)
            betas[^1] = last;
        return betas;
    }

    /// <summary>Squared-cosine ᾱ; β is capped near the end, where ᾱ approaches zero.</summary>
    /// <param name="count">Trained steps; 1 or more.</param>
    /// <remarks>Nichol and Dhariwal 2021, eq. 17.</remarks>
    public static double[] SquaredCosine(int count)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(count, 1);
        double[] betas = new double[count];
        for (int i = 0; i < count; i++)
            betas[i] = Math.Min(1 - (AlphaBar((double)(i + 1) / count) / AlphaBar((double)i / count)), MaxBeta);
        return betas;
    }

    /// <summary>The β schedule with a published name.</summary>
    /// <exception cref="UsageException">No schedule has that name.</exception>
    public static double[] Parse(string name, int count) => name switch
    {
        "linear" => Linear(count),
        "squaredcos_cap_v2" => SquaredCosine(count),
        _ => throw new UsageException(
            $"there is no noise schedule '{name}'; known ones: linear, squaredcos_cap_v2; correct the model's "
                + $"configuration"),
    };

    private static double AlphaBar(double u)
    {
        double cosine = Math.Cos((u + 0.008) / 1.008 * Math.PI / 2);
        return cosine * cosine;
    }
}

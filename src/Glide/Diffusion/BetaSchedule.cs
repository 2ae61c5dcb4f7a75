namespace Glide.Diffusion;

/// <summary>How much noise each trained step adds: the two schedules that GLIDE's networks were trained with.</summary>
internal static class BetaSchedule
{
    private const double MaxBeta = 0.999;

    /// <summary>β rising in a straight line, scaled so that any number of steps ends at the same noise.</summary>
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

    /// <summary>ᾱ falling like a squared cosine; β is capped near the end, where ᾱ comes close to zero.</summary>
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

    /// <summary>The schedule of that name, as model configurations write it.</summary>
    /// <exception cref="UsageException">No schedule has that name.</exception>
    public static double[] Parse(string name, int count) => name switch
    {
        "linear" => Linear(count),
        "squaredcos_cap_v2" => SquaredCosine(count),
        _ => throw new UsageException(
            $"there is no noise schedule '{name}'; known ones: linear, squaredcos_cap_v2; correct the model's configuration"),
    };

    private static double AlphaBar(double u)
    {
        double cosine = Math.Cos((u + 0.008) / 1.008 * Math.PI / 2);
        return cosine * cosine;
    }
}

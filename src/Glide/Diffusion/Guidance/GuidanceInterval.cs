using System.Globalization;

namespace Glide.Diffusion.Guidance;

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

namespace Glide.Diffusion;

/// <summary>Timesteps of a plan with a spacing; they may be fractional.</summary>
internal static class TimestepSpacing
{
    /// <summary>Solvers start no noisier than this: the end of the cosine schedule is nearly singular.</summary>
    /// <remarks>σ/α is 20291 at its step 999 and 160 at step 995; the linear schedule ends at 157 by itself.</remarks>
    public const double MinLambda = -5.1;

    private const double KarrasMaxSigma = 160;
    private const double KarrasRho = 7;

    private const double BalancedLambdaShare = 0.7;
    private const double MiddleLambdaShare = 0.4;

    // 1000 / 2^60 is far below the rounding of a timestep.
    private const int Halvings = 60;

    /// <summary>The spacing with a name.</summary>
    /// <exception cref="UsageException">No spacing has that name.</exception>
    public static SpacingKind ParseSpacing(string name) => name switch
    {
        "trained" => SpacingKind.Trained,
        "time" => SpacingKind.UniformTime,
        "lambda" => SpacingKind.UniformLambda,
        "karras" => SpacingKind.Karras,
        "balanced" => SpacingKind.Balanced,
        "middle" => SpacingKind.Middle,
        _ => throw new UsageException($"there is no spacing '{name}'; allowed are {string.Join(", ", SpacingNames)}"),
    };

    public static IReadOnlyList<string> SpacingNames { get; } =
        ["trained", "time", "lambda", "karras", "balanced", "middle"];

    /// <summary>Timesteps in ascending order.</summary>
    /// <param name="schedule">The trained steps.</param>
    /// <param name="plan">The kept steps; only their number counts unless the spacing is the trained one.</param>
    /// <param name="spacing">Spacing of the timesteps.</param>
    /// <param name="capped">Whether steps noisier than <see cref="MinLambda"/> move to the noisiest allowed
    /// one.</param>
    public static double[] Timesteps(NoiseSchedule schedule, TimestepRespacing plan, SpacingKind spacing, bool capped)
    {
        int last = schedule.LastStepAtLeast(MinLambda);
        if (spacing == SpacingKind.Trained)
        {
            int limit = capped ? last : schedule.Count - 1;
            return [.. plan.Timesteps.Select(timestep => (double)Math.Min(timestep, limit)).Distinct()];
        }

        double clean = NoiseSchedule.Lambda(schedule.AlphasCumprod[0]);
        double noisy = NoiseSchedule.Lambda(schedule.AlphasCumprod[last]);
        double[] timesteps = new double[plan.Count];
        for (int i = 0; i < timesteps.Length; i++)
        {
            // A run of one step starts at the noisy end.
            double u = timesteps.Length > 1 ? (double)i / (timesteps.Length - 1) : 1;
            timesteps[i] = spacing switch
            {
                SpacingKind.UniformTime => u * last,
                SpacingKind.UniformLambda => schedule.TimestepOf(((1 - u) * clean) + (u * noisy)),
                SpacingKind.Balanced => Mixed(schedule, last, (i + 1.0) / timesteps.Length, BalancedLambdaShare),
                SpacingKind.Middle => Mixed(schedule, last, (i + 1.0) / timesteps.Length, MiddleLambdaShare),
                _ => schedule.TimestepOf(-Math.Log(KarrasSigma(u, Math.Exp(-clean), Math.Exp(-noisy)))),
            };
        }

        return timesteps;
    }

    private static double KarrasSigma(double u, double smallest, double largest)
    {
        double low = Math.Pow(smallest, 1 / KarrasRho);
        double high = Math.Pow(Math.Min(largest, KarrasMaxSigma), 1 / KarrasRho);
        return Math.Pow(((1 - u) * low) + (u * high), KarrasRho);
    }

    // The timestep whose weighted shares of time and λ sum to u, by bisection: the sum rises with the timestep.
    private static double Mixed(NoiseSchedule schedule, int last, double u, double lambdaShare)
    {
        double clean = NoiseSchedule.Lambda(schedule.AlphasCumprod[0]);
        double range = clean - NoiseSchedule.Lambda(schedule.AlphasCumprod[last]);
        double low = 0;
        double high = last;
        for (int halving = 0; halving < Halvings && u < 1; halving++)
        {
            double middle = (low + high) / 2;
            double ofLambda = (clean - NoiseSchedule.Lambda(schedule.AlphaBar(middle))) / range;
            double share = ((1 - lambdaShare) * middle / last) + (lambdaShare * ofLambda);
            (low, high) = share < u ? (middle, high) : (low, middle);
        }

        return high;
    }
}

/// <summary>Spacing of a run's steps.</summary>
public enum SpacingKind
{
    /// <summary>On the trained steps that the plan names.</summary>
    Trained,

    /// <summary>Evenly in time; timesteps may be fractional.</summary>
    UniformTime,

    /// <summary>Evenly in λ = ln(α/σ).</summary>
    UniformLambda,

    /// <summary>Evenly in (σ/α)^(1/7), as Karras et al. 2022 (eq. 5) place them; σ/α starts at 160 at most.</summary>
    Karras,

    /// <summary>
    /// Evenly in 0.3·time + 0.7·λ, each as a share of its range: time alone leaves the ends too few steps, λ alone the
    /// middle. The clean end counts as one more point, so that no pass is spent on step 0, whose image is already
    /// clean.
    /// </summary>
    Balanced,

    /// <summary>
    /// As <see cref="Balanced"/>, but 0.6·time + 0.4·λ: more steps in the middle, where shapes and colors are decided.
    /// Samplers that add noise need fewer steps at the ends, since every step washes out errors of earlier steps.
    /// </summary>
    Middle,
}

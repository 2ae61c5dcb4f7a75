namespace Glide.Diffusion;

/// <summary>
/// Diffusion coefficients of every kept step, in float64; they become float32 when they multiply tensors.
/// </summary>
/// <remarks>Arrays are indexed by step: 0 is the cleanest. Ho et al. 2020; SpacedDiffusion of the original.</remarks>
public sealed class DiffusionTables
{
    private readonly double[] _timesteps;

    /// <summary>Tables over the trained steps that a respacing keeps.</summary>
    /// <param name="betas">β of every trained step.</param>
    /// <param name="plan">The kept steps.</param>
    internal DiffusionTables(double[] betas, TimestepRespacing plan)
        : this(new NoiseSchedule(betas), [.. plan.Timesteps.Select(timestep => (double)timestep)])
    {
    }

    /// <summary>Tables over timesteps, which may be fractional.</summary>
    /// <param name="schedule">The trained steps.</param>
    /// <param name="timesteps">Ascending, at least one, in the numbering of the trained steps.</param>
    internal DiffusionTables(NoiseSchedule schedule, double[] timesteps)
    {
        ArgumentOutOfRangeException.ThrowIfZero(timesteps.Length);
        Trained = schedule;
        _timesteps = timesteps;
        AlphasCumprod = [.. timesteps.Select(schedule.AlphaBar)];
        AlphasCumprodPrev = [1, .. AlphasCumprod[..^1]];
        AlphasCumprodNext = [.. AlphasCumprod[1..], 0];

        int count = timesteps.Length;
        Betas = new double[count];
        PosteriorVariance = new double[count];
        PosteriorMeanX0 = new double[count];
        PosteriorMeanX = new double[count];
        Lambdas = new double[count];
        for (int step = 0; step < count; step++)
        {
            double alphaBar = AlphasCumprod[step];
            double alphaBarPrev = AlphasCumprodPrev[step];
            double beta = 1 - (alphaBar / alphaBarPrev);
            if (step > 0 && timesteps[step] <= timesteps[step - 1])
                throw new ArgumentException("The timesteps must ascend.", nameof(timesteps));
            Betas[step] = beta;
            PosteriorVariance[step] = beta * (1 - alphaBarPrev) / (1 - alphaBar);
            PosteriorMeanX0[step] = beta * Math.Sqrt(alphaBarPrev) / (1 - alphaBar);
            PosteriorMeanX[step] = (1 - alphaBarPrev) * Math.Sqrt(1 - beta) / (1 - alphaBar);
            Lambdas[step] = NoiseSchedule.Lambda(alphaBar);
        }

        // β̃ is zero at step 0, where the image becomes clean: its logarithm is that of step 1.
        LogPosteriorVariance = Array.ConvertAll(PosteriorVariance, Math.Log);
        LogPosteriorVariance[0] = count > 1 ? LogPosteriorVariance[1] : Math.Log(Betas[0]);
    }

    internal NoiseSchedule Trained { get; }

    /// <summary>Number of kept steps.</summary>
    public int Count => _timesteps.Length;

    /// <summary>Timestep of each step in the numbering of the trained steps, possibly fractional.</summary>
    public IReadOnlyList<double> Timesteps => _timesteps;

    /// <summary>ᾱ at each step.</summary>
    public double[] AlphasCumprod { get; }

    /// <summary>ᾱ after each step: 1 after step 0.</summary>
    public double[] AlphasCumprodPrev { get; }

    /// <summary>ᾱ one step noisier: 0 beyond the last.</summary>
    internal double[] AlphasCumprodNext { get; }

    /// <summary>β′ = 1 − ᾱ/ᾱ_prev.</summary>
    public double[] Betas { get; }

    /// <summary>β̃, the variance of q(x_prev | x, x₀).</summary>
    public double[] PosteriorVariance { get; }

    /// <summary>ln β̃; step 0 holds the value of step 1.</summary>
    public double[] LogPosteriorVariance { get; }

    /// <summary>Coefficient of x₀ in the mean of q(x_prev | x, x₀).</summary>
    public double[] PosteriorMeanX0 { get; }

    /// <summary>Coefficient of x in the mean of q(x_prev | x, x₀).</summary>
    public double[] PosteriorMeanX { get; }

    /// <summary>λ = ln(α/σ) at each step.</summary>
    public double[] Lambdas { get; }

    /// <summary>Number of steps for an img2img strength: 0 keeps the image, 1 runs all steps.</summary>
    /// <param name="strength">0 to 1.</param>
    /// <remarks>
    /// The run starts at step (result − 1), from the image noised to that step; at strength 1 from pure noise.
    /// </remarks>
    internal int StepsForStrength(double strength)
    {
        if (!(strength >= 0 && strength <= 1))
            throw new ArgumentOutOfRangeException(nameof(strength), strength, "Strength lies between 0 and 1.");
        int steps = (int)Math.Round(strength * Count, MidpointRounding.ToEven);
        return strength > 0 ? Math.Max(1, steps) : 0;
    }
}

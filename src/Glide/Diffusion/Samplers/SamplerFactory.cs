namespace Glide.Diffusion.Samplers;

/// <summary>The list of samplers: a new one is a file of its own and a line here.</summary>
internal static class SamplerFactory
{
    /// <summary>All samplers.</summary>
    public static IReadOnlyList<SamplerKind> Kinds { get; } =
    [
        new("ddpm", "ancestral with learned variances (Ho et al. 2020)", false, StepSpacing.Trained, (tables, rule, _) => new DdpmSampler(tables, rule)),
        new("ddim", "implicit, noise by eta (Song et al. 2020)", false, StepSpacing.Trained, (tables, rule, set) => new DdimSampler(tables, rule, set.Eta)),
        new("dpmpp-2m", "DPM-Solver++ 2M (Lu et al. 2022)", true, StepSpacing.Balanced, (tables, rule, _) => new DpmSolver2MSampler(tables, rule, stochastic: false)),
        new("dpmpp-2m-sde", "its SDE form (Lu et al. 2022)", true, StepSpacing.Middle, (tables, rule, _) => new DpmSolver2MSampler(tables, rule, stochastic: true)),
        new("unipc", "UniPC of order 2 (Zhao et al. 2023)", true, StepSpacing.Balanced, (tables, rule, _) => new UniPcSampler(tables, rule, 2, UniPcVariant.B2)),
        new("unipc-3", "UniPC of order 3", true, StepSpacing.Balanced, (tables, rule, _) => new UniPcSampler(tables, rule, 3, UniPcVariant.B2)),
        new("unipc-b1", "UniPC of order 2 with B(h) = h", true, StepSpacing.Balanced, (tables, rule, _) => new UniPcSampler(tables, rule, 2, UniPcVariant.B1)),
        new("unipc-3-b1", "UniPC of order 3 with B(h) = h", true, StepSpacing.Balanced, (tables, rule, _) => new UniPcSampler(tables, rule, 3, UniPcVariant.B1)),
        new("heun", "two passes a step, with churn (Karras et al. 2022)", true, StepSpacing.Balanced, (tables, rule, set) => new HeunSampler(tables, rule, set.Churn)),
        new("plms", "pseudo linear multistep (Liu et al. 2022)", true, StepSpacing.Balanced, (tables, rule, _) => new PlmsSampler(tables, rule)),
    ];

    /// <summary>The sampler of that name.</summary>
    /// <exception cref="UsageException">No sampler has that name.</exception>
    public static SamplerKind Parse(string name) =>
        Kinds.FirstOrDefault(kind => kind.Name.Equals(name.Trim(), StringComparison.OrdinalIgnoreCase))
        ?? throw new UsageException($"there is no sampler '{name}'; allowed are {string.Join(", ", Kinds.Select(kind => kind.Name))}");

    /// <summary>Makes a sampler with its tables for one run; the caller disposes it.</summary>
    /// <param name="kind">Which one.</param>
    /// <param name="betas">β of every trained step.</param>
    /// <param name="plan">The kept steps.</param>
    /// <param name="rule">The rule on x₀.</param>
    /// <param name="settings">What is set; null for nothing.</param>
    /// <exception cref="UsageException">A setting is out of range.</exception>
    public static ISampler Create(
        SamplerKind kind, double[] betas, StepPlan plan, X0Rule rule, SamplerSettings? settings = null)
    {
        settings ??= SamplerSettings.Default;
        var schedule = new TrainedSchedule(betas);
        var spacing = settings.Spacing ?? (plan.IsCount ? kind.Spacing : StepSpacing.Trained);
        var tables = new DiffusionTables(schedule, StepGrid.Timesteps(schedule, plan, spacing, kind.StartsCapped));
        var sampler = kind.Make(tables, rule, settings);
        if (kind.StartsCapped && schedule.LastStepAtLeast(StepGrid.MinLambda) < schedule.Count - 1)
            sampler = new PureNoiseStart(sampler);
        return settings.CfgPlusPlus ? new CfgPlusPlusSampler(sampler) : sampler;
    }
}

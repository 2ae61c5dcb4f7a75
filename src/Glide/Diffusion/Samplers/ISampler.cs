using TorchSharp;

namespace Glide.Diffusion.Samplers;

/// <summary>
/// Takes images from one step's noise to the next. Made for one run: multistep samplers remember predictions.
/// </summary>
public interface ISampler : IDisposable
{
    /// <summary>The steps that it walks.</summary>
    DiffusionTables Tables { get; }

    /// <summary>What it does to every x₀.</summary>
    X0Transform Rule { get; }

    /// <summary>How often one step asks the denoiser.</summary>
    int PassesOf(int step) => 1;

    /// <summary>Makes one step.</summary>
    /// <param name="denoise">The network with its guidance.</param>
    /// <param name="x">Images with the noise of <paramref name="step"/>, [N, C, H, W]; stays the caller's.</param>
    /// <param name="step">Index into the tables; 0 is the cleanest.</param>
    /// <param name="noise">Exactly one draw is taken or skipped.</param>
    /// <returns>Images with the noise of the step below, clean behind step 0; a fresh tensor.</returns>
    torch.Tensor Step(Denoiser denoise, torch.Tensor x, int step, NoiseSource noise);

    /// <summary>Drops the remembered rows that are not named, when the batch shrinks in the middle of a run.</summary>
    void Keep(int[] rows)
    {
    }
}

/// <summary>A sampler by name.</summary>
/// <param name="Name">What the user writes.</param>
/// <param name="Summary">What it is, in one line.</param>
/// <param name="StartsCapped">Whether steps noisier than <see cref="TimestepSpacing.MinLambda"/> are moved, as the
/// solvers need.</param>
/// <param name="Spacing">Default spacing for a bare number of steps; measured, see docs/studies/solvers.md.</param>
/// <param name="Make">Makes the sampler for one run.</param>
public sealed record SamplerKind(
    string Name, string Summary, bool StartsCapped, SpacingKind Spacing,
        Func<DiffusionTables, X0Transform, SamplerSettings, ISampler> Make)
{
    /// <summary>Whether it reads <see cref="SamplerSettings.Eta"/>.</summary>
    public bool TakesEta { get; init; }

    /// <summary>Whether it reads <see cref="SamplerSettings.Churn"/>.</summary>
    public bool TakesChurn { get; init; }
}

/// <summary>What can be set on samplers; each reads what concerns it.</summary>
public sealed record SamplerSettings
{
    internal static SamplerSettings Default { get; } = new();

    /// <summary>η of DDIM: noise drawn anew at every step, 0 to 1.</summary>
    public double Eta { get; init; }

    /// <summary>S_churn of Heun: noise added before every step; 0 for none.</summary>
    public double Churn { get; init; }

    /// <summary>
    /// Where the steps lie; <c>null</c> for the sampler's own spacing, or on the plan's steps where it names them.
    /// </summary>
    public SpacingKind? Spacing { get; init; }

    /// <summary>Whether the denoiser gives CFG++ predictions.</summary>
    internal bool CfgPlusPlus { get; init; }
}

/// <summary>Names of the samplers that recipes of our own name.</summary>
internal static class SamplerNames
{
    public const string Ddpm = "ddpm", Ddim = "ddim", Heun = "heun", Plms = "plms", UniPc = "unipc", UniPc3 = "unipc-3",
        DpmSolver2M = "dpmpp-2m", DpmSolver2MSde = "dpmpp-2m-sde";
}

/// <summary>The list of samplers: a new one is a file of its own and a line here.</summary>
public static class SamplerFactory
{
    private static readonly Lock s_lock = new();

    private static SamplerKind[] s_kinds =
    [
        new(SamplerNames.Ddpm, "ancestral with learned variances (Ho et al. 2020)", false, SpacingKind.Trained,
            (tables, rule, _) => new DdpmSampler(tables, rule)),
        new(SamplerNames.Ddim, "implicit, noise by eta (Song et al. 2020)", false, SpacingKind.Trained,
            (tables, rule, set) => new DdimSampler(tables, rule, set.Eta)) { TakesEta = true },
        new(SamplerNames.DpmSolver2M, "DPM-Solver++ 2M (Lu et al. 2022)", true, SpacingKind.Balanced,
            (tables, rule, _) => new DpmSolver2MSampler(tables, rule, stochastic: false)),
        new(SamplerNames.DpmSolver2MSde, "its SDE form (Lu et al. 2022)", true, SpacingKind.Middle, (tables, rule, _) =>
            new DpmSolver2MSampler(tables, rule, stochastic: true)),
        new(SamplerNames.UniPc, "UniPC of order 2 (Zhao et al. 2023)", true, SpacingKind.Balanced, (tables, rule, _) =>
            new UniPcSampler(tables, rule, 2, UniPcVariant.B2)),
        new(SamplerNames.UniPc3, "UniPC of order 3", true, SpacingKind.Balanced, (tables, rule, _) =>
            new UniPcSampler(tables, rule, 3, UniPcVariant.B2)),
        new("unipc-b1", "UniPC of order 2 with B(h) = h", true, SpacingKind.Balanced, (tables, rule, _) =>
            new UniPcSampler(tables, rule, 2, UniPcVariant.B1)),
        new("unipc-3-b1", "UniPC of order 3 with B(h) = h", true, SpacingKind.Balanced, (tables, rule, _) =>
            new UniPcSampler(tables, rule, 3, UniPcVariant.B1)),
        new(SamplerNames.Heun, "two passes a step, with churn (Karras et al. 2022)", true, SpacingKind.Balanced,
            (tables, rule, set) => new HeunSampler(tables, rule, set.Churn)) { TakesChurn = true },
        new(SamplerNames.Plms, "pseudo linear multistep (Liu et al. 2022)", true, SpacingKind.Balanced,
            (tables, rule, _) => new PlmsSampler(tables, rule)),
    ];

    /// <summary>All samplers.</summary>
    public static IReadOnlyList<SamplerKind> Kinds => s_kinds;

    /// <summary>Adds a sampler, which a recipe can name from then on.</summary>
    /// <exception cref="UsageException">A sampler of that name is known already.</exception>
    public static void Register(SamplerKind kind)
    {
        lock (s_lock)
        {
            if (s_kinds.Any(known => known.Name.Equals(kind.Name, StringComparison.OrdinalIgnoreCase)))
                throw new UsageException($"there is a sampler '{kind.Name}' already; give the new one another name");
            s_kinds = [.. s_kinds, kind];
        }
    }

    /// <summary>The sampler of that name.</summary>
    /// <exception cref="UsageException">No sampler has that name.</exception>
    internal static SamplerKind Parse(string name) =>
        Kinds.FirstOrDefault(kind => kind.Name.Equals(name.Trim(), StringComparison.OrdinalIgnoreCase))
        ?? throw new UsageException(
            $"there is no sampler '{name}'; allowed are {string.Join(", ", Kinds.Select(kind => kind.Name))}");

    /// <summary>Makes a sampler with its tables for one run; the caller disposes it.</summary>
    /// <param name="kind">Which one.</param>
    /// <param name="betas">β of every trained step.</param>
    /// <param name="plan">The kept steps.</param>
    /// <param name="rule">The rule on x₀.</param>
    /// <param name="settings">What is set; null for nothing.</param>
    /// <exception cref="UsageException">A setting is out of range.</exception>
    internal static ISampler Create(
        SamplerKind kind, double[] betas, TimestepRespacing plan, X0Transform rule, SamplerSettings? settings = null)
    {
        settings ??= SamplerSettings.Default;
        var schedule = new NoiseSchedule(betas);
        var spacing = settings.Spacing ?? (plan.IsCount ? kind.Spacing : SpacingKind.Trained);
        var tables = new DiffusionTables(schedule,
            TimestepSpacing.Timesteps(schedule, plan, spacing, kind.StartsCapped));
        var sampler = kind.Make(tables, rule, settings);
        if (kind.StartsCapped && schedule.LastStepAtLeast(TimestepSpacing.MinLambda) < schedule.Count - 1)
            sampler = new PureNoiseStart(sampler);
        return settings.CfgPlusPlus ? new CfgPlusPlusSampler(sampler) : sampler;
    }
}

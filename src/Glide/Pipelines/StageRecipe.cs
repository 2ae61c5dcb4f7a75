using Glide.Diffusion;
using Glide.Diffusion.Samplers;
using Glide.ModelStore;

namespace Glide.Pipelines;

/// <summary>How one stage of the cascade samples, and with which network.</summary>
public sealed record StageRecipe
{
    // All published networks were trained with this many; a set that says otherwise is checked again when it is run.
    private const int PublishedSteps = 1000;

    /// <summary>Strength of CLIP's guidance where nobody says another.</summary>
    public const double DefaultClipScale = 3;

    /// <summary>Name of the network in the model set: <c>base</c>, <c>upsample-inpaint</c>, ...</summary>
    public required string Network { get; init; }

    /// <summary>Sampler by name: <c>ddpm</c>, <c>ddim</c>, ...</summary>
    public required string Sampler { get; init; }

    /// <summary>Which of the trained steps are taken: <c>100</c>, <c>ddim50</c>, <c>10,10,3,2,2</c>, <c>fast27</c>.</summary>
    public required string Steps { get; init; }

    /// <summary>η of DDIM: 0 is deterministic, 1 as noisy as DDPM.</summary>
    public double Eta { get; init; }

    /// <summary>Scale of classifier-free guidance; 1 leaves the unconditional pass out.</summary>
    public double GuidanceScale { get; init; } = 1;

    /// <summary>Scale of the gradient of CLIP's score; 0 or <c>null</c> leaves CLIP out.</summary>
    public double? ClipScale { get; init; }

    /// <summary>Factor on the first noise; a little below 1 gives sharper edges in the upsampler.</summary>
    public double Temperature { get; init; } = 1;

    /// <summary>Random numbers that each picture's generator passes over before this stage; see <see cref="StageSettings"/>.</summary>
    public long PassedOverNumbers { get; init; }

    /// <summary>Of a run that starts from a picture: how much of the steps is made, 0 to 1; <c>null</c> for all.</summary>
    public double? Strength { get; init; }

    /// <summary>N of ILVR: what survives shrinking the picture by N stays; <c>null</c> keeps no structure.</summary>
    public int? KeepStructure { get; init; }

    /// <summary>Share of the steps, 0 to 1, that are free of ILVR at the end; <c>null</c> for none.</summary>
    public double? KeepStructureUntil { get; init; }

    /// <summary>All samplers by name.</summary>
    public static IReadOnlyList<string> SamplerNames { get; } = [.. SamplerFactory.Kinds.Select(kind => kind.Name)];

    /// <summary>Refuses a plan that cannot be made.</summary>
    /// <exception cref="UsageException">It cannot; the message says what can.</exception>
    public static void CheckSteps(string plan) => _ = StepPlan.Parse(plan, PublishedSteps);

    internal static StageRecipe From(StageSettings settings) => new()
    {
        Network = settings.Network,
        Sampler = settings.Sampler,
        Steps = settings.Steps,
        Eta = settings.Eta,
        GuidanceScale = settings.GuidanceScale,
        ClipScale = settings.ClipScale == 0 ? null : settings.ClipScale,
        Temperature = settings.Temperature,
        PassedOverNumbers = settings.PassedOverNumbers,
    };
}

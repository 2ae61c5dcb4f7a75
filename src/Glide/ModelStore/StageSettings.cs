namespace Glide.ModelStore;

/// <summary>How one stage of a recipe runs its network.</summary>
public sealed record StageSettings
{
    /// <summary>Name of the network in the set.</summary>
    public required string Network { get; init; }

    /// <summary>Name of the sampler, such as <c>ddpm</c>.</summary>
    public required string Sampler { get; init; }

    /// <summary>Plan of steps, such as <c>100</c> or <c>fast27</c>.</summary>
    public required string Steps { get; init; }

    /// <summary>DDIM's η; 0 adds no noise.</summary>
    public double Eta { get; init; }

    /// <summary>Scale of classifier-free guidance; 1 is none.</summary>
    public double GuidanceScale { get; init; } = 1;

    /// <summary>Scale of CLIP's gradient; 0 is none.</summary>
    public double ClipScale { get; init; }

    /// <summary>Factor on the first noise.</summary>
    public double Temperature { get; init; } = 1;
}

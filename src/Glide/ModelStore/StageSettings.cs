using System.Text.Json.Serialization;

namespace Glide.ModelStore;

// Optional fields have setters, because the generated reader gives every init-only one a value, its default lost.

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
    public double Eta { get; set; }

    /// <summary>Scale of classifier-free guidance; 1 is none.</summary>
    public double GuidanceScale { get; set; } = 1;

    /// <summary>Scale of CLIP's gradient; 0 is none.</summary>
    public double ClipScale { get; set; }

    /// <summary>Factor on the first noise.</summary>
    public double Temperature { get; set; } = 1;

    /// <summary>A field of former versions, which ordered random numbers differently; only 0 is allowed.</summary>
    [JsonInclude, JsonPropertyName(FormerNoiseOrder.Field)]
    internal long? FormerNoise { get; set; }
}

using System.Text.Json;
using System.Text.Json.Serialization;

namespace Glide.ModelSets;

/// <summary>Serialization of <c>model.json</c>, generated at build time to avoid reflection at startup.</summary>
[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower,
    UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow,
    RespectNullableAnnotations = true,
    AllowDuplicateProperties = false,
    ReadCommentHandling = JsonCommentHandling.Skip,
    WriteIndented = true,
    DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull)]
[JsonSerializable(typeof(ModelSet))]
[JsonSerializable(typeof(FileRecord))]
[JsonSerializable(typeof(PartialRecord))]
internal sealed partial class ModelSetJson : JsonSerializerContext;

/// <summary>The stages of a recipe and their published settings.</summary>
public sealed record RecipeSettings
{
    /// <summary>The stage that samples the small image.</summary>
    public required StageSettings Base { get; init; }

    /// <summary>The stage that upsamples it.</summary>
    public required StageSettings Upsample { get; init; }
}

// Optional fields have setters, because the generated reader sets every init-only property and so loses its default.

/// <summary>Settings of one stage of a recipe.</summary>
public sealed record StageSettings
{
    /// <summary>Name of the network in the set.</summary>
    public required string Network { get; init; }

    /// <summary>Name of the sampler, such as <c>ddpm</c>.</summary>
    public required string Sampler { get; init; }

    /// <summary>Plan of steps, such as <c>100</c> or <c>fast27</c>.</summary>
    public required string Steps { get; init; }

    /// <summary>η of DDIM, 0 to 1; 0 adds no noise.</summary>
    public double Eta { get; set; }

    /// <summary>Scale of classifier-free guidance, -100 to 100; 1 is off.</summary>
    public double GuidanceScale { get; set; } = 1;

    /// <summary>Scale of CLIP guidance, 0 to 1000; 0 is off.</summary>
    public double ClipScale { get; set; }

    /// <summary>Factor on the initial noise, 0 to 2.</summary>
    public double Temperature { get; set; } = 1;

    /// <summary>A field of earlier versions, which ordered random numbers differently; only 0 is allowed.</summary>
    [JsonInclude, JsonPropertyName(FormerNoiseOrder.Field)]
    internal long? FormerNoise { get; set; }
}

/// <summary>A tokenizer in <c>model.json</c>.</summary>
public sealed record TokenizerSettings
{
    /// <summary>GPT-2's vocabulary, which the U-Nets use; a CLIP that uses it also gives start and end ids.</summary>
    public const string GlideBpe = "glide-bpe";

    /// <summary>CLIP's own vocabulary, built from its file of merges.</summary>
    public const string ClipBpe = "clip-bpe";

    /// <summary><see cref="GlideBpe"/> or <see cref="ClipBpe"/>.</summary>
    public required string Kind { get; init; }

    /// <summary>The file of merges; given with <see cref="ClipBpe"/> only.</summary>
    public ModelFile? Merges { get; init; }

    /// <summary>Id before those of the prompt; given with a CLIP's <see cref="GlideBpe"/> only.</summary>
    public int? Start { get; init; }

    /// <summary>Id after those of the prompt; given with a CLIP's <see cref="GlideBpe"/> only.</summary>
    public int? End { get; init; }
}

using System.Text.Json;
using System.Text.Json.Serialization;

namespace Glide.ModelSets;

/// <summary>
/// How <c>model.json</c> maps to the records; generated at build time, so that nothing is reflected on at start.
/// </summary>
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

/// <summary>The stages that make an image and their published settings.</summary>
internal sealed record RecipeSettings
{
    /// <summary>
    /// The stages in the order in which they run: the first makes the small image, each later one enlarges it.
    /// </summary>
    public IReadOnlyList<StageSettings>? Stages { get; set; }

    /// <summary>The first of two stages, or the only one, as sets without <see cref="Stages"/> name it.</summary>
    public StageSettings? Base { get; set; }

    public StageSettings? Upsample { get; set; }

    /// <summary>All stages, however the set names them.</summary>
    [JsonIgnore]
    internal IReadOnlyList<StageSettings> All => Stages ?? (Upsample is null ? [Base!] : [Base!, Upsample]);
}

// Optional fields have setters, because the generated reader gives every init-only one a value, its default lost.

/// <summary>How one stage of a recipe runs its network.</summary>
internal sealed record StageSettings
{
    /// <summary>Smallest and largest values, here and wherever a user sets the same.</summary>
    public static readonly (double Least, double Most) EtaRange = (0, 1), GuidanceScaleRange = (-100, 100),
        ClipScaleRange = (0, 1000), TemperatureRange = (0, 2);

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

/// <summary>A tokenizer, as <c>model.json</c> names it.</summary>
internal sealed record TokenizerSettings
{
    /// <summary>GPT-2's vocabulary, which the U-Nets use; a CLIP that uses it says its start and end ids.</summary>
    public const string GlideBpe = "glide-bpe";

    /// <summary>CLIP's own vocabulary, made from its file of merges.</summary>
    public const string ClipBpe = "clip-bpe";

    /// <summary><see cref="GlideBpe"/> or <see cref="ClipBpe"/>.</summary>
    public required string Kind { get; init; }

    /// <summary>The file of merges; given with <see cref="ClipBpe"/> only.</summary>
    public ModelFile? Merges { get; init; }

    /// <summary>Id put before the prompt's; given with a CLIP's <see cref="GlideBpe"/> only.</summary>
    public int? Start { get; init; }

    /// <summary>Id put behind the prompt's; given with a CLIP's <see cref="GlideBpe"/> only.</summary>
    public int? End { get; init; }
}

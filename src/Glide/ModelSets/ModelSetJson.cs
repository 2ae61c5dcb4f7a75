using System.Text.Json.Serialization;
using System.Text.Json;

namespace Glide.ModelSets;

/// <summary>How <c>model.json</c> maps to the records; generated at build time, so that nothing is reflected on at start.</summary>
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
public sealed record RecipeSettings
{
    /// <summary>The stages in the order in which they run: the first makes the small image, each later one enlarges it.</summary>
    public IReadOnlyList<StageSettings>? Stages { get; set; }

    /// <summary>The first of two stages, as sets without <see cref="Stages"/> name it.</summary>
    public StageSettings? Base { get; set; }

    /// <summary>The second of two.</summary>
    public StageSettings? Upsample { get; set; }

    /// <summary>All stages, however the set names them.</summary>
    [JsonIgnore]
    internal IReadOnlyList<StageSettings> All => Stages ?? [Base!, Upsample!];
}

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

/// <summary>A tokeniser, as <c>model.json</c> names it.</summary>
public sealed record TokenizerSettings
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

// Optional fields have setters, because the generated reader gives every init-only one a value, its default lost.

/// <summary>Sizes of a text-conditional U-Net and the diffusion process it was trained on, as <c>model.json</c> gives them.</summary>
public sealed record UNetSettings
{
    /// <summary>Width and height of the images it makes, in pixels.</summary>
    public required int ImageSize { get; init; }

    /// <summary>Channels at the highest resolution.</summary>
    public required int NumChannels { get; init; }

    /// <summary>Residual blocks at each resolution of the way down.</summary>
    public required int NumResBlocks { get; init; }

    /// <summary>Channels at each resolution as multiples of <see cref="NumChannels"/>, highest resolution first.</summary>
    public required IReadOnlyList<int> ChannelMult { get; init; }

    /// <summary>Resolutions, in pixels, at which the network attends.</summary>
    public required IReadOnlyList<int> AttentionResolutions { get; init; }

    /// <summary>Channels of one attention head.</summary>
    public required int ChannelsPerHead { get; init; }

    /// <summary>Tokens of a prompt that the network sees.</summary>
    public required int TextCtx { get; init; }

    /// <summary>Width of the text transformer.</summary>
    public required int XfWidth { get; init; }

    /// <summary>Blocks of the text transformer.</summary>
    public required int XfLayers { get; init; }

    /// <summary>Attention heads of the text transformer.</summary>
    public required int XfHeads { get; init; }

    /// <summary>Whether the network enlarges a low-resolution image.</summary>
    public bool Upsample { get; set; }

    /// <summary>Whether the network sees a known image and its mask.</summary>
    public bool Inpaint { get; set; }

    /// <summary>Steps of the diffusion process in training.</summary>
    public int DiffusionSteps { get; set; } = 1000;

    /// <summary>Published name of the β schedule: <c>linear</c> or <c>squaredcos_cap_v2</c>.</summary>
    public required string NoiseSchedule { get; init; }
}

// Optional fields have setters, because the generated reader gives every init-only one a value, its default lost.

/// <summary>Sizes of noised CLIP's image encoder, as <c>model.json</c> gives them.</summary>
public sealed record ClipImageSettings
{
    /// <summary>Width and height of the images it sees, in pixels.</summary>
    public required int ImageSize { get; init; }

    /// <summary>Width and height of a patch, in pixels.</summary>
    public required int PatchSize { get; init; }

    /// <summary>Width of the transformer.</summary>
    public required int Width { get; init; }

    /// <summary>Blocks of the transformer.</summary>
    public required int Layers { get; init; }

    /// <summary>Attention heads of a block.</summary>
    public required int Heads { get; init; }

    /// <summary>Length of the embedding that both encoders share.</summary>
    public required int Embedding { get; init; }

    /// <summary>Timesteps that the encoder has embeddings for.</summary>
    public int DiffusionSteps { get; set; } = 1000;

    /// <summary>What a cosine is multiplied by before its gradient is taken.</summary>
    public double LogitScale { get; set; } = 100;
}

/// <summary>Sizes of noised CLIP's text encoder and its tokeniser, as <c>model.json</c> gives them.</summary>
public sealed record ClipTextSettings
{
    /// <summary>Rows of the token table.</summary>
    public required int Vocabulary { get; init; }

    /// <summary>Tokens of a sequence, start and end included.</summary>
    public required int TextCtx { get; init; }

    /// <summary>Width of the transformer.</summary>
    public required int Width { get; init; }

    /// <summary>Blocks of the transformer.</summary>
    public required int Layers { get; init; }

    /// <summary>Attention heads of a block.</summary>
    public required int Heads { get; init; }

    /// <summary>Length of the embedding that both encoders share.</summary>
    public required int Embedding { get; init; }

    /// <summary>How prompts become the encoder's ids.</summary>
    public required TokenizerSettings Tokenizer { get; init; }
}

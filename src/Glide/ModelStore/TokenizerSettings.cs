namespace Glide.ModelStore;

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

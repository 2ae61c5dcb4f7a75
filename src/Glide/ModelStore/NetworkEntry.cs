using System.Text.Json.Serialization;

namespace Glide.ModelStore;

/// <summary>One network of a model set: its weights and exactly one of the three kinds of configuration.</summary>
public sealed record NetworkEntry
{
    /// <summary>The file with the weights.</summary>
    public required ModelFile Weights { get; init; }

    /// <summary>Sizes of a text-conditional U-Net; <c>null</c> for the CLIP networks.</summary>
    [JsonPropertyName("unet")]
    public UNetSettings? UNet { get; init; }

    /// <summary>Sizes of noised CLIP's image side, else <c>null</c>.</summary>
    public ClipImageSettings? ClipImage { get; init; }

    /// <summary>Sizes of noised CLIP's text side, else <c>null</c>.</summary>
    public ClipTextSettings? ClipText { get; init; }

    /// <summary>All files that this network needs: the weights and, for CLIP's text side, the tokeniser's merges.</summary>
    public IEnumerable<ModelFile> Files()
    {
        yield return Weights;
        if (ClipText?.Tokenizer.Merges is { } merges)
        {
            yield return merges;
        }
    }
}

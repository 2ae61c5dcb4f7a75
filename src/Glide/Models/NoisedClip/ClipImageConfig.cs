namespace Glide.Models.NoisedClip;

/// <summary>Everything that the shape of noised CLIP's image encoder depends on.</summary>
internal sealed record ClipImageConfig
{
    /// <summary>Side of the pictures in pixels.</summary>
    public required int ImageSize { get; init; }

    /// <summary>Side of a patch in pixels.</summary>
    public required int PatchSize { get; init; }

    /// <summary>Width of the transformer.</summary>
    public required int Width { get; init; }

    /// <summary>Blocks of the transformer.</summary>
    public required int Layers { get; init; }

    /// <summary>Heads of each block.</summary>
    public required int Heads { get; init; }

    /// <summary>Width of the embeddings that both encoders share.</summary>
    public required int EmbeddingWidth { get; init; }

    /// <summary>Timesteps that the encoder tells apart.</summary>
    public int Timesteps { get; init; } = 1000;

    /// <summary>The published encoder.</summary>
    public static ClipImageConfig Published { get; } = new()
    {
        ImageSize = 64,
        PatchSize = 4,
        Width = 768,
        Layers = 12,
        Heads = 12,
        EmbeddingWidth = 512,
    };

    /// <summary>An encoder for the built-in 32×32 pictures.</summary>
    public static ClipImageConfig Mini { get; } = new()
    {
        ImageSize = 32,
        PatchSize = 4,
        Width = 64,
        Layers = 2,
        Heads = 2,
        EmbeddingWidth = 64,
    };

    /// <summary>Patches of a picture.</summary>
    public int Patches => ImageSize / PatchSize * (ImageSize / PatchSize);

    /// <summary>All reasons why no encoder can be built like this; empty for a sound configuration.</summary>
    public IReadOnlyList<string> Faults()
    {
        int[] sizes = [ImageSize, PatchSize, Width, Layers, Heads, EmbeddingWidth, Timesteps];
        if (sizes.Any(size => size is < 1 or > 4096))
        {
            return ["every number must be from 1 to 4096"];
        }

        var faults = new List<string>();
        if (ImageSize % PatchSize != 0)
        {
            faults.Add($"a side of {ImageSize} pixels is no multiple of patches of {PatchSize}");
        }

        if (Width % Heads != 0)
        {
            faults.Add($"a width of {Width} cannot be shared by {Heads} heads");
        }

        return faults;
    }
}

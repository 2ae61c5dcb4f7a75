namespace Glide.ModelStore;

// Optional fields have setters, because the generated reader gives every init-only one a value, its default lost.

/// <summary>Sizes of noised CLIP's image encoder, as <c>model.json</c> gives them.</summary>
public sealed record ClipImageSettings
{
    /// <summary>Width and height of the pictures it sees, in pixels.</summary>
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

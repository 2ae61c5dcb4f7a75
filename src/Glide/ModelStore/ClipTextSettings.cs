namespace Glide.ModelStore;

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

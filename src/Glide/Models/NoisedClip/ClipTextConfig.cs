namespace Glide.Models.NoisedClip;

/// <summary>Everything that the shape of noised CLIP's text encoder depends on.</summary>
internal sealed record ClipTextConfig
{
    private const int LargestVocabulary = 1 << 20;
    private const int ShortestContext = 3;

    /// <summary>Rows of the token table.</summary>
    public required int Vocabulary { get; init; }

    /// <summary>Tokens of a prompt, padding included.</summary>
    public required int TextContext { get; init; }

    /// <summary>Width of the transformer.</summary>
    public required int Width { get; init; }

    /// <summary>Blocks of the transformer.</summary>
    public required int Layers { get; init; }

    /// <summary>Heads of each block.</summary>
    public required int Heads { get; init; }

    /// <summary>Width of the embeddings that both encoders share.</summary>
    public required int EmbeddingWidth { get; init; }

    /// <summary>The published encoder.</summary>
    public static ClipTextConfig Published { get; } = new()
    {
        Vocabulary = 65536,
        TextContext = 77,
        Width = 512,
        Layers = 12,
        Heads = 8,
        EmbeddingWidth = 512,
    };

    /// <summary>An encoder for the GLIDE tokeniser's ids and a start token.</summary>
    public static ClipTextConfig Mini { get; } = new()
    {
        Vocabulary = 50258,
        TextContext = 24,
        Width = 64,
        Layers = 2,
        Heads = 2,
        EmbeddingWidth = 64,
    };

    /// <summary>All reasons why no encoder can be built like this; empty for a sound configuration.</summary>
    public IReadOnlyList<string> Faults()
    {
        int[] sizes = [TextContext, Width, Layers, Heads, EmbeddingWidth];
        if (sizes.Any(size => size is < 1 or > 4096) || Vocabulary is < 1 or > LargestVocabulary)
        {
            return [$"every number must be from 1 to 4096, and the vocabulary at most {LargestVocabulary}"];
        }

        var faults = new List<string>();
        if (TextContext < ShortestContext)
        {
            faults.Add($"a context of {TextContext} tokens has no room for a word between start and end, it needs {ShortestContext}");
        }

        if (Width % Heads != 0)
        {
            faults.Add($"a width of {Width} cannot be shared by {Heads} heads");
        }

        return faults;
    }
}

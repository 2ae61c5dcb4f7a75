using System.Text.Json.Serialization;
using Glide.Models.Layers;
using Glide.Runtime;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Glide.Models.Clip;

/// <summary>Embeds prompts: a transformer with causal attention.</summary>
internal sealed class ClipTextEncoder : NamedModule<Tensor, Tensor, Tensor>
{
    private readonly Parameter _tokens;
    private readonly Parameter _positions;
    private readonly List<ClipBlock> _blocks = [];     // registered one by one
    private readonly ClipNormalization _outNorm;
    private readonly ClipLinear _out;

    /// <exception cref="ArgumentException">The configuration has faults.</exception>
    public ClipTextEncoder(ClipTextConfig config, Device device)
        : base(nameof(ClipTextEncoder))
    {
        if (config.Faults() is { Count: > 0 } faults)
        {
            throw new ArgumentException($"No encoder can be built like this: {string.Join("; ", faults)}.",
                nameof(config));
        }

        var place = Precision.Full(device);
        int width = config.Width;
        Config = config;
        Device = device;
        var input = this.Register("blocks.input", new ClipInput());
        _tokens = input.Register("w_voc", place.Weight(config.Vocabulary, width));
        _positions = input.Register("w_pos", place.Weight(config.TextContext, width));
        var causal = this.RegisterConstant("causal", CausalBias(config.TextContext, device));
        for (int block = 0; block < config.Layers; block++)
            _blocks.Add(this.Register($"blocks.block_{block}", new ClipBlock(width, config.Heads, place, causal)));

        _outNorm = this.Register("blocks.output.ln", new ClipNormalization(width, place));
        _out = this.Register("blocks.output.f", new ClipLinear(width, config.EmbeddingWidth, place, hasBias: false));
    }

    public ClipTextConfig Config { get; }

    public Device Device { get; }

    /// <param name="ids">Start token, prompt, end token, zeros, [N, L] int64, on any device.</param>
    /// <param name="lengths">Tokens that are not padding, start and end included, [N] int64, on any device.</param>
    /// <returns>[N, E], not normalized.</returns>
    public override Tensor forward(Tensor ids, Tensor lengths)
    {
        using var scope = NewDisposeScope();
        var hidden = EmbeddingTable.Look(_tokens, ids.to(Device)).Plus(_positions);               // [N, L, D]
        foreach (var block in _blocks)
            hidden = block.call(hidden);

        var last = lengths.to(Device).Plus(-1L).reshape(-1, 1, 1).expand(-1, 1, Config.Width);   // [N, 1, D]
        var ends = gather(hidden, 1, last).select(1, 0);                                         // [N, D]
        return _out.call(_outNorm.call(ends)).MoveToOuterDisposeScope();                         // [N, E]
    }

    private static Tensor CausalBias(int tokens, Device device)
    {
        var bias = new float[tokens * tokens];
        for (int row = 0; row < tokens; row++)
            bias.AsSpan(row * tokens + row + 1, tokens - row - 1).Fill(float.NegativeInfinity);

        return tensor(bias, [tokens, tokens], device: device);
    }
}

/// <summary>Sizes of noised CLIP's text encoder, as <c>model.json</c> gives them.</summary>
internal record ClipTextConfig
{
    private const int LargestVocabulary = 1 << 20;
    private const int ShortestContext = 3;

    /// <summary>Rows of the token table.</summary>
    public required int Vocabulary { get; init; }

    /// <summary>Tokens of a sequence: start, prompt, end and padding.</summary>
    [JsonPropertyName("text_ctx")]
    public required int TextContext { get; init; }

    public required int Width { get; init; }

    public required int Layers { get; init; }

    public required int Heads { get; init; }

    /// <summary>Width of the embedding that both encoders share.</summary>
    [JsonPropertyName("embedding")]
    public required int EmbeddingWidth { get; init; }

    /// <summary>Every reason why no encoder can be built from this configuration; empty if it is valid.</summary>
    internal IReadOnlyList<string> Faults()
    {
        int[] sizes = [TextContext, Width, Layers, Heads, EmbeddingWidth];
        if (sizes.Any(size => size is < 1 or > 4096) || Vocabulary is < 1 or > LargestVocabulary)
            return [$"every number must be from 1 to 4096, and the vocabulary at most {LargestVocabulary}"];

        var faults = new List<string>();
        if (TextContext < ShortestContext)
        {
            faults.Add($"a context of {TextContext} tokens has no room for a word between start and end, it needs "
                + $"{ShortestContext}");
        }

        if (Width % Heads != 0)
            faults.Add($"a width of {Width} cannot be shared by {Heads} heads");

        return faults;
    }
}

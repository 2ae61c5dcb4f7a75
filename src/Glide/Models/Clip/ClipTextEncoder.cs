using Glide.Devices;
using Glide.Models.Layers;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Glide.Models.NoisedClip;

/// <summary>Prompts to embeddings: a transformer in which tokens see those before them only.</summary>
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
            throw new ArgumentException($"No encoder can be built like this: {string.Join("; ", faults)}.", nameof(config));
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
        {
            _blocks.Add(this.Register($"blocks.block_{block}", new ClipBlock(width, config.Heads, place, causal)));
        }

        _outNorm = this.Register("blocks.output.ln", new ClipNormalization(width, place));
        _out = this.Register("blocks.output.f", new ClipLinear(width, config.EmbeddingWidth, place, hasBias: false));
    }

    /// <summary>What the encoder was built from.</summary>
    public ClipTextConfig Config { get; }

    /// <summary>Where the weights lie.</summary>
    public Device Device { get; }

    /// <param name="ids">Start token, prompt, end token, zeros, [N, L] int64, on any device.</param>
    /// <param name="lengths">Tokens that are not padding, start and end included, [N] int64, on any device.</param>
    /// <returns>[N, E], not normalised.</returns>
    public override Tensor forward(Tensor ids, Tensor lengths)
    {
        using var scope = NewDisposeScope();
        var hidden = EmbeddingTable.Look(_tokens, ids.to(Device)).Plus(_positions);               // [N, L, D]
        foreach (var block in _blocks)
        {
            hidden = block.call(hidden);
        }

        var last = lengths.to(Device).Plus(-1L).reshape(-1, 1, 1).expand(-1, 1, Config.Width);   // [N, 1, D]
        var ends = gather(hidden, 1, last).select(1, 0);                                         // [N, D]
        return _out.call(_outNorm.call(ends)).MoveToOuterDisposeScope();                         // [N, E]
    }

    private static Tensor CausalBias(int tokens, Device device)
    {
        var bias = new float[tokens * tokens];
        for (int row = 0; row < tokens; row++)
        {
            bias.AsSpan(row * tokens + row + 1, tokens - row - 1).Fill(float.NegativeInfinity);
        }

        return tensor(bias, [tokens, tokens], device: device);
    }
}

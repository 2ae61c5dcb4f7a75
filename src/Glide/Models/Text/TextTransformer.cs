using Glide.Models.Layers;
using Glide.Models.UNet;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Glide.Models.Text;

/// <summary>Reads prompts. Padding is attended to like any token, and no token is hidden from another.</summary>
/// <remarks>Weights may be 16 bits wide; as it runs once for a prompt, it computes in float32 all the same.</remarks>
internal sealed class TextTransformer : NamedModule<Tensor, Tensor, TextFeatures>
{
    private readonly EmbeddingTable _tokens;
    private readonly Parameter _positions;
    private readonly Parameter _padding;
    private readonly List<TextBlock> _blocks = [];     // registered one by one
    private readonly LayerNormalization _finalNorm;
    private readonly LinearLayer _projection;

    public TextTransformer(UNetConfig config, Precision precision, Device device)
        : base(nameof(TextTransformer))
    {
        var torso = precision.Torso(device);
        var full = Precision.Full(device);
        int width = config.TextWidth;
        _tokens = this.Register("token_embedding", new EmbeddingTable(UNetConfig.Vocabulary, width, torso));
        _positions = this.Register("positional_embedding", full.Weight(config.TextContext, width));
        _padding = this.Register("padding_embedding", full.Weight(config.TextContext, width));
        for (int block = 0; block < config.TextLayers; block++)
        {
            _blocks.Add(this.Register($"transformer.resblocks.{block}", new TextBlock(width, config.TextHeads, precision, device)));
        }

        _finalNorm = this.Register("final_ln", new LayerNormalization(width, full));
        _projection = this.Register("transformer_proj", new LinearLayer(width, config.EmbeddingWidth, torso, Kernels.Plain));
    }

    /// <param name="ids">Token numbers, [N, L] int64.</param>
    /// <param name="mask">True for real tokens, [N, L] bool.</param>
    public override TextFeatures forward(Tensor ids, Tensor mask)
    {
        using var scope = NewDisposeScope();
        var real = _tokens.call(ids).to(ScalarType.Float32) + _positions;                     // [N, L, D]
        var hidden = where(mask.unsqueeze(2), real, _padding);
        foreach (var block in _blocks)
        {
            hidden = block.call(hidden);
        }

        var output = _finalNorm.call(hidden);                                                 // [N, L, D]
        var projection = _projection.call(output.select(1, output.shape[1] - 1));             // [N, E]
        return new TextFeatures(
            projection.MoveToOuterDisposeScope(),
            output.transpose(1, 2).contiguous().MoveToOuterDisposeScope());                   // [N, D, L]
    }
}

using Glide.Devices;
using Glide.Models.Layers;
using Glide.Models.UNet;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Glide.Models.Text;

/// <summary>Reads prompts. Padding is attended to like any token, and no token is hidden from another.</summary>
/// <remarks>Weights may be 16 bits wide; <see cref="Kernels.TextType"/> is the type that it computes in.</remarks>
internal sealed class TextTransformer : NamedModule<Tensor, Tensor, TextFeatures>
{
    private readonly ScalarType _type;
    private readonly EmbeddingTable _tokens;
    private readonly Parameter _positions;
    private readonly Parameter _padding;
    private readonly List<TextBlock> _blocks = [];     // registered one by one
    private readonly LayerNormalization _finalNorm;
    private readonly LinearLayer _projection;

    /// <param name="config">The network's.</param>
    /// <param name="precision">Which parts are 16 bits wide.</param>
    /// <param name="device">Where the weights lie.</param>
    /// <param name="kernels">Compute the attention and choose the type.</param>
    public TextTransformer(UNetConfig config, Precision precision, Device device, Kernels kernels)
        : base(nameof(TextTransformer))
    {
        var torso = precision.Torso(device);
        var full = Precision.Full(device);
        int width = config.TextWidth;
        _type = kernels.TextType(precision);
        _tokens = this.Register("token_embedding", new EmbeddingTable(UNetConfig.Vocabulary, width, torso));
        _positions = this.Register("positional_embedding", full.Weight(config.TextContext, width));
        _padding = this.Register("padding_embedding", full.Weight(config.TextContext, width));
        for (int block = 0; block < config.TextLayers; block++)
        {
            var part = new TextBlock(width, config.TextHeads, precision, device, kernels);
            _blocks.Add(this.Register($"transformer.resblocks.{block}", part));
        }

        _finalNorm = this.Register("final_ln", new LayerNormalization(width, full));
        _projection = this.Register("transformer_proj", new LinearLayer(width, config.EmbeddingWidth, torso, Kernels.Plain));
    }

    /// <param name="ids">Token numbers, [N, L] int64.</param>
    /// <param name="mask">True for real tokens, [N, L] bool.</param>
    public override TextFeatures forward(Tensor ids, Tensor mask)
    {
        using var scope = NewDisposeScope();
        var real = _tokens.call(ids).to(ScalarType.Float32).Plus(_positions);                     // [N, L, D]
        var hidden = where(mask.unsqueeze(2), real, _padding).to(_type);
        foreach (var block in _blocks)
        {
            hidden = block.call(hidden);
        }

        var output = _finalNorm.call(hidden);                                                 // [N, L, D]
        var projection = _projection.call(output.select(1, output.shape[1] - 1))
            .to(ScalarType.Float32);                                                          // [N, E]
        return new TextFeatures(
            projection.MoveToOuterDisposeScope(),
            output.transpose(1, 2).contiguous().MoveToOuterDisposeScope());                   // [N, D, L]
    }
}

using Glide.Models.Layers;
using Glide.Models.Ops;
using Glide.Runtime;
using TorchSharp.Modules;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace Glide.Models.Text;

/// <summary>Encodes prompts. Attention has no mask: padding is attended to like any token.</summary>
/// <remarks>Weights may be 16 bits wide; <see cref="UNetOps.TextType"/> is the type of its activations.</remarks>
internal sealed class TextTransformer : NamedModule<Tensor, Tensor, TextFeatures>
{
    private readonly ScalarType _type;
    private readonly EmbeddingTable _tokens;
    private readonly Parameter _positions;
    private readonly Parameter _padding;
    private readonly List<TextBlock> _blocks = [];     // registered one by one
    private readonly LayerNormalization _finalNorm;
    private readonly LinearLayer _projection;

    /// <param name="config">Sizes of the network.</param>
    /// <param name="precision">Which parts are 16 bits wide.</param>
    /// <param name="device">Device of the weights.</param>
    /// <param name="ops">Computes the attention and chooses the type of activations.</param>
    public TextTransformer(UNetConfig config, Precision precision, Device device, UNetOps ops)
        : base(nameof(TextTransformer))
    {
        var torso = precision.Torso(device);
        var full = Precision.Full(device);
        int width = config.TextWidth;
        _type = ops.TextType(precision);
        _tokens = this.Register("token_embedding", new EmbeddingTable(UNetConfig.Vocabulary, width, torso));
        _positions = this.Register("positional_embedding", full.Weight(config.TextContext, width));
        _padding = this.Register("padding_embedding", full.Weight(config.TextContext, width));
        for (int block = 0; block < config.TextLayers; block++)
        {
            var part = new TextBlock(width, config.TextHeads, precision, device, ops);
            _blocks.Add(this.Register($"transformer.resblocks.{block}", part));
        }

        _finalNorm = this.Register("final_ln", new LayerNormalization(width, full));
        _projection = this.Register("transformer_proj",
            new LinearLayer(width, config.EmbeddingWidth, torso, UNetOps.Plain));
    }

    /// <param name="ids">Token ids, [N, L] int64.</param>
    /// <param name="mask">True for real tokens, [N, L] bool.</param>
    public override TextFeatures forward(Tensor ids, Tensor mask)
    {
        using var scope = NewDisposeScope();
        var real = _tokens.call(ids).to(ScalarType.Float32).Plus(_positions);                     // [N, L, D]
        var hidden = where(mask.unsqueeze(2), real, _padding).to(_type);
        foreach (var block in _blocks)
            hidden = block.call(hidden);

        var output = _finalNorm.call(hidden);                                                 // [N, L, D]
        var projection = _projection.call(output.select(1, output.shape[1] - 1))
            .to(ScalarType.Float32);                                                          // [N, E]
        return new TextFeatures(
            projection.MoveToOuterDisposeScope(),
            output.transpose(1, 2).contiguous().MoveToOuterDisposeScope());                   // [N, D, L]
    }
}

/// <summary>One block of the text transformer: self-attention and an MLP, each with a residual.</summary>
internal sealed class TextBlock : NamedModule<Tensor, Tensor>
{
    private readonly int _heads;
    private readonly UNetOps _ops;
    private readonly LayerNormalization _attentionNorm;
    private readonly LinearLayer _queryKeyValue;
    private readonly LinearLayer _attentionOut;
    private readonly LayerNormalization _mlpNorm;
    private readonly LinearLayer _mlpIn;
    private readonly LinearLayer _mlpOut;

    /// <param name="width">D.</param>
    /// <param name="heads">Heads that share it.</param>
    /// <param name="precision">Which parts are 16 bits wide.</param>
    /// <param name="device">Device of the weights.</param>
    /// <param name="ops">Computes the attention.</param>
    public TextBlock(int width, int heads, Precision precision, Device device, UNetOps ops)
        : base(nameof(TextBlock))
    {
        var torso = precision.Torso(device);
        var full = Precision.Full(device);
        _heads = heads;
        _ops = ops;
        _attentionNorm = this.Register("ln_1", new LayerNormalization(width, full));
        _queryKeyValue = this.Register("attn.c_qkv", new LinearLayer(width, 3 * width, torso, UNetOps.Plain));
        _attentionOut = this.Register("attn.c_proj", new LinearLayer(width, width, torso, UNetOps.Plain));
        _mlpNorm = this.Register("ln_2", new LayerNormalization(width, full));
        _mlpIn = this.Register("mlp.c_fc", new LinearLayer(width, 4 * width, torso, UNetOps.Plain));
        _mlpOut = this.Register("mlp.c_proj", new LinearLayer(4 * width, width, torso, UNetOps.Plain));
    }

    /// <summary>[N, L, D] to [N, L, D].</summary>
    public override Tensor forward(Tensor x)
    {
        using var scope = NewDisposeScope();
        var afterAttention = x.Plus(_attentionOut.call(Attended(_attentionNorm.call(x))));
        var hidden = functional.gelu(_mlpIn.call(_mlpNorm.call(afterAttention)));             // [N, L, 4·D]
        return afterAttention.Plus(_mlpOut.call(hidden)).MoveToOuterDisposeScope();
    }

    private Tensor Attended(Tensor normal)
    {
        using var scope = NewDisposeScope();
        long prompts = normal.shape[0], tokens = normal.shape[1], width = normal.shape[2] / _heads;
        // [N, h, L, 3·d]
        var perHead = _queryKeyValue.call(normal).reshape(prompts, tokens, _heads, 3 * width).transpose(1, 2);
        return _ops.AttendTokens(
            perHead.narrow(3, 0, width),
            perHead.narrow(3, width, width),
            perHead.narrow(3, 2 * width, width)).MoveToOuterDisposeScope();                   // [N, L, D]
    }
}

/// <summary>Output of the text transformer. The tensors belong to the caller's dispose scope.</summary>
/// <param name="Projection">The last position, projected to the width of the time embedding, [N, E] in float32.</param>
/// <param name="Output">Every position, [N, D, L] in the type of the activations.</param>
internal sealed record TextFeatures(Tensor Projection, Tensor Output);

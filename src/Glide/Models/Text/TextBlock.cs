using Glide.Devices;
using Glide.Models.Layers;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace Glide.Models.Text;

/// <summary>One block of the text transformer: every token looks at all tokens, then at itself.</summary>
internal sealed class TextBlock : NamedModule<Tensor, Tensor>
{
    private readonly int _heads;
    private readonly Kernels _kernels;
    private readonly LayerNormalization _attentionNorm;
    private readonly LinearLayer _queryKeyValue;
    private readonly LinearLayer _attentionOut;
    private readonly LayerNormalization _mlpNorm;
    private readonly LinearLayer _mlpIn;
    private readonly LinearLayer _mlpOut;

    /// <param name="width">D.</param>
    /// <param name="heads">Heads that share it.</param>
    /// <param name="precision">Which parts are 16 bits wide.</param>
    /// <param name="device">Where the weights lie.</param>
    /// <param name="kernels">Compute the attention.</param>
    public TextBlock(int width, int heads, Precision precision, Device device, Kernels kernels)
        : base(nameof(TextBlock))
    {
        var torso = precision.Torso(device);
        var full = Precision.Full(device);
        _heads = heads;
        _kernels = kernels;
        _attentionNorm = this.Register("ln_1", new LayerNormalization(width, full));
        _queryKeyValue = this.Register("attn.c_qkv", new LinearLayer(width, 3 * width, torso, Kernels.Plain));
        _attentionOut = this.Register("attn.c_proj", new LinearLayer(width, width, torso, Kernels.Plain));
        _mlpNorm = this.Register("ln_2", new LayerNormalization(width, full));
        _mlpIn = this.Register("mlp.c_fc", new LinearLayer(width, 4 * width, torso, Kernels.Plain));
        _mlpOut = this.Register("mlp.c_proj", new LinearLayer(4 * width, width, torso, Kernels.Plain));
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
        var perHead = _queryKeyValue.call(normal).reshape(prompts, tokens, _heads, 3 * width).transpose(1, 2);   // [N, h, L, 3·d]
        return _kernels.AttendTokens(
            perHead.narrow(3, 0, width),
            perHead.narrow(3, width, width),
            perHead.narrow(3, 2 * width, width)).MoveToOuterDisposeScope();                   // [N, L, D]
    }
}

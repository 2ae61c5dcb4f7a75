using Glide.Models.Layers;
using Glide.Models.Ops;
using Glide.Runtime;
using TorchSharp.Modules;
using TorchSharp.Utils;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace Glide.Models.Clip;

/// <summary>One block of either encoder: self-attention and an MLP, each with a residual.</summary>
internal sealed class ClipBlock : NamedModule<Tensor, Tensor>
{
    private readonly int _heads;
    private readonly Tensor? _attentionBias;
    private readonly ClipNormalization _attentionNorm;
    private readonly ClipLinear _query;
    private readonly ClipLinear _key;
    private readonly ClipLinear _value;
    private readonly ClipLinear _attentionOut;
    private readonly ClipNormalization _mlpNorm;
    private readonly ClipLinear _mlpIn;
    private readonly ClipLinear _mlpOut;

    /// <param name="width">Width of the encoder.</param>
    /// <param name="heads">Its heads.</param>
    /// <param name="place">Type and device of the weights.</param>
    /// <param name="attentionBias">Added to the logits, [L, L], owned by the encoder; <c>null</c> lets every token
    /// attend to every other.</param>
    public ClipBlock(int width, int heads, TensorOptions place, Tensor? attentionBias = null)
        : base(nameof(ClipBlock))
    {
        _heads = heads;
        _attentionBias = attentionBias;
        _attentionNorm = this.Register("f_attn.ln", new ClipNormalization(width, place));
        _query = this.Register("f_attn.f_q", new ClipLinear(width, width, place));
        _key = this.Register("f_attn.f_k", new ClipLinear(width, width, place, hasBias: false));
        _value = this.Register("f_attn.f_v", new ClipLinear(width, width, place));
        _attentionOut = this.Register("f_attn.f_c", new ClipLinear(width, width, place));
        _mlpNorm = this.Register("f_mlp.ln", new ClipNormalization(width, place));
        _mlpIn = this.Register("f_mlp.f_1", new ClipLinear(width, 4 * width, place));
        _mlpOut = this.Register("f_mlp.f_2", new ClipLinear(4 * width, width, place));
    }

    /// <summary>[N, L, D] to [N, L, D].</summary>
    public override Tensor forward(Tensor x)
    {
        using var scope = NewDisposeScope();
        var normal = _attentionNorm.call(x);
        var mixed = ScaledAttention.OverTokens(
            PerHead(_query.call(normal)), PerHead(_key.call(normal)), PerHead(_value.call(normal)), _attentionBias);
        var afterAttention = x.Plus(_attentionOut.call(mixed));
        var hidden = functional.gelu(_mlpIn.call(_mlpNorm.call(afterAttention)));             // [N, L, 4·D]
        return afterAttention.Plus(_mlpOut.call(hidden)).MoveToOuterDisposeScope();
    }

    private Tensor PerHead(Tensor x) => x.reshape(x.shape[0], x.shape[1], _heads, -1).transpose(1, 2);   // [N, h, L, d]
}

/// <summary>Linear layer with the parameter names of noised CLIP; the bias is optional.</summary>
internal sealed class ClipLinear : Module<Tensor, Tensor>
{
    [ComponentName(Name = "w")] private readonly Parameter _weight;
    [ComponentName(Name = "b")] private readonly Parameter? _bias;

    public ClipLinear(long inputs, long outputs, TensorOptions place, bool hasBias = true)
        : base(nameof(ClipLinear))
    {
        _weight = place.Weight(outputs, inputs);
        _bias = hasBias ? place.Weight(outputs) : null;
        RegisterComponents();
    }

    /// <summary>[..., inputs] to [..., outputs].</summary>
    public override Tensor forward(Tensor x) => functional.linear(x, _weight, _bias);
}

/// <summary>LayerNorm with the parameter names of noised CLIP.</summary>
internal sealed class ClipNormalization : Module<Tensor, Tensor>
{
    [ComponentName(Name = "g")] private readonly Parameter _weight;
    [ComponentName(Name = "b")] private readonly Parameter _bias;

    public ClipNormalization(long width, TensorOptions place)
        : base(nameof(ClipNormalization))
    {
        _weight = place.Weight(width);
        _bias = place.Weight(width);
        RegisterComponents();
    }

    /// <summary>norm(x), of x's shape.</summary>
    public override Tensor forward(Tensor x) => NormOps.Layer(x, _weight, _bias);
}

/// <summary>Groups the input weights of an encoder under their published names.</summary>
internal sealed class ClipInput() : Module(nameof(ClipInput));

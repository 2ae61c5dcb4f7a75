using Glide.Models.Layers;
using Glide.Models.Text;
using static TorchSharp.torch;

namespace Glide.Models.UNet;

/// <summary>One numbered step of the way through the U-Net: a residual block, perhaps attention, perhaps another size.</summary>
internal sealed class UNetBlock : NamedModule<Tensor, Tensor, TextConditioning, Tensor>
{
    private readonly ResBlock _first;
    private readonly AttentionBlock? _attention;
    private readonly ResBlock? _last;
    private readonly int _attentionIndex;

    /// <param name="first">Comes first.</param>
    /// <param name="attention">Comes second; <c>null</c> if there is none.</param>
    /// <param name="attentionIndex">The number of <paramref name="attention"/> among all of the network.</param>
    /// <param name="last">Comes last; <c>null</c> if there is none.</param>
    public UNetBlock(ResBlock first, AttentionBlock? attention = null, int attentionIndex = -1, ResBlock? last = null)
        : base(nameof(UNetBlock))
    {
        int position = 0;
        _first = this.Register($"{position++}", first);
        if (attention is not null)
        {
            _attention = this.Register($"{position++}", attention);
            _attentionIndex = attentionIndex;
        }

        if (last is not null)
        {
            _last = this.Register($"{position}", last);
        }
    }

    /// <param name="x">[N, C, H, W].</param>
    /// <param name="emb">SiLU of the time embedding, [N, E] in float32.</param>
    /// <param name="text">The prompts.</param>
    /// <returns>[N, C', H', W'], a new tensor.</returns>
    public override Tensor forward(Tensor x, Tensor emb, TextConditioning text)
    {
        using var scope = NewDisposeScope();
        var hidden = _first.call(x, emb);
        if (_attention is not null)
        {
            hidden = _attention.call(hidden, text.KeysAndValues[_attentionIndex]);
        }

        if (_last is not null)
        {
            hidden = _last.call(hidden, emb);
        }

        return hidden.MoveToOuterDisposeScope();
    }
}

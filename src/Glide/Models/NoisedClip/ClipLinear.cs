using Glide.Models.Layers;
using TorchSharp.Modules;
using TorchSharp.Utils;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace Glide.Models.NoisedClip;

/// <summary>x·Wᵀ, with or without + b, under noised CLIP's names.</summary>
internal sealed class ClipLinear : Module<Tensor, Tensor>
{
    [ComponentName(Name = "w")] private readonly Parameter _weight;
    [ComponentName(Name = "b")] private readonly Parameter? _bias;

    public ClipLinear(long inputs, long outputs, Placement place, bool hasBias = true)
        : base(nameof(ClipLinear))
    {
        _weight = place.Weight(outputs, inputs);
        _bias = hasBias ? place.Weight(outputs) : null;
        RegisterComponents();
    }

    /// <summary>[..., inputs] to [..., outputs].</summary>
    public override Tensor forward(Tensor x) => functional.linear(x, _weight, _bias);
}

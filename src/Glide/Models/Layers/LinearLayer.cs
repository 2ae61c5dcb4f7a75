using TorchSharp.Modules;
using TorchSharp.Utils;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace Glide.Models.Layers;

/// <summary>x·Wᵀ + b over the last dimension, computed in the type of x.</summary>
internal sealed class LinearLayer : Module<Tensor, Tensor>
{
    [ComponentName(Name = "weight")] private readonly Parameter _weight;
    [ComponentName(Name = "bias")] private readonly Parameter _bias;

    public LinearLayer(long inputs, long outputs, Placement place)
        : base(nameof(LinearLayer))
    {
        _weight = place.Weight(outputs, inputs);
        _bias = place.Weight(outputs);
        RegisterComponents();
    }

    /// <summary>[..., inputs] to [..., outputs].</summary>
    public override Tensor forward(Tensor x)
    {
        using var operation = Operations.Linear();
        using var scope = NewDisposeScope();
        return functional.linear(x, _weight.to(x.dtype), _bias.to(x.dtype)).MoveToOuterDisposeScope();
    }
}

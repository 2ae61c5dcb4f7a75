using TorchSharp.Modules;
using TorchSharp.Utils;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace Glide.Models.Layers;

/// <summary>A linear layer over the channels of a sequence, stored as a convolution of width 1.</summary>
internal sealed class PointwiseConvolution : Module<Tensor, Tensor>
{
    [ComponentName(Name = "weight")] private readonly Parameter _weight;
    [ComponentName(Name = "bias")] private readonly Parameter _bias;

    public PointwiseConvolution(long inputs, long outputs, Placement place)
        : base(nameof(PointwiseConvolution))
    {
        _weight = place.Weight(outputs, inputs, 1);
        _bias = place.Weight(outputs);
        RegisterComponents();
    }

    /// <summary>[N, inputs, T] to [N, outputs, T].</summary>
    public override Tensor forward(Tensor x)
    {
        using var operation = Operations.Linear();
        return functional.conv1d(x, _weight, _bias);
    }
}

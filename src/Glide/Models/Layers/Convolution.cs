using TorchSharp.Modules;
using TorchSharp.Utils;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace Glide.Models.Layers;

/// <summary>A convolution with stride 1 that keeps height and width.</summary>
/// <remarks>All of the U-Net's k×k convolutions run here: the place for other layouts and for packed weights.</remarks>
internal sealed class Convolution : Module<Tensor, Tensor>
{
    private readonly long[] _padding;
    [ComponentName(Name = "weight")] private readonly Parameter _weight;
    [ComponentName(Name = "bias")] private readonly Parameter _bias;

    /// <param name="inputs">Channels that come in.</param>
    /// <param name="outputs">Channels that go out.</param>
    /// <param name="kernel">Side of the kernel; odd.</param>
    /// <param name="place">Type and device of the weights.</param>
    public Convolution(long inputs, long outputs, int kernel, Placement place)
        : base(nameof(Convolution))
    {
        _padding = [kernel / 2, kernel / 2];
        _weight = place.Weight(outputs, inputs, kernel, kernel);
        _bias = place.Weight(outputs);
        RegisterComponents();
    }

    /// <summary>[N, inputs, H, W] to [N, outputs, H, W].</summary>
    public override Tensor forward(Tensor x)
    {
        using var operation = Operations.Convolution();
        return functional.conv2d(x, _weight, _bias, padding: _padding);
    }
}

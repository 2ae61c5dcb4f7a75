using TorchSharp.Modules;
using TorchSharp.Utils;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace Glide.Models.Layers;

/// <summary>A linear layer over the channels of a picture, stored as the convolution of a sequence.</summary>
internal sealed class PointwiseConvolution : Module<Tensor, Tensor>
{
    private readonly Kernels _kernels;
    private readonly PackableWeights _weights;
    [ComponentName(Name = "weight")] private readonly Parameter _weight;
    [ComponentName(Name = "bias")] private readonly Parameter _bias;

    public PointwiseConvolution(long inputs, long outputs, Placement place, Kernels kernels)
        : base(nameof(PointwiseConvolution))
    {
        _kernels = kernels;
        _weight = place.Weight(outputs, inputs, 1);
        _bias = place.Weight(outputs);
        _weights = new PackableWeights(_weight, _bias);
        RegisterComponents();
    }

    /// <summary>[N, inputs, H, W] to [N, outputs, H, W].</summary>
    public override Tensor forward(Tensor x)
    {
        using var operation = Operations.Linear();
        return _kernels.Convolve(_weights, x);
    }

    /// <summary>The same plus <paramref name="added"/>, [N, outputs, H, W].</summary>
    public Tensor AddedTo(Tensor added, Tensor x)
    {
        using var operation = Operations.Linear();
        return _kernels.ConvolveAndAdd(_weights, x, added);
    }

    /// <inheritdoc/>
    protected override void Dispose(bool disposing)
    {
        if (disposing)
            _weights.Dispose();
        base.Dispose(disposing);
    }
}

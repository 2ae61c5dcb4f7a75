using Glide.Models.Ops;
using TorchSharp.Modules;
using TorchSharp.Utils;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace Glide.Models.Layers;

/// <summary>A convolution with stride 1 that keeps height and width.</summary>
internal sealed class Convolution : Module<Tensor, Wrap, Tensor>, IChangeableLayer
{
    private readonly UNetOps _ops;
    private readonly PackedWeights _weights;
    [ComponentName(Name = "weight")] private readonly Parameter _weight;
    [ComponentName(Name = "bias")] private readonly Parameter _bias;

    /// <param name="inputs">Input channels.</param>
    /// <param name="outputs">Output channels.</param>
    /// <param name="kernel">Kernel size; odd.</param>
    /// <param name="place">Type and device of the weights.</param>
    /// <param name="ops">Computes the layer.</param>
    public Convolution(long inputs, long outputs, int kernel, TensorOptions place, UNetOps ops)
        : base(nameof(Convolution))
    {
        _ops = ops;
        _weight = place.Weight(outputs, inputs, kernel, kernel);
        _bias = place.Weight(outputs);
        _weights = new PackedWeights(_weight, _bias);
        RegisterComponents();
    }

    public PackedWeights Weights => _weights;

    public UNetOps Ops => _ops;

    /// <summary>[N, inputs, H, W] to [N, outputs, H, W].</summary>
    public override Tensor forward(Tensor x, Wrap wrap)
    {
        using var operation = Operations.Convolution();
        return _ops.Convolve(_weights, x, enlarged: false, wrap);
    }

    /// <summary>Convolves x enlarged by nearest neighbor: [N, inputs, H, W] to [N, outputs, 2·H, 2·W].</summary>
    public Tensor UpsampleConv(Tensor x, Wrap wrap)
    {
        using var operation = Operations.Convolution();
        return _ops.Convolve(_weights, x, enlarged: true, wrap);
    }

    /// <summary>
    /// Convolves x and adds <paramref name="added"/>, [N, outputs, H, W], or [N, outputs, H/2, W/2] if
    /// <paramref name="enlarged"/>.
    /// </summary>
    public Tensor AddedTo(Tensor added, Tensor x, bool enlarged, Wrap wrap)
    {
        using var operation = Operations.Convolution();
        return _ops.ConvolveAndAdd(_weights, x, added, enlarged, wrap);
    }

    protected override void Dispose(bool disposing)
    {
        if (disposing)
            _weights.Dispose();
        base.Dispose(disposing);
    }
}

/// <summary>A linear layer over the channels of an image; its weight is stored as that of a 1D convolution.</summary>
internal sealed class PointwiseConvolution : Module<Tensor, Tensor>, IChangeableLayer
{
    private readonly UNetOps _ops;
    private readonly PackedWeights _weights;
    [ComponentName(Name = "weight")] private readonly Parameter _weight;
    [ComponentName(Name = "bias")] private readonly Parameter _bias;

    public PointwiseConvolution(long inputs, long outputs, TensorOptions place, UNetOps ops)
        : base(nameof(PointwiseConvolution))
    {
        _ops = ops;
        _weight = place.Weight(outputs, inputs, 1);
        _bias = place.Weight(outputs);
        _weights = new PackedWeights(_weight, _bias);
        RegisterComponents();
    }

    public PackedWeights Weights => _weights;

    public UNetOps Ops => _ops;

    /// <summary>[N, inputs, H, W] to [N, outputs, H, W].</summary>
    public override Tensor forward(Tensor x)
    {
        using var operation = Operations.Linear();
        return _ops.Convolve(_weights, x);
    }

    /// <summary>Convolves x and adds <paramref name="added"/>, [N, outputs, H, W].</summary>
    public Tensor AddedTo(Tensor added, Tensor x)
    {
        using var operation = Operations.Linear();
        return _ops.ConvolveAndAdd(_weights, x, added);
    }

    protected override void Dispose(bool disposing)
    {
        if (disposing)
            _weights.Dispose();
        base.Dispose(disposing);
    }
}

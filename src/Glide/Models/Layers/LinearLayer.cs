using TorchSharp.Modules;
using TorchSharp.Utils;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace Glide.Models.Layers;

/// <summary>x·Wᵀ + b over the last dimension, computed in the type of x.</summary>
internal sealed class LinearLayer : Module<Tensor, Tensor>
{
    private readonly Kernels _kernels;
    private readonly PackableWeights _weights;
    [ComponentName(Name = "weight")] private readonly Parameter _weight;
    [ComponentName(Name = "bias")] private readonly Parameter _bias;

    /// <param name="inputs">Numbers that come in.</param>
    /// <param name="outputs">Numbers that go out.</param>
    /// <param name="place">Type and device of the weights.</param>
    /// <param name="kernels">Compute it; others than the plain ones take a row for each picture only.</param>
    public LinearLayer(long inputs, long outputs, Placement place, Kernels kernels)
        : base(nameof(LinearLayer))
    {
        _kernels = kernels;
        _weight = place.Weight(outputs, inputs);
        _bias = place.Weight(outputs);
        _weights = new PackableWeights(_weight, _bias);
        RegisterComponents();
    }

    /// <summary>[..., inputs] to [..., outputs].</summary>
    public override Tensor forward(Tensor x)
    {
        using var operation = Operations.Linear();
        return _kernels.Project(_weights, x);
    }

    /// <inheritdoc/>
    protected override void Dispose(bool disposing)
    {
        if (disposing)
            _weights.Dispose();
        base.Dispose(disposing);
    }
}

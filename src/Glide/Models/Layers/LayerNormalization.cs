using TorchSharp.Modules;
using TorchSharp.Utils;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace Glide.Models.Layers;

/// <summary>LayerNorm over the last dimension; see <see cref="Normalization"/>.</summary>
internal sealed class LayerNormalization : Module<Tensor, Tensor>
{
    [ComponentName(Name = "weight")] private readonly Parameter _weight;
    [ComponentName(Name = "bias")] private readonly Parameter _bias;

    public LayerNormalization(long width, Placement place)
        : base(nameof(LayerNormalization))
    {
        _weight = place.Weight(width);
        _bias = place.Weight(width);
        RegisterComponents();
    }

    /// <summary>norm(x), of x's shape and type.</summary>
    public override Tensor forward(Tensor x) => Normalization.Layer(x, _weight, _bias);
}

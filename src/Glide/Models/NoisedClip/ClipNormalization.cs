using Glide.Models.Layers;
using TorchSharp.Modules;
using TorchSharp.Utils;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace Glide.Models.NoisedClip;

/// <summary>LayerNorm under noised CLIP's names.</summary>
internal sealed class ClipNormalization : Module<Tensor, Tensor>
{
    [ComponentName(Name = "g")] private readonly Parameter _weight;
    [ComponentName(Name = "b")] private readonly Parameter _bias;

    public ClipNormalization(long width, Placement place)
        : base(nameof(ClipNormalization))
    {
        _weight = place.Weight(width);
        _bias = place.Weight(width);
        RegisterComponents();
    }

    /// <summary>norm(x), of x's shape.</summary>
    public override Tensor forward(Tensor x) => Normalization.Layer(x, _weight, _bias);
}

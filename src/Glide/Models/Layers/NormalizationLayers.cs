using Glide.Models.Ops;
using TorchSharp.Modules;
using TorchSharp.Utils;
using static TorchSharp.torch.nn;
using static TorchSharp.torch;

namespace Glide.Models.Layers;

/// <summary>GroupNorm, plain or joined with what follows it; see <see cref="Normalization"/>.</summary>
internal sealed class GroupNormalization : Module<Tensor, Tensor>
{
    private readonly Kernels _kernels;
    [ComponentName(Name = "weight")] private readonly Parameter _weight;
    [ComponentName(Name = "bias")] private readonly Parameter _bias;

    public GroupNormalization(long channels, Placement place, Kernels kernels)
        : base(nameof(GroupNormalization))
    {
        _kernels = kernels;
        _weight = place.Weight(channels);
        _bias = place.Weight(channels);
        RegisterComponents();
    }

    /// <summary>What rows share that are windows of pictures; <c>null</c> where each row is a picture.</summary>
    public WindowStatistics? Windows { get; set; }

    /// <summary>norm(x), of x's shape and type.</summary>
    public override Tensor forward(Tensor x) => Windows is null
        ? _kernels.Normalize(x, _weight, _bias)
        : Arranged(() => Normalization.Group(x, _weight, _bias, Windows));

    /// <summary>SiLU(norm(x)), of x's shape; of its type, if no other is given.</summary>
    public Tensor Activated(Tensor x, ScalarType? type = null) => Windows is null
        ? _kernels.NormalizeSilu(x, _weight, _bias, type ?? x.dtype)
        : Arranged(() => Normalization.GroupSilu(x.to(type ?? x.dtype), _weight, _bias, Windows));

    /// <summary>SiLU(norm(x)·(1 + scale) + shift), of x's shape and type.</summary>
    /// <param name="x">[N, C, H, W].</param>
    /// <param name="scaleShift">Scales, then shifts, [N, 2·C] in float32.</param>
    public Tensor Modulated(Tensor x, Tensor scaleShift) => Windows is null
        ? _kernels.NormalizeScaleShiftSilu(x, _weight, _bias, scaleShift)
        : Arranged(() => Normalization.GroupScaleShiftSilu(x, _weight, _bias, scaleShift, Windows));

    private Tensor Arranged(Func<Tensor> normalized)
    {
        using var scope = NewDisposeScope();
        var normal = normalized();
        return _kernels.Arrange(normal, normal.dtype).MoveToOuterDisposeScope();
    }
}

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

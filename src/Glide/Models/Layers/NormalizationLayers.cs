using Glide.Models.Ops;
using TorchSharp.Modules;
using TorchSharp.Utils;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace Glide.Models.Layers;

/// <summary>GroupNorm, plain or fused with what follows it; see <see cref="NormOps"/>.</summary>
internal sealed class GroupNormalization : Module<Tensor, TiledGroupNormStats?, Tensor>
{
    private readonly UNetOps _ops;
    [ComponentName(Name = "weight")] private readonly Parameter _weight;
    [ComponentName(Name = "bias")] private readonly Parameter _bias;

    public GroupNormalization(long channels, TensorOptions place, UNetOps ops)
        : base(nameof(GroupNormalization))
    {
        _ops = ops;
        _weight = place.Weight(channels);
        _bias = place.Weight(channels);
        RegisterComponents();
    }

    /// <summary>norm(x), of x's shape and type.</summary>
    /// <param name="x">[N, C, H, W].</param>
    /// <param name="tiles">Statistics that the rows share if they are tiles; <c>null</c> if each row is an
    /// image.</param>
    public override Tensor forward(Tensor x, TiledGroupNormStats? tiles) => tiles is null
        ? _ops.Normalize(x, _weight, _bias)
        : Arranged(() => NormOps.Group(x, _weight, _bias, tiles));

    /// <summary>SiLU(norm(x)), of x's shape.</summary>
    /// <param name="x">[N, C, H, W].</param>
    /// <param name="tiles">Statistics that the rows share if they are tiles; <c>null</c> if each row is an
    /// image.</param>
    /// <param name="type">The result's type; <c>null</c> takes that of x.</param>
    public Tensor NormSilu(Tensor x, TiledGroupNormStats? tiles, ScalarType? type = null) => tiles is null
        ? _ops.NormalizeSilu(x, _weight, _bias, type ?? x.dtype)
        : Arranged(() => NormOps.GroupSilu(x.to(type ?? x.dtype), _weight, _bias, tiles));

    /// <summary>SiLU(norm(x)·(1 + scale) + shift), of x's shape and type.</summary>
    /// <param name="x">[N, C, H, W].</param>
    /// <param name="scaleShift">Scales, then shifts, [N, 2·C] in float32.</param>
    /// <param name="tiles">Statistics that the rows share if they are tiles; <c>null</c> if each row is an
    /// image.</param>
    public Tensor NormScaleShiftSilu(Tensor x, Tensor scaleShift, TiledGroupNormStats? tiles) => tiles is null
        ? _ops.NormalizeScaleShiftSilu(x, _weight, _bias, scaleShift)
        : Arranged(() => NormOps.GroupScaleShiftSilu(x, _weight, _bias, scaleShift, tiles));

    private Tensor Arranged(Func<Tensor> normalized)
    {
        using var scope = NewDisposeScope();
        var normal = normalized();
        return _ops.ToOpsLayout(normal, normal.dtype).MoveToOuterDisposeScope();
    }
}

/// <summary>LayerNorm over the last dimension; see <see cref="NormOps"/>.</summary>
internal sealed class LayerNormalization : Module<Tensor, Tensor>
{
    [ComponentName(Name = "weight")] private readonly Parameter _weight;
    [ComponentName(Name = "bias")] private readonly Parameter _bias;

    public LayerNormalization(long width, TensorOptions place)
        : base(nameof(LayerNormalization))
    {
        _weight = place.Weight(width);
        _bias = place.Weight(width);
        RegisterComponents();
    }

    /// <summary>norm(x), of x's shape and type.</summary>
    public override Tensor forward(Tensor x) => NormOps.Layer(x, _weight, _bias);
}

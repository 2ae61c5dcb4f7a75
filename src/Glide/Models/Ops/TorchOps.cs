using Glide.Runtime;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace Glide.Models.Ops;

/// <summary>libtorch's operations without fusion, on contiguous images.</summary>
internal sealed class TorchOps : UNetOps
{
    public override Tensor ToOpsLayout(Tensor x, ScalarType type) => x.to(type);

    public override Tensor Convolve(PackedWeights weights, Tensor x, bool enlarged = false, Wrap wrap = Wrap.None)
    {
        using var scope = NewDisposeScope();
        return Convolved(weights, enlarged ? Enlarge(x) : x, wrap).MoveToOuterDisposeScope();
    }

    public override Tensor ConvolveAndAdd(
        PackedWeights weights, Tensor x, Tensor added, bool enlarged = false, Wrap wrap = Wrap.None)
    {
        using var scope = NewDisposeScope();
        return Convolved(weights, x, wrap).PlusInPlace(enlarged ? Enlarge(added) : added).MoveToOuterDisposeScope();
    }

    public override Tensor Project(PackedWeights weights, Tensor x)
    {
        using var scope = NewDisposeScope();
        return functional.linear(x, weights.Effective(x.dtype), weights.BiasAs(x.dtype)).MoveToOuterDisposeScope();
    }

    public override Tensor Normalize(Tensor x, Tensor weight, Tensor bias) => NormOps.Group(x, weight, bias);

    public override Tensor NormalizeSilu(Tensor x, Tensor weight, Tensor bias, ScalarType type)
    {
        using var scope = NewDisposeScope();
        return NormOps.GroupSilu(x.to(type), weight, bias).MoveToOuterDisposeScope();
    }

    public override Tensor NormalizeScaleShiftSilu(Tensor x, Tensor weight, Tensor bias, Tensor scaleShift) =>
        NormOps.GroupScaleShiftSilu(x, weight, bias, scaleShift);

    public override Tensor Attend(Tensor pixels, Tensor text, long heads)
    {
        using var scope = NewDisposeScope();
        long[] shape = pixels.shape;
        // [N, h·d, T]
        var mixed = ScaledAttention.OverTextAndPixels(pixels.reshape(shape[0], shape[1], -1), text, heads);
        return mixed.reshape(shape[0], shape[1] / 3, shape[2], shape[3]).MoveToOuterDisposeScope();   // [N, h·d, H, W]
    }

    public override Tensor Join(Tensor first, Tensor second) => cat([first, second], dim: 1);

    public override Tensor Halve(Tensor x)
    {
        using var operation = Operations.Resampling();
        return functional.avg_pool2d(x, 2);
    }

    /// <summary>Doubles height and width by nearest neighbor.</summary>
    internal static Tensor Enlarge(Tensor x)
    {
        using var operation = Operations.Resampling();
        return functional.interpolate(x, scale_factor: [2, 2], mode: InterpolationMode.Nearest);
    }

    /// <summary>kernel∗x + bias with a kernel of two dimensions.</summary>
    internal static Tensor Convolved2d(PackedWeights weights, Tensor x, Wrap wrap, bool addsBias = true)
    {
        long padding = weights.Kernel / 2;
        var weight = weights.Effective(x.dtype);
        var bias = addsBias ? weights.BiasAs(x.dtype) : null;
        if (padding == 0 || wrap == Wrap.None)
            return functional.conv2d(x, weight, bias, padding: [padding, padding]);
        // What is padded here needs no zeros there.
        return functional.conv2d(CircularPadding.Pad(x, padding, wrap), weight, bias,
            padding: [wrap.HasFlag(Wrap.Y) ? 0 : padding, wrap.HasFlag(Wrap.X) ? 0 : padding]);
    }

    private static Tensor Convolved(PackedWeights weights, Tensor x, Wrap wrap)
    {
        if (!weights.IsOfSequence)
            return Convolved2d(weights, x, wrap);
        long[] shape = x.shape;
        // [N, C', T]
        var sequence = functional.conv1d(
            x.reshape(shape[0], shape[1], -1), weights.Effective(x.dtype), weights.BiasAs(x.dtype));
        return sequence.reshape(shape[0], weights.Outputs, shape[2], shape[3]);   // [N, C', H, W]
    }
}

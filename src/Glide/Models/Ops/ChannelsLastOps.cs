using Glide.Runtime;
using TorchSharp;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace Glide.Models.Ops;

/// <summary>libtorch's operations on images in channels-last layout, which a GPU's tensor cores need.</summary>
/// <remarks>
/// cuDNN computes 16-bit convolutions in this layout only and would convert other images before every convolution and
/// back after it. Here an image keeps the layout from the first convolution to the last. A 1×1 convolution is a matrix
/// product without a copy, and so are queries, keys and values. <see cref="CudaKernels"/> normalize, and add what
/// follows a convolution. Where there are none, or gradients are wanted, libtorch does: it has GroupNorm for contiguous
/// float32 only, so that two copies change layout and number type.
/// </remarks>
/// <param name="kernelsOf">The kernels of a device; <c>null</c> if it has none.</param>
internal sealed class ChannelsLastOps(Func<Device, CudaKernels?> kernelsOf) : UNetOps
{
    /// <summary>The operations with the kernels of every GPU. They support every device and number type.</summary>
    public static ChannelsLastOps Instance { get; } = new(CudaKernels.Of);

    /// <summary>Whether these operations are the fastest: on a GPU in 16 bits.</summary>
    public static bool Suit(Precision precision, Device device) => device.type == DeviceType.CUDA
        && precision != Precision.Float32;

    public override Tensor ToOpsLayout(Tensor x, ScalarType type)
    {
        using var scope = NewDisposeScope();
        long[] shape = x.shape;
        var pixels = empty([shape[0], shape[2], shape[3], shape[1]], dtype: type, device: x.device);   // [N, H, W, C]
        return pixels.permute(0, 3, 1, 2).copy_(x).MoveToOuterDisposeScope();   // [N, C, H, W]
    }

    public override Tensor Convolve(PackedWeights weights, Tensor x, bool enlarged = false, Wrap wrap = Wrap.None)
    {
        using var scope = NewDisposeScope();
        return Convolved(weights, enlarged ? TorchOps.Enlarge(x) : x, wrap).MoveToOuterDisposeScope();
    }

    public override Tensor ConvolveAndAdd(
        PackedWeights weights, Tensor x, Tensor added, bool enlarged = false, Wrap wrap = Wrap.None)
    {
        using var scope = NewDisposeScope();
        var kernels = KernelsFor(x);
        var convolved = Convolved(weights, x, wrap, addsBias: kernels is null);
        if (kernels?.TryAdd(convolved, weights.BiasAs(x.dtype), added, enlarged) is not true)
        {
            convolved.PlusInPlace(enlarged ? TorchOps.Enlarge(added) : added);
            if (kernels is not null)
                convolved.PlusInPlace(weights.BiasAs(x.dtype).reshape(1, -1, 1, 1));
        }
        return convolved.MoveToOuterDisposeScope();
    }

    public override Tensor Project(PackedWeights weights, Tensor x) => Plain.Project(weights, x);

    public override Tensor Normalize(Tensor x, Tensor weight, Tensor bias)
    {
        using var scope = NewDisposeScope();
        var normal = KernelsFor(x)?.Normalize(x, new Normalization(weight, bias), x.dtype)
            ?? ToOpsLayout(NormOps.Group(Wide(x), weight, bias), x.dtype);
        return normal.MoveToOuterDisposeScope();
    }

    public override Tensor NormalizeSilu(Tensor x, Tensor weight, Tensor bias, ScalarType type)
    {
        using var scope = NewDisposeScope();
        var normal = KernelsFor(x)?.Normalize(x, new Normalization(weight, bias, Activates: true), type)
            ?? ToOpsLayout(NormOps.GroupSilu(Wide(x), weight, bias), type);
        return normal.MoveToOuterDisposeScope();
    }

    public override Tensor NormalizeScaleShiftSilu(Tensor x, Tensor weight, Tensor bias, Tensor scaleShift)
    {
        using var scope = NewDisposeScope();
        var normal = KernelsFor(x)?.Normalize(
                x, new Normalization(weight, bias, Activates: true, scaleShift), x.dtype)
            ?? ToOpsLayout(NormOps.GroupScaleShiftSilu(Wide(x), weight, bias, scaleShift), x.dtype);
        return normal.MoveToOuterDisposeScope();
    }

    public override Tensor Attend(Tensor pixels, Tensor text, long heads)
    {
        using var operation = Operations.Attention();
        using var scope = NewDisposeScope();
        long images = pixels.shape[0], height = pixels.shape[2], width = pixels.shape[3];
        long depth = pixels.shape[1] / (3 * heads), tokens = text.shape[2];
        var perHead = pixels.permute(0, 2, 3, 1).reshape(images, height * width, heads, 3, depth);   // [N, T, h, 3, d]
        var textPerHead = text.reshape(images, heads, 2, depth, tokens).permute(0, 4, 1, 2, 3);   // [N, L, h, 2, d]
        var both = cat([textPerHead, perHead.narrow(3, 1, 2)], dim: 1);   // [N, L+T, h, 2, d]
        // [N, h, T, d]
        var mixed = functional.scaled_dot_product_attention(Heads(perHead, 0), Heads(both, 0), Heads(both, 1));
        return mixed.transpose(1, 2).reshape(images, height, width, heads * depth).permute(0, 3, 1, 2)
            .MoveToOuterDisposeScope();   // [N, h·d, H, W]
    }

    public override Tensor Join(Tensor first, Tensor second) => cat([first, second], dim: 1);

    public override Tensor Halve(Tensor x) => Plain.Halve(x);

    // Queries, keys or values: [N, T, h, k, d] to [N, h, T, d].
    private static Tensor Heads(Tensor perHead, long which) => perHead.select(3, which).transpose(1, 2);

    // Contiguous float32 for GroupNorm, in one copy.
    private static Tensor Wide(Tensor x) => empty(x.shape, dtype: ScalarType.Float32, device: x.device).copy_(x);

    // The kernels compute no gradients.
    private CudaKernels? KernelsFor(Tensor x) => is_grad_enabled() ? null : kernelsOf(x.device);

    private static Tensor Convolved(PackedWeights weights, Tensor x, Wrap wrap, bool addsBias = true)
    {
        if (weights.Kernel > 1)
        {
            weights.PutChannelsLast();
            return TorchOps.Convolved2d(weights, x, wrap, addsBias);
        }
        long[] shape = x.shape;
        var pixels = x.permute(0, 2, 3, 1).reshape(-1, weights.Inputs);   // [N·T, C]
        var weight = weights.Effective().reshape(weights.Outputs, weights.Inputs);
        var mixed = functional.linear(pixels, weight, addsBias ? weights.Bias : null);   // [N·T, C']
        return mixed.reshape(shape[0], shape[2], shape[3], weights.Outputs).permute(0, 3, 1, 2);   // [N, C', H, W]
    }
}

using Glide.Runtime;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace Glide.Models.Ops;

/// <summary>The normalizations of all networks. They compute in float32 and return the type of their input.</summary>
internal static class NormOps
{
    internal const long Groups = 32;
    internal const double Epsilon = 1e-5;

    /// <summary>LayerNorm over the last dimension.</summary>
    /// <param name="x">[..., D].</param>
    /// <param name="weight">[D], float32.</param>
    /// <param name="bias">[D], float32.</param>
    public static Tensor Layer(Tensor x, Tensor weight, Tensor bias)
    {
        using var operation = Operations.GroupNorm();
        using var scope = NewDisposeScope();
        var normal = functional.layer_norm(x.to(ScalarType.Float32), weight.shape, weight, bias, Epsilon);
        return normal.to(x.dtype).MoveToOuterDisposeScope();
    }

    /// <summary>GroupNorm with 32 groups.</summary>
    /// <param name="x">[N, C, ...].</param>
    /// <param name="weight">[C], float32.</param>
    /// <param name="bias">[C], float32.</param>
    /// <param name="windows">Statistics that the rows share if they are tiles; <c>null</c> if each row is an
    /// image.</param>
    public static Tensor Group(Tensor x, Tensor weight, Tensor bias, TiledGroupNormStats? windows = null)
    {
        using var operation = Operations.GroupNorm();
        using var scope = NewDisposeScope();
        return Grouped(x, weight, bias, windows).to(x.dtype).MoveToOuterDisposeScope();
    }

    /// <summary>SiLU(GroupNorm(x)).</summary>
    /// <inheritdoc cref="Group"/>
    public static Tensor GroupSilu(Tensor x, Tensor weight, Tensor bias, TiledGroupNormStats? windows = null)
    {
        using var operation = Operations.GroupNorm();
        using var scope = NewDisposeScope();
        return functional.silu(Grouped(x, weight, bias, windows), inplace: true).to(x.dtype).MoveToOuterDisposeScope();
    }

    /// <summary>SiLU(GroupNorm(x)·(1 + scale) + shift).</summary>
    /// <param name="x">[N, C, H, W].</param>
    /// <param name="weight">[C], float32.</param>
    /// <param name="bias">[C], float32.</param>
    /// <param name="scaleShift">Scales, then shifts, [N, 2·C], float32.</param>
    /// <param name="windows">Statistics that the rows share if they are tiles; <c>null</c> if each row is an
    /// image.</param>
    /// <remarks>
    /// The images become further groups, N·32 in all, so that each image's own scale and shift become weight
    /// and bias of a single GroupNorm: (n·w + b)·(1 + scale) + shift = n·(w·(1 + scale)) + (b·(1 + scale) + shift).
    /// </remarks>
    public static Tensor GroupScaleShiftSilu(Tensor x, Tensor weight, Tensor bias, Tensor scaleShift,
        TiledGroupNormStats? windows = null)
    {
        using var operation = Operations.GroupNorm();
        using var scope = NewDisposeScope();
        long images = x.shape[0], channels = x.shape[1], height = x.shape[2], width = x.shape[3];
        var scale = scaleShift.narrow(1, 0, channels).Plus(1);                                           // [N, C]
        var shift = scaleShift.narrow(1, channels, channels);                                        // [N, C]
        var allWeights = (scale * weight).reshape(-1);                                               // [N·C]
        var allBiases = (scale * bias).Plus(shift).reshape(-1);                                          // [N·C]
        if (windows is not null)
        {
            var moved = AsImage(x.to(ScalarType.Float32), allWeights.reshape(images, channels, 1, 1),
                allBiases.reshape(images, channels, 1, 1), windows);
            return functional.silu(moved, inplace: true).to(x.dtype).MoveToOuterDisposeScope();      // [N, C, H, W]
        }
        var rows = x.to(ScalarType.Float32).reshape(1, images * channels, height, width);          // [1, N·C, H, W]
        var normal = functional.group_norm(rows, images * Groups, allWeights, allBiases, Epsilon);
        return functional.silu(normal, inplace: true).to(x.dtype)
            .reshape(images, channels, height, width).MoveToOuterDisposeScope();                   // [N, C, H, W]
    }

    private static Tensor Grouped(Tensor x, Tensor weight, Tensor bias, TiledGroupNormStats? windows) => windows is null
        ? functional.group_norm(x.to(ScalarType.Float32), Groups, weight, bias, Epsilon)
        : AsImage(x.to(ScalarType.Float32), weight.reshape(1, -1, 1, 1), bias.reshape(1, -1, 1, 1), windows);

    // Weights and biases [1 or rows, C, 1, 1].
    private static Tensor AsImage(Tensor x, Tensor weights, Tensor biases, TiledGroupNormStats windows)
    {
        var (mean, deviation) = windows.Moments(x, Groups, Epsilon);
        var scale = weights / deviation;                                                             // [rows, C, 1, 1]
        return (x * scale).PlusInPlace(biases - (mean * scale));
    }
}

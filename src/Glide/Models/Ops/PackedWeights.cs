using Glide.Runtime;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Glide.Models.Ops;

/// <summary>
/// Weight and bias of a convolution or a linear layer, in the layout of the checkpoint until kernels repack them.
/// </summary>
/// <param name="weight">[outputs, inputs, k, k], [outputs, inputs, 1] for a sequence, or [outputs, inputs].</param>
/// <param name="bias">[outputs].</param>
/// <remarks>The parameters belong to their module. The creator disposes this object.</remarks>
internal sealed class PackedWeights(Parameter weight, Parameter bias) : IDisposable
{
    private bool _isChannelsLast;

    /// <summary>[outputs, inputs, ...] in the activations' type; one-dimensional and reordered once packed.</summary>
    public Parameter Weight { get; } = weight;

    public Parameter Bias { get; } = bias;

    public long Outputs { get; } = weight.shape[0];

    public long Inputs { get; } = weight.shape[1];

    public long Kernel { get; } = weight.shape.Length > 2 ? weight.shape[2] : 1;

    /// <summary>Weights between an input and an output channel.</summary>
    public long Taps { get; } = weight.shape[2..].Aggregate(1L, (product, size) => product * size);

    /// <summary>Whether the weight is that of a 1D convolution.</summary>
    public bool IsOfSequence { get; } = weight.shape.Length == 3;

    /// <summary>The bias in float32; <c>null</c> until the weights are packed.</summary>
    public Tensor? PackedBias { get; private set; }

    /// <summary>A low-rank change of the weight; <c>null</c> for none. Its owner takes it away again.</summary>
    public LowRankChange? Change { get; set; }

    /// <summary>The weight with its change, which is computed in float32.</summary>
    /// <param name="type">Type of the result; <c>null</c> takes the weight's.</param>
    /// <returns>The weight itself, or a new tensor in the caller's dispose scope.</returns>
    public Tensor Effective(ScalarType? type = null)
    {
        if (Change is not { } change)
            return type is { } other && other != Weight.dtype ? Weight.to(other) : Weight;
        var product = change.Up.matmul(change.Down.flatten(1)).reshape(Weight.shape);   // [outputs, inputs, ...]
        return Weight.to(ScalarType.Float32).Plus(product.Times(change.Scale)).to(type ?? Weight.dtype);
    }

    /// <summary>The bias itself, or a new tensor in the caller's dispose scope.</summary>
    public Tensor BiasAs(ScalarType type) => Bias.dtype == type ? Bias : Bias.to(type);

    /// <summary>Replaces the weight and frees its memory; afterwards no checkpoint can be loaded.</summary>
    /// <param name="packed">One-dimensional; the caller disposes it.</param>
    public void Replace(Tensor packed)
    {
        using var frozen = no_grad();
        Weight.set_(packed);
        PackedBias = Bias.to(ScalarType.Float32).DetachFromDisposeScope();
    }

    /// <summary>
    /// Brings the weight into channels-last layout; its shape stays. Only the first call has an effect.
    /// </summary>
    public void PutChannelsLast()
    {
        // Several threads may reach the first pass at once: one of them reorders.
        lock (this)
        {
            if (_isChannelsLast)
                return;
            using var frozen = no_grad();
            using var scope = NewDisposeScope();
            Weight.set_(Weight.permute(0, 2, 3, 1).contiguous().permute(0, 3, 1, 2));
            _isChannelsLast = true;
        }
    }

    public void Dispose() => PackedBias?.Dispose();
}

/// <summary>A change of a weight, scale·up·down, whose two factors can be trained.</summary>
/// <param name="Down">[r, inputs, ...] with the kernel of the weight, float32.</param>
/// <param name="Up">[outputs, r], float32.</param>
/// <param name="Scale">What their product is multiplied by.</param>
/// <remarks>Hu et al. 2021 (LoRA).</remarks>
internal sealed record LowRankChange(Parameter Down, Parameter Up, double Scale);

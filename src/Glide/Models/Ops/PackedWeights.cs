using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Glide.Models.Ops;

/// <summary>Weight and bias of a convolution or of a linear layer, as a checkpoint has them until kernels put them into an order of their own.</summary>
/// <param name="weight">[outputs, inputs, k, k], [outputs, inputs, 1] for a sequence, or [outputs, inputs].</param>
/// <param name="bias">[outputs].</param>
/// <remarks>The parameters stay their module's; whoever makes this disposes it.</remarks>
internal sealed class PackedWeights(Parameter weight, Parameter bias) : IDisposable
{
    private bool _isChannelsLast;

    /// <summary>[outputs, inputs, ...] of the type of what flows through; another order in one dimension once packed.</summary>
    public Parameter Weight { get; } = weight;

    /// <summary>[outputs].</summary>
    public Parameter Bias { get; } = bias;

    /// <summary>Channels that go out.</summary>
    public long Outputs { get; } = weight.shape[0];

    /// <summary>Channels that come in.</summary>
    public long Inputs { get; } = weight.shape[1];

    /// <summary>Side of the kernel.</summary>
    public long Kernel { get; } = weight.shape.Length > 2 ? weight.shape[2] : 1;

    /// <summary>Weights between an input and an output.</summary>
    public long Taps { get; } = weight.shape[2..].Aggregate(1L, (product, size) => product * size);

    /// <summary>Whether it was stored for a sequence.</summary>
    public bool IsOfSequence { get; } = weight.shape.Length == 3;

    /// <summary>The bias in float32; <c>null</c> until the weights are packed.</summary>
    public Tensor? PackedBias { get; private set; }

    /// <summary>Puts other numbers in the weight's place, whose memory is freed: no checkpoint can be loaded any more.</summary>
    /// <param name="packed">One dimension; the caller's to dispose.</param>
    public void Replace(Tensor packed)
    {
        using var frozen = no_grad();
        Weight.set_(packed);
        PackedBias = Bias.to(ScalarType.Float32).DetachFromDisposeScope();
    }

    /// <summary>Lets the weight's channels lie side by side in memory, whatever its shape says; only the first call has something to do.</summary>
    public void PutChannelsLast()
    {
        // Images that are made on several threads meet at the first pass: one of them reorders.
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

    /// <inheritdoc/>
    public void Dispose() => PackedBias?.Dispose();
}

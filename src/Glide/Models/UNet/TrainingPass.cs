using Glide.Runtime;
using static TorchSharp.torch;

namespace Glide.Models.UNet;

/// <summary>What a U-Net does in training and not in inference, for one forward and backward pass.</summary>
/// <param name="dropout">Part of the activations that each residual block sets to 0, below 1; 0 for none.</param>
/// <param name="uniform">Draws numbers from 0 up to 1 of a shape, on the network's device.</param>
internal sealed class TrainingPass(double dropout, Func<long[], Tensor> uniform) : IDisposable
{
    // A block that is computed again has to drop the same activations.
    private readonly Dictionary<ResBlock, Tensor> _kept = [];

    /// <summary>Whether blocks are computed again in the backward pass instead of keeping what is in them.</summary>
    /// <remarks>Chen et al. 2016: a third more work for a fraction of the memory.</remarks>
    public bool Recomputes { get; init; }

    /// <summary>Drops activations. Srivastava et al. 2014.</summary>
    /// <param name="block">The block that they are in.</param>
    /// <param name="x">[N, C, H, W].</param>
    /// <returns>x without dropout, else a new tensor, scaled so that its mean stays.</returns>
    public Tensor Drop(ResBlock block, Tensor x)
    {
        if (dropout == 0)
            return x;
        using var scope = NewDisposeScope();
        if (!_kept.TryGetValue(block, out var kept))
        {
            kept = uniform(x.shape).IsBelow(1 - dropout).DetachFromDisposeScope();
            _kept.Add(block, kept);
        }
        return (x * kept).Over(1 - dropout).MoveToOuterDisposeScope();
    }

    public void Dispose()
    {
        foreach (var kept in _kept.Values)
            kept.Dispose();
    }
}

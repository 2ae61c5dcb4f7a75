using static TorchSharp.torch;

namespace Glide.Models.UNet;

/// <summary>What the deep part of a U-Net found at an earlier step; whoever makes it disposes it.</summary>
/// <remarks>
/// Ma et al. 2023 (DeepCache): deep features change slowly from step to step. While <see cref="Kept"/> is empty, a pass
/// goes through the whole network and fills it; afterwards passes compute the outer blocks only, until <see cref="Clear"/>.
/// </remarks>
internal sealed class DeepCache : IDisposable
{
    /// <param name="outerBlocks">Blocks next to the input that every pass computes, with their mirror images; at least 1.</param>
    public DeepCache(int outerBlocks)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(outerBlocks, 1);
        OuterBlocks = outerBlocks;
    }

    /// <summary>Blocks next to the input, and as many next to the output, that every pass computes.</summary>
    public int OuterBlocks { get; }

    /// <summary>What goes into the outer blocks from below, [N, C, H, W]; <c>null</c> until a pass filled it.</summary>
    public Tensor? Kept { get; private set; }

    /// <summary>Forgets what is kept: the next pass is a whole one.</summary>
    public void Clear()
    {
        Kept?.Dispose();
        Kept = null;
    }

    /// <inheritdoc/>
    public void Dispose() => Clear();

    /// <summary>Keeps another handle of <paramref name="features"/>, outside of any scope.</summary>
    internal void Keep(Tensor features)
    {
        Clear();
        Kept = features.alias().DetachFromDisposeScope();
    }
}

/// <summary>Decides in which passes of a run the deep part of the network is computed anew. Its maker disposes it.</summary>
/// <param name="every">Every so many passes; 1 for each.</param>
/// <remarks>Ma et al. 2023 (DeepCache).</remarks>
internal sealed class DeepCacheSchedule(int every) : IDisposable
{
    // The block next to the input and the one next to the output: what DeepCache recomputes.
    private const int OuterBlocks = 1;

    private readonly DeepCache _features = new(OuterBlocks);
    private int _rows;
    private int _passes;

    /// <summary>The features for the next pass: empty where it has to be a whole one.</summary>
    /// <param name="rows">Rows of the pass; where they change, as at the ends of a guidance interval, nothing is reused.</param>
    public DeepCache ForPass(int rows)
    {
        if (rows != _rows || _passes == every)
        {
            _features.Clear();
            _passes = 0;
        }
        _rows = rows;
        _passes++;
        return _features;
    }

    /// <inheritdoc/>
    public void Dispose() => _features.Dispose();
}

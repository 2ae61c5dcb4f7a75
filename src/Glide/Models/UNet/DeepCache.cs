using static TorchSharp.torch;

namespace Glide.Models.UNet;

/// <summary>Features of the deep part of a U-Net, kept from an earlier step. The creator disposes it.</summary>
/// <remarks>
/// Ma et al. 2023 (DeepCache): deep features change slowly from step to step. While <see cref="Kept"/> is empty, a pass
/// runs the whole network and fills it; later passes compute the outer blocks only, until <see cref="Clear"/>.
/// </remarks>
internal sealed class DeepCache : IDisposable
{
    /// <param name="outerBlocks">Blocks next to the input that every pass computes, with as many next to the output; at
    /// least 1.</param>
    public DeepCache(int outerBlocks)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(outerBlocks, 1);
        OuterBlocks = outerBlocks;
    }

    /// <summary>Blocks next to the input, and as many next to the output, that every pass computes.</summary>
    public int OuterBlocks { get; }

    /// <summary>
    /// Input of the outer blocks from the deep part, [N, C, H, W]; <c>null</c> until a pass has filled it.
    /// </summary>
    public Tensor? Kept { get; private set; }

    /// <summary>Drops the features, so that the next pass runs the whole network.</summary>
    public void Clear()
    {
        Kept?.Dispose();
        Kept = null;
    }

    public void Dispose() => Clear();

    /// <summary>Keeps an alias of <paramref name="features"/>, in no dispose scope.</summary>
    internal void Keep(Tensor features)
    {
        Clear();
        Kept = features.alias().DetachFromDisposeScope();
    }
}

/// <summary>
/// Decides in which passes of a run the deep part of the network is recomputed. The creator disposes it.
/// </summary>
/// <param name="every">Recomputes every this many passes; 1 for every pass.</param>
/// <remarks>Ma et al. 2023 (DeepCache).</remarks>
internal sealed class DeepCacheSchedule(int every) : IDisposable
{
    // The block next to the input and the one next to the output: what DeepCache recomputes.
    private const int OuterBlocks = 1;

    private readonly DeepCache _features = new(OuterBlocks);
    private int _rows;
    private int _passes;

    /// <summary>The features for the next pass; empty if it has to run the whole network.</summary>
    /// <param name="rows">Rows of the pass; if their number changes, as at the ends of a guidance interval, nothing is
    /// reused.</param>
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

    public void Dispose() => _features.Dispose();
}

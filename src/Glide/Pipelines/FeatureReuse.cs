using Glide.Models.UNet;

namespace Glide.Pipelines;

/// <summary>Decides in which passes of a run the deep part of the network is computed anew. Its maker disposes it.</summary>
/// <param name="every">Every so many passes; 1 for each.</param>
/// <remarks>Ma et al. 2023 (DeepCache).</remarks>
internal sealed class FeatureReuse(int every) : IDisposable
{
    // The block next to the input and the one next to the output: what DeepCache recomputes.
    private const int OuterBlocks = 1;

    private readonly DeepFeatures _features = new(OuterBlocks);
    private int _rows;
    private int _passes;

    /// <summary>The features for the next pass: empty where it has to be a whole one.</summary>
    /// <param name="rows">Rows of the pass; where they change, as at the ends of a guidance interval, nothing is reused.</param>
    public DeepFeatures ForPass(int rows)
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

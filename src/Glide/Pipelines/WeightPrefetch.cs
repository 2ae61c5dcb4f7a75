using System.Collections.Concurrent;
using Glide.Checkpoints;
using Glide.ModelStore;

namespace Glide.Pipelines;

/// <summary>Opens the weights of a set's networks, on other threads beforehand where that was asked for.</summary>
/// <remarks>Unpacking a compressed file takes as long as loading libtorch, and neither needs the other.</remarks>
internal sealed class WeightFiles(ModelSet models) : IDisposable
{
    private readonly ConcurrentDictionary<string, Task<Checkpoint>> _prepared = [];

    /// <summary>Begins to open a network's weights; whatever is wrong with them <see cref="Open"/> says.</summary>
    public void Prepare(string network) =>
        _prepared.GetOrAdd(network, name => Task.Run(() => Checkpoint.Open(models.WeightsOf(name))));

    /// <summary>The weights of a network; the caller disposes them.</summary>
    /// <exception cref="DownloadException">They are not there but can be downloaded.</exception>
    /// <exception cref="CheckpointException">They are missing or refused.</exception>
    public Checkpoint Open(string network) =>
        _prepared.TryRemove(network, out var opening)
            ? opening.GetAwaiter().GetResult()
            : Checkpoint.Open(models.WeightsOf(network));

    /// <summary>Closes what was prepared and never opened.</summary>
    public void Dispose()
    {
        foreach (var opening in _prepared.Values)
        {
            // Its failure was nobody's business: nobody wanted the network.
            if (Task.WhenAny(opening).GetAwaiter().GetResult().IsCompletedSuccessfully)
                opening.Result.Dispose();
        }
        _prepared.Clear();
    }
}

using System.Collections.Concurrent;
using System.Security.Cryptography;
using System.Text;
using Glide.Checkpoints;
using Glide.ModelSets;

namespace Glide.Pipelines;

/// <summary>Opens the weights of a set's networks, on other threads beforehand where that was asked for.</summary>
/// <remarks>Unpacking a compressed file takes as long as loading libtorch, and neither needs the other.</remarks>
internal sealed class WeightPrefetch(ModelSet models) : IDisposable
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

/// <summary>One hash for the networks that a recipe uses. Threads may ask at once.</summary>
internal sealed class ModelHashes(ModelSet models)
{
    private const int ShownDigits = 16;

    // Each is read once: without a pinned hash that takes seconds.
    private readonly ConcurrentDictionary<string, Lazy<string>> _ofNetworks = [];

    /// <summary>
    /// SHA-256 over names and pinned hashes of the weights, its first digits; of files without a pinned one their own.
    /// </summary>
    public string Of(Recipe recipe)
    {
        var parts = new StringBuilder();
        foreach (string network in recipe.Stages.Select(stage => stage.Network)
            .Concat(recipe.Base.ClipScale is > 0 ? ClipModel.Networks : []))
        {
            string hash = _ofNetworks.GetOrAdd(network, name =>
                new Lazy<string>(() => models.Network(name).Weights.Sha256 ?? models.HashOf(name))).Value;
            parts.Append(network).Append('=').Append(hash).Append('\n');
        }
        return Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(parts.ToString())))[..ShownDigits];
    }
}

using System.Collections.Concurrent;
using System.Security.Cryptography;
using System.Text;
using Glide.ModelStore;
using Glide.Pipelines.Clip;

namespace Glide.Pipelines;

/// <summary>One hash for the networks that a recipe uses. Threads may ask at once.</summary>
/// <param name="models">Has the networks.</param>
internal sealed class ModelHashes(ModelSet models)
{
    private const int ShownDigits = 16;

    // Each is read once: without a pinned hash that takes seconds.
    private readonly ConcurrentDictionary<string, Lazy<string>> _ofNetworks = [];

    /// <summary>SHA-256 over names and pinned hashes of the weights, its first digits; of files without a pinned one their own.</summary>
    public string Of(Recipe recipe)
    {
        var parts = new StringBuilder();
        foreach (string network in new[] { recipe.Base.Network, recipe.Upsample?.Network }.OfType<string>().Concat(recipe.Base.ClipScale is > 0 ? ClipJudge.Networks : []))
        {
            string hash = _ofNetworks.GetOrAdd(network, name => new Lazy<string>(() => models.Network(name).Weights.Sha256 ?? models.HashOf(name))).Value;
            parts.Append(network).Append('=').Append(hash).Append('\n');
        }
        return Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(parts.ToString())))[..ShownDigits];
    }
}

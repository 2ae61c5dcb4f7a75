using System.Security.Cryptography;
using System.Text;
using Glide.ModelStore;
using Glide.Pipelines.Clip;

namespace Glide.Pipelines;

/// <summary>One hash for the networks that a recipe uses.</summary>
internal static class ModelHashes
{
    private const int ShownDigits = 16;

    /// <summary>SHA-256 over names and pinned hashes of the weights, its first digits; of files without a pinned one their own.</summary>
    public static string Of(ModelSet models, Recipe recipe)
    {
        var parts = new StringBuilder();
        foreach (string network in new[] { recipe.Base.Network, recipe.Upsample?.Network }.OfType<string>().Concat(recipe.Base.ClipScale is > 0 ? ClipJudge.Networks : []))
        {
            string hash = models.Network(network).Weights.Sha256 ?? models.HashOf(network);
            parts.Append(network).Append('=').Append(hash).Append('\n');
        }
        return Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(parts.ToString())))[..ShownDigits];
    }
}

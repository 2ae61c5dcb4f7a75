using System.Security.Cryptography;
using System.Text;
using Glide.ModelStore;
using Glide.Pipelines.Clip;

namespace Glide.Pipelines;

/// <summary>One hash for the networks that a recipe uses.</summary>
internal static class ModelHashes
{
    private const int ShownDigits = 16;

    /// <summary>SHA-256 over names and pinned hashes of the weights, its first digits; files without a pinned hash count by size.</summary>
    public static string Of(ModelSet models, Recipe recipe)
    {
        var parts = new StringBuilder();
        foreach (string network in new[] { recipe.Base.Network, recipe.Upsample?.Network }.OfType<string>().Concat(recipe.Base.ClipScale is > 0 ? ClipJudge.Networks : []))
        {
            var weights = models.Network(network).Weights;
            parts.Append(network).Append('=').Append(weights.Sha256 ?? $"{new FileInfo(models.WeightsOf(network)).Length} bytes").Append('\n');
        }
        return Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(parts.ToString())))[..ShownDigits];
    }
}

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
        _prepared.GetOrAdd(network, name => Task.Run(() => models.OpenWeights(name)));

    /// <summary>The weights of a network; the caller disposes them.</summary>
    /// <exception cref="DownloadException">They are not there but can be downloaded.</exception>
    /// <exception cref="CheckpointException">They are missing or refused.</exception>
    public Checkpoint Open(string network) =>
        _prepared.TryRemove(network, out var opening)
            ? opening.GetAwaiter().GetResult()
            : models.OpenWeights(network);

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
        foreach (string network in NetworksOf(recipe))
        {
            string hash = _ofNetworks.GetOrAdd(network, name => new Lazy<string>(() => models.HashOf(name))).Value;
            parts.Append(network).Append('=').Append(hash).Append('\n');
        }
        return Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(parts.ToString())))[..ShownDigits];
    }

    /// <summary>The files that the user gave for networks of a recipe; <c>null</c> where he gave none.</summary>
    public IReadOnlyDictionary<string, WeightsRecord>? Given(Recipe recipe)
    {
        var given = models.Given.Where(file => NetworksOf(recipe).Contains(file.Key)).ToDictionary(file => file.Key,
            file => new WeightsRecord(Path.GetFileName(file.Value.Path), file.Value.Sha256) { Key = file.Value.Key });
        return given.Count > 0 ? given : null;
    }

    private static IEnumerable<string> NetworksOf(Recipe recipe) => recipe.Stages.Select(stage => stage.Network)
        .Concat(recipe.Base.ClipScale is > 0 ? ClipModel.Networks : []);
}

/// <summary>A file of weights that an image was made with, in place of the model set's.</summary>
/// <param name="File">Its name, without the folder.</param>
/// <param name="Sha256">Its hash in lower-case hex.</param>
internal sealed record WeightsRecord(string File, string Sha256)
{
    /// <summary>Key of the weights in the file, if the user named one.</summary>
    public string? Key { get; init; }

    /// <summary>The set with the same weights as an image was made with.</summary>
    /// <param name="models">The set with the files that the user gives now.</param>
    /// <param name="recorded">What the image says.</param>
    /// <param name="image">Its file, for messages.</param>
    /// <exception cref="UsageException">A file is not given, or another one is.</exception>
    public static ModelSet Require(ModelSet models, IReadOnlyDictionary<string, WeightsRecord>? recorded, string image)
    {
        var given = models.Given.ToDictionary();
        // The image may be anybody's, with a null where no null may be.
        recorded ??= new Dictionary<string, WeightsRecord>();
        foreach (var (network, record) in recorded.Where(each => each.Value is not null))
        {
            if (!given.TryGetValue(network, out var file))
            {
                throw new UsageException(
                    $"'{image}' was made with weights of '{network}' from the file '{record.File}', SHA-256 "
                        + $"{record.Sha256}, which is not in it; give that file with --weights {network}=FILE");
            }
            if (file.Sha256 != record.Sha256)
            {
                throw new UsageException(
                    $"--weights {network}={file.Path} is not the file that '{image}' was made with; its SHA-256 is "
                        + $"{file.Sha256}, recorded is {record.Sha256} of '{record.File}'; give that file");
            }
            if (file.Key is null && record.Key is { } key)
                given[network] = new GivenWeights(file.Path, key);
        }
        return models with { Given = given };
    }
}

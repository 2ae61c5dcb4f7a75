using System.Text.Json.Serialization;
using Glide.Checkpoints;
using Glide.Models;
using Glide.Models.Clip;

namespace Glide.ModelSets;

// models/mini/model.json, shortened:
//   { "name": "mini", "title": "...", "licence": "MIT", "tokenizer": { "kind": "glide-bpe" },
//     "networks": { "base": { "weights": { "file": "base.safetensors.gz", "bytes": 8888184, "sha256": "2745..." },
//                             "unet": { "image_size": 32, "num_channels": 64, ... } }, ... },
//     "recipes": { "sample": { "base": { "network": "base", "sampler": "ddpm", "steps": "100", ... },
//                              "upsample": {...} } } }

/// <summary>A set of networks that work together, described by the <c>model.json</c> in its folder.</summary>
public sealed record ModelSet
{
    internal const string FileName = "model.json";

    /// <summary>Short name, such as <c>mini</c>.</summary>
    public required string Name { get; init; }

    /// <summary>Description of the set in one line.</summary>
    public required string Title { get; init; }

    /// <summary>License of the weights.</summary>
    public required string Licence { get; init; }

    /// <summary>Page with more information; <c>null</c> if there is none.</summary>
    public Uri? Source { get; init; }

    /// <summary>How prompts become the U-Nets' ids.</summary>
    [JsonInclude, JsonRequired]
    internal TokenizerSettings Tokenizer { get; init; } = null!;

    /// <summary>
    /// The networks by their published names: <c>base</c>, <c>upsample</c>, <c>base-inpaint</c>,
    /// <c>upsample-inpaint</c>, <c>clip/image-enc</c>, <c>clip/text-enc</c>.
    /// </summary>
    [JsonInclude, JsonRequired]
    internal IReadOnlyDictionary<string, NetworkEntry> Networks { get; init; } = null!;

    /// <summary>Default settings by task: <c>sample</c>, <c>inpaint</c>, <c>clip</c>.</summary>
    [JsonInclude, JsonRequired]
    internal IReadOnlyDictionary<string, RecipeSettings> Recipes { get; init; } = null!;

    /// <summary>Folder of the weights: downloads go here, and it is searched first.</summary>
    [JsonIgnore]
    public string Folder { get; init; } = "";

    /// <summary>Folder of the <c>model.json</c> that was read.</summary>
    [JsonIgnore]
    internal string DefinitionFolder { get; init; } = "";

    /// <summary>Files that the user gives in place of the set's own, by network.</summary>
    [JsonIgnore]
    internal IReadOnlyDictionary<string, GivenWeights> Given { get; init; } = new Dictionary<string, GivenWeights>();

    /// <summary>LoRA files that the user adds to the networks; their changes add up.</summary>
    [JsonIgnore]
    internal IReadOnlyList<GivenLora> Loras { get; init; } = [];

    /// <summary>Reads the <c>model.json</c> of a folder.</summary>
    /// <exception cref="UsageException">The folder or its <c>model.json</c> is missing or unreadable.</exception>
    /// <exception cref="CheckpointException">The <c>model.json</c> breaks a rule; the message names the
    /// field.</exception>
    public static ModelSet Read(string folder) => ModelSetReader.Read(folder);

    /// <summary>The network with a name.</summary>
    /// <exception cref="UsageException">The set has no such network.</exception>
    internal NetworkEntry Network(string name) =>
        Networks.TryGetValue(name, out var entry)
            ? entry
            : throw new UsageException(
                $"model set '{Name}' has no network '{name}'; its {FileName} in {DefinitionFolder} lists "
                    + $"{string.Join(", ", Networks.Keys)}; " +
                "choose another set with --model");

    /// <summary>The path of a network's weights if they are available, else <c>null</c>.</summary>
    /// <remarks>
    /// A converted <c>.safetensors</c> is preferred to the file that it was made from, unless that one is newer.
    /// </remarks>
    internal string? FindWeights(string network) => Given.TryGetValue(network, out var given)
        ? given.Path
        : Locate(Network(network).Weights, acceptConverted: true);

    /// <summary>The path of a network's weights; a converted <c>.safetensors</c> is preferred.</summary>
    /// <param name="network">Name of the network.</param>
    /// <param name="otherwise">What else the user can do where they are missing; <c>null</c> for nothing.</param>
    /// <exception cref="DownloadException">The weights are missing but can be downloaded.</exception>
    /// <exception cref="CheckpointException">The weights are missing and have no URL.</exception>
    internal string WeightsOf(string network, string? otherwise = null)
    {
        string remedy = $", or give a file with --weights {network}=FILE"
            + (otherwise is null ? "" : $", or {otherwise}");
        return FindWeights(network)
            ?? throw Missing(Network(network).Weights, $"the weights of '{network}'", remedy);
    }

    /// <summary>The weights of a network; the caller disposes them.</summary>
    /// <exception cref="DownloadException">The weights are missing but can be downloaded.</exception>
    /// <exception cref="CheckpointException">The weights are missing or refused.</exception>
    internal Checkpoint OpenWeights(string network) =>
        Checkpoint.Open(WeightsOf(network), Given.GetValueOrDefault(network)?.Key);

    /// <summary>
    /// SHA-256 of the weights that a run loads, in lower-case hex: that of the description unless the user gave or
    /// accepted another file; otherwise computed once and recorded next to the file if possible.
    /// </summary>
    /// <exception cref="DownloadException">The weights are missing but can be downloaded.</exception>
    /// <exception cref="CheckpointException">The weights are missing and have no URL.</exception>
    internal string HashOf(string network, CancellationToken cancellation = default)
    {
        if (Given.TryGetValue(network, out var given))
            return given.Key is null ? given.Sha256 : $"{given.Sha256}#{given.Key}";
        return Network(network).Weights.Sha256 is { } pinned
            && !(FindWeights(network) is { } path && FileRecords.Read(path) is { Accepted: true })
            ? pinned
            : FileRecords.HashOf(WeightsOf(network), cancellation);
    }

    /// <summary>The set with files in place of its own.</summary>
    /// <param name="files">Networks and files; <c>clip</c> is the encoder of CLIP that the file holds.</param>
    /// <param name="key">Key of the weights in files that hold several; <c>null</c> to choose.</param>
    /// <exception cref="UsageException">The set has no such network, or it is named twice.</exception>
    /// <exception cref="CheckpointException">A file is missing or refused.</exception>
    internal ModelSet With(IEnumerable<(string Network, string File)> files, string? key)
    {
        var given = new Dictionary<string, GivenWeights>();
        foreach (var (name, file) in files)
        {
            var weights = new GivenWeights(file, key);
            string network = name == "clip" ? weights.Encoder() : name;
            if (!Networks.ContainsKey(network))
            {
                throw new UsageException(
                    $"bad value for --weights; model set '{Name}' has no network '{network}'; allowed are "
                        + $"{string.Join(", ", Networks.Keys)}; choose another set with --model");
            }
            if (!given.TryAdd(network, weights))
                throw new UsageException($"--weights names the network '{network}' twice; leave one out");
        }
        return this with { Given = given };
    }

    /// <summary>
    /// The path of any other file of the set, such as a tokenizer's merges; <c>null</c> if it is missing.
    /// </summary>
    internal string? Find(ModelFile file) => Locate(file, acceptConverted: false);

    /// <summary>The path of any other file of the set.</summary>
    /// <exception cref="DownloadException">The file is missing but can be downloaded.</exception>
    /// <exception cref="CheckpointException">The file is missing and has no URL.</exception>
    internal string PathOf(ModelFile file) => Find(file) ?? throw Missing(file, $"'{file.File}'", "");

    /// <summary>Whether everything that the recipe of a task needs is available.</summary>
    internal bool CanRun(string task) =>
        Recipes.TryGetValue(task, out var recipe)
        && recipe.All.All(stage => FindWeights(stage.Network) is not null);

    /// <summary>
    /// Name after a conversion: <c>base.pt</c> and <c>base.safetensors.gz</c> both give <c>base.safetensors</c>.
    /// </summary>
    internal static string ConvertedName(string file)
    {
        string plain = file.EndsWith(".gz", StringComparison.OrdinalIgnoreCase) ? file[..^3] : file;
        return Path.ChangeExtension(plain, ".safetensors");
    }

    private IEnumerable<string> Folders()
    {
        yield return Folder;
        if (DefinitionFolder != Folder)
            yield return DefinitionFolder;
    }

    private string? Locate(ModelFile file, bool acceptConverted)
    {
        foreach (string folder in Folders())
        {
            string published = Path.Combine(folder, file.File);
            string converted = Path.Combine(folder, ConvertedName(file.File));
            if (acceptConverted && converted != published && IsCompleteSafetensors(converted)
                && (!File.Exists(published) || File.GetLastWriteTimeUtc(converted) >= File.GetLastWriteTimeUtc(
                    published)))
            {
                return converted;
            }
            if (File.Exists(published))
                return published;
        }
        return null;
    }

    /// <summary>A cheap check: the header's length fits the file, and the header begins like one.</summary>
    private static bool IsCompleteSafetensors(string path)
    {
        if (!File.Exists(path))
            return false;
        try
        {
            using var stream = File.OpenRead(path);
            using var reader = new BinaryReader(stream);
            return stream.Length > 9 && reader.ReadUInt64() <= (ulong)(stream.Length - 8)
                && reader.ReadByte() == (byte)'{';
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            return false;
        }
    }

    private GlideException Missing(ModelFile file, string what, string remedy)
    {
        string looked = string.Join(" and ", Folders().Select(folder => Path.Combine(folder, file.File)));
        return file.Url is null
            ? new CheckpointException(
                $"{what} of model set '{Name}' are missing; looked for {looked}; restore the file or choose another "
                    + $"set with --model{remedy}")
            : new DownloadException(
                $"{what} of model set '{Name}' are not on this machine; looked for {looked}; get them with: glide "
                    + $"models download {Name}{remedy}");
    }
}

/// <summary>A file that the user gives for one network in place of the set's own.</summary>
/// <param name="path">The file.</param>
/// <param name="key">Key of the weights in a file that holds several; <c>null</c> to choose.</param>
internal sealed class GivenWeights(string path, string? key)
{
    // A file of the user's may be written again at any time, so no record is kept beside it.
    private readonly Lazy<string> _sha256 = new(() => FileRecords.Compute(path));

    public string Path => path;

    public string? Key => key;

    /// <summary>SHA-256 of the file in lower-case hex.</summary>
    public string Sha256 => _sha256.Value;

    /// <summary>Which encoder of CLIP the file holds.</summary>
    /// <exception cref="CheckpointException">It holds none, or is refused.</exception>
    public string Encoder()
    {
        using var checkpoint = Checkpoint.Open(path, key);
        string? identity = CheckpointIdentity.Describe(checkpoint);
        return identity?.StartsWith("clip/", StringComparison.Ordinal) == true
            ? identity.Split(" (")[0]
            : throw new CheckpointException(
                $"checkpoint '{path}' is no encoder of CLIP; it looks like {identity ?? "no network that is known"}; "
                    + "give a file of clip/image-enc or clip/text-enc");
    }
}

/// <summary>A LoRA file that the user adds to a network.</summary>
/// <param name="File">The file.</param>
/// <param name="Network">The network; <c>null</c> for that of the file.</param>
/// <param name="Weight">What its changes are multiplied by; <c>null</c> if the user does not say, which is 1.</param>
internal sealed record GivenLora(GivenWeights File, string? Network, double? Weight);

/// <summary>One network of a model set: its weights and exactly one of the three kinds of configuration.</summary>
internal sealed record NetworkEntry
{
    public required ModelFile Weights { get; init; }

    /// <summary>Sizes of a text-conditional U-Net; <c>null</c> for CLIP networks.</summary>
    [JsonPropertyName("unet")]
    public UNetConfig? UNet { get; init; }

    /// <summary>Sizes of noised CLIP's image encoder, else <c>null</c>.</summary>
    public ClipImageConfig? ClipImage { get; init; }

    /// <summary>Sizes of noised CLIP's text encoder and its tokenizer, else <c>null</c>.</summary>
    public ClipTextEntry? ClipText { get; init; }

    /// <summary>
    /// All files that this network needs: the weights and, for CLIP's text encoder, the tokenizer's merges.
    /// </summary>
    public IEnumerable<ModelFile> Files()
    {
        yield return Weights;
        if (ClipText?.Tokenizer.Merges is { } merges)
            yield return merges;
    }
}

/// <summary>
/// The text encoder of noised CLIP as <c>model.json</c> lists it: its sizes and, beside them, its tokenizer.
/// </summary>
internal sealed record ClipTextEntry : ClipTextConfig
{
    /// <summary>How prompts become the encoder's ids.</summary>
    [JsonPropertyOrder(1)]
    public required TokenizerSettings Tokenizer { get; init; }
}

/// <summary>The model set that a run uses.</summary>
/// <param name="Set">The set.</param>
/// <param name="Notice">One line for the user if the set was chosen by default, else <c>null</c>.</param>
internal sealed record ModelChoice(ModelSet Set, string? Notice);

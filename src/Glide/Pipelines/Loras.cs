using System.Globalization;
using Glide.Checkpoints;
using Glide.Models;
using Glide.Models.UNet;
using Glide.ModelSets;
using Glide.Pipelines.Settings;
using static TorchSharp.torch;

namespace Glide.Pipelines;

/// <summary>The LoRA files of a run, and which networks they change.</summary>
internal sealed class Loras
{
    // Fine-tuned from a network of the same layers, as the published sets have it.
    private const string InpaintEnd = "-inpaint";

    private readonly List<(GivenLora Given, LoraFile File, IReadOnlyList<string> Networks)> _files;
    private int _hasWarned;

    private Loras(IEnumerable<(GivenLora, LoraFile, IReadOnlyList<string>)> files) => _files = [.. files];

    /// <summary>Nothing is changed.</summary>
    public static Loras None { get; } = new([]);

    /// <summary>Reads the files of a set and finds the network of each.</summary>
    /// <exception cref="CheckpointException">A file is refused, or is of another network.</exception>
    /// <exception cref="UsageException">The set has no such network.</exception>
    public static Loras Open(ModelSet models)
    {
        if (models.Loras.Count == 0)
            return None;
        var shapes = new Dictionary<string, IReadOnlyDictionary<string, IReadOnlyList<long>>>();
        return new Loras(models.Loras.Select(given =>
        {
            var file = LoraFile.Read(given.File.Path);
            return (given, file, NetworksOf(file, given.Network ?? file.Network));
        }).ToList());

        IReadOnlyList<string> NetworksOf(LoraFile file, string? network)
        {
            if (network is not null)
            {
                LoraMerge.Plan([new WeightedLora(file, 1)], network, ShapesOf(network));
                return [network];
            }
            string[] all = [.. models.Networks.Where(each => each.Value.UNet is not null).Select(each => each.Key)];
            string[] fitting = [.. all.Where(name => LoraMerge.Fits(file, ShapesOf(name)))];
            if (fitting.Length == 0)
                LoraMerge.Plan([new WeightedLora(file, 1)], all[0], ShapesOf(all[0]));
            return [.. fitting.Where(name => name == fitting[0] || name == fitting[0] + InpaintEnd)];
        }

        IReadOnlyDictionary<string, IReadOnlyList<long>> ShapesOf(string network)
        {
            if (shapes.TryGetValue(network, out var known))
                return known;
            using var model = new UNetModel(ModelCache.SettingsOf(models, network), Precision.Float32, META);
            return shapes[network] = model.named_parameters().ToDictionary(
                each => each.name, each => (IReadOnlyList<long>)each.parameter.shape);
        }
    }

    /// <summary>The changes of a network.</summary>
    public IReadOnlyList<WeightedLora> Of(string network) => [.. _files
        .Where(file => file.Networks.Contains(network))
        .Select(file => new WeightedLora(file.File, file.Given.Weight ?? 1))];

    /// <summary>What the images of some networks say about them; <c>null</c> where none is changed.</summary>
    public IReadOnlyList<LoraRecord>? Records(IEnumerable<string> networks)
    {
        var records = _files.SelectMany(file => networks.Where(file.Networks.Contains).Select(network =>
        {
            var (given, weights) = (file.Given, file.Given.File);
            return new LoraRecord(Path.GetFileName(weights.Path), weights.Sha256, given.Weight ?? 1, network);
        })).ToList();
        return records.Count > 0 ? records : null;
    }

    /// <summary>Warns once of files that change no network of a recipe.</summary>
    public void WarnOfUnused(Recipe recipe, Action<string>? warn)
    {
        var unused = _files.Find(file => !file.Networks.Any(recipe.Networks.Contains));
        if (unused.File is null || Interlocked.Exchange(ref _hasWarned, 1) != 0)
            return;
        string changed = string.Join("' and '", unused.Networks), used = string.Join(", ", recipe.Networks);
        warn?.Invoke($"the LoRA file '{unused.Given.File.Path}' changes '{changed}', which takes no part here; the "
            + $"networks are {used}; to use it for one of them give --lora {recipe.Base.Network}=FILE");
    }

    /// <summary>Writes the adapters of a network to a file that <c>--lora</c> reads.</summary>
    /// <param name="path">The safetensors file; an existing one is replaced.</param>
    /// <param name="adapters">On any device.</param>
    /// <param name="network">The network's name in its model set, such as <c>base</c>.</param>
    /// <param name="model">Name of the model set.</param>
    /// <exception cref="ResourceException">The file cannot be written.</exception>
    public static void Write(string path, LoraAdapters adapters, string network, string model)
    {
        using var scope = NewDisposeScope();
        using var frozen = no_grad();
        var settings = adapters.Settings;
        LoraFile.Write(path, [.. adapters.Layers.Select(LayerOf)], new Dictionary<string, string>
        {
            ["ss_network_module"] = "networks.lora",
            ["ss_network_dim"] = settings.Rank.ToString(CultureInfo.InvariantCulture),
            ["ss_network_alpha"] = SettingKind.Text(settings.Alpha),
            [LoraFile.NetworkKey] = network,
            ["glide.model"] = model,
            ["glide.targets"] = string.Join(",", settings.Targets),
        });

        LoraLayer LayerOf(LoraAdapter adapter)
        {
            var (down, up) = (adapter.Change.Down, adapter.Change.Up);
            // A 1D convolution of one position is a linear layer; after a convolution comes one of one pixel.
            bool isConvolution = down.shape.Length == 4;
            return new LoraLayer(adapter.Name,
                new LoraFactor(isConvolution ? down.shape : down.shape[..2], Values(down)),
                new LoraFactor(isConvolution ? [.. up.shape, 1, 1] : up.shape, Values(up)), settings.Alpha);
        }
    }

    private static float[] Values(Tensor factor) => factor.cpu().contiguous().data<float>().ToArray();
}

/// <summary>A LoRA file that an image was made with.</summary>
/// <param name="File">Its name, without the folder.</param>
/// <param name="Sha256">Its hash in lower-case hex.</param>
/// <param name="Weight">What its changes were multiplied by.</param>
/// <param name="Network">The network that it changed.</param>
internal sealed record LoraRecord(string File, string Sha256, double Weight, string Network)
{
    /// <summary>The factors that are allowed.</summary>
    public static NumberKind Weights { get; } = new(-10, 10);

    /// <summary>The set with the same LoRA files as an image was made with.</summary>
    /// <param name="models">The set with the files that the user gives now.</param>
    /// <param name="recorded">What the image says.</param>
    /// <param name="image">Its file, for messages.</param>
    /// <exception cref="UsageException">A file is not given, or another one is, or with another factor.</exception>
    public static ModelSet Require(ModelSet models, IReadOnlyList<LoraRecord>? recorded, string image)
    {
        // The image may be anybody's, with a null where no null may be.
        List<LoraRecord> records = [.. (recorded ?? []).Where(record => record is not null)];
        foreach (var given in models.Loras)
        {
            var same = records.Find(record => record.Sha256 == given.File.Sha256);
            if (same is null)
            {
                throw new UsageException($"--lora {given.File.Path} is not a file that '{image}' was made with; "
                    + (records.Count == 0 ? "it was made without any; leave it out"
                        : $"its SHA-256 is {given.File.Sha256}, recorded is {List(records)}; give that file"));
            }
            if (given.Weight is { } weight && weight != same.Weight)
            {
                throw new UsageException(string.Create(CultureInfo.InvariantCulture,
                    $"--lora {given.File.Path}: '{image}' was made with the weight {same.Weight}, given is {weight}; "
                        + $"leave the weight out"));
            }
        }
        return models with { Loras = [.. records.Select(record => record.FindIn(models, image))] };
    }

    private GivenLora FindIn(ModelSet models, string image)
    {
        if (Weights.Refusal("weight", SettingKind.Text(Weight)) is { } refusal)
            throw new UsageException($"'{image}' has settings that are not allowed; {refusal}");
        return models.Loras.FirstOrDefault(given => given.File.Sha256 == Sha256) is { } same
            ? new GivenLora(same.File, Network, Weight)
            : throw new UsageException(
                $"'{image}' was made with the LoRA file '{File}', SHA-256 {Sha256}, which is not in it; give that file "
                    + "with --lora FILE");
    }

    private static string List(List<LoraRecord> records) =>
        string.Join(", ", records.Select(record => $"{record.Sha256} of '{record.File}'"));
}

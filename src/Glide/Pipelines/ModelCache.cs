using System.Collections.Concurrent;
using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using Glide.Checkpoints;
using Glide.Models;
using Glide.Models.Clip;
using Glide.Models.Ops;
using Glide.Models.UNet;
using Glide.ModelSets;
using Glide.Runtime;
using TorchSharp;
using static TorchSharp.torch;

namespace Glide.Pipelines;

/// <summary>
/// Loads networks when they are wanted and keeps them while memory is plentiful. Owns them and their files.
/// </summary>
internal sealed class ModelCache(ModelSet models, TorchRuntime runtime, WeightPrefetch? prepared = null) : IDisposable
{
    // Plenty is this many times what the networks need. Loading one again takes a second, drawing with one that is
    // large enough to matter takes minutes: below that, other programs have more of the memory.
    private const int Plenty = 16;

    private const int Enough = 2;

    private readonly WeightPrefetch _weights = prepared ?? new WeightPrefetch(models);
    private readonly Dictionary<string, UNetModel> _networks = [];

    /// <summary>Whether weights that are not there are replaced by others, as it is enough for measurements.</summary>
    public bool ReplacesMissing { get; init; }

    /// <summary>What is added to the weights.</summary>
    public Loras Loras { get; init; } = Loras.None;

    /// <summary>What the networks compute with; <c>null</c> for the fastest that each can have.</summary>
    public UNetOps? UNetOps { get; init; }

    /// <summary>Told what is odd about the weights.</summary>
    public Action<string>? Warn { get; set; }

    public Func<long> AvailableBytes { get; init; } = MemoryBudget.AvailableBytes;

    public IReadOnlyCollection<string> Loaded => _networks.Keys;

    /// <summary>
    /// Whether memory is plenty for all of these networks together, so that none is freed and loaded again.
    /// </summary>
    public bool CanKeep(params IReadOnlyList<string> networks) =>
        Fit(networks, Plenty);

    /// <summary>
    /// Whether memory suffices for all of these networks together and for drawing with them, as a run of many images
    /// wants it.
    /// </summary>
    public bool CanHold(params IReadOnlyList<string> networks) => Fit(networks, Enough);

    /// <summary>The sizes of a network, without loading it.</summary>
    public UNetConfig SettingsOf(string network) => SettingsOf(models, network);

    /// <summary>The size of the images that a stage makes.</summary>
    /// <exception cref="UsageException">Its network cannot make the size that its recipe asks for.</exception>
    public ImageSize SizeOf(StageRecipe stage) => ImageSize.Of(stage, SettingsOf(stage.Network));

    /// <inheritdoc cref="SettingsOf(string)"/>
    public static UNetConfig SettingsOf(ModelSet models, string network) =>
        models.Network(network).UNet ??
        throw new UsageException(
            $"network '{network}' of model set '{models.Name}' is no U-Net; its {ModelSet.FileName} gives it no "
                + $"\"unet\"");

    /// <summary>The network, loaded now if it was not.</summary>
    /// <exception cref="CheckpointException">Its weights are missing or refused.</exception>
    /// <exception cref="ResourceException">There is too little memory for it.</exception>
    public UNetModel Get(string network)
    {
        if (_networks.TryGetValue(network, out var known))
            return known;
        bool isThere = !ReplacesMissing || models.FindWeights(network) is not null;
        if (!runtime.IsCuda)
            MemoryBudget.Require($"the network '{network}'", NeededFor(network));
        using var checkpoint = isThere ? _weights.Open(network) : null;
        var loaded = Build(network, runtime.Device);
        try
        {
            if (checkpoint is null)
                SyntheticWeights.Fill(loaded);
            else
                ModuleLoader.Load(loaded, network, checkpoint, loras: Loras.Of(network));
            foreach (string notice in checkpoint?.Notices() ?? [])
                Warn?.Invoke(notice);
            CudaKernels.Notice(runtime.Device)?.Say(Warn);
        }
        catch
        {
            loaded.Dispose();
            throw;
        }
        return _networks[network] = loaded;
    }

    /// <summary>Frees a network that is not needed for a while.</summary>
    public void Release(string network)
    {
        if (_networks.Remove(network, out var loaded))
            loaded.Dispose();
    }

    public void Dispose()
    {
        foreach (var network in _networks.Values)
            network.Dispose();
        _networks.Clear();
        _weights.Dispose();
    }

    private bool Fit(IReadOnlyList<string> networks, int times) =>
        runtime.IsCuda || networks.All(_networks.ContainsKey) || networks.Where(name => !_networks.ContainsKey(name))
            .Sum(NeededFor) < AvailableBytes() / times;

    private UNetModel Build(string network, Device device) =>
        new(SettingsOf(network), runtime.Precision, device, UNetOps);

    private long NeededFor(string network)
    {
        using var shapes = Build(network, META);
        return MemoryBudget.NeededFor(shapes);
    }
}

/// <summary>Compares files with the networks that a model set describes.</summary>
internal static class NetworkCheck
{
    /// <summary>Checks that a file has the names and shapes of a network, as loading it does.</summary>
    /// <exception cref="CheckpointException">It does not.</exception>
    public static void Fit(ModelSet models, string network, Checkpoint checkpoint)
    {
        Libtorch.Load();
        using nn.Module shapes = models.Network(network) switch
        {
            { UNet: { } unet } => new UNetModel(unet, Precision.Float32, META),
            { ClipImage: { } image } => new ClipImageEncoder(image, META),
            { ClipText: { } text } => new ClipTextEncoder(text, META),
            _ => throw new UsageException($"network '{network}' of model set '{models.Name}' has no configuration"),
        };
        ModuleLoader.Check(shapes, network, checkpoint);
    }
}

/// <summary>
/// Records network passes on a GPU, for one run of a stage; on a CPU, where nothing is gained by it, it does nothing.
/// </summary>
internal sealed class PassRecorder(Device device) : IDisposable
{
    private readonly List<RecordedPass> _passes = [];

    /// <summary>The same pass, recorded after a few times where the device allows it.</summary>
    public Func<Tensor, Tensor, Tensor> Recorded(Func<Tensor, Tensor, Tensor> pass)
    {
        if (device.type != DeviceType.CUDA)
            return pass;
        var recorded = new RecordedPass(
            inputs => [pass(inputs[0], inputs[1])], work => CudaGraph.Record(device, work));
        _passes.Add(recorded);
        return (x, timestep) => recorded.Run([x, timestep])[0];
    }

    public void Dispose() => _passes.ForEach(pass => pass.Dispose());
}

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
/// <param name="models">The model set.</param>
/// <param name="loras">What is added to its weights; <c>null</c> for nothing.</param>
internal sealed class ModelHashes(ModelSet models, Loras? loras = null)
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
        foreach (var lora in LorasOf(recipe) ?? [])
            parts.Append(CultureInfo.InvariantCulture, $"{lora.Network}+{lora.Weight}*{lora.Sha256}\n");
        return Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(parts.ToString())))[..ShownDigits];
    }

    /// <summary>The LoRA files that change networks of a recipe; <c>null</c> for none.</summary>
    public IReadOnlyList<LoraRecord>? LorasOf(Recipe recipe) => loras?.Records(NetworksOf(recipe).Distinct());

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

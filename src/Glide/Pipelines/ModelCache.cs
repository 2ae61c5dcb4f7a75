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
                ModuleLoader.Load(loaded, network, checkpoint);
            foreach (string notice in checkpoint?.Notices() ?? [])
                Warn?.Invoke(notice);
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
        var recorded = new RecordedPass(pass, work => CudaGraph.Record(device, work));
        _passes.Add(recorded);
        return recorded.Run;
    }

    public void Dispose() => _passes.ForEach(pass => pass.Dispose());
}

using System.IO.Enumeration;
using Glide.Models.Layers;
using Glide.Models.Ops;
using Glide.Models.UNet;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Glide.Models;

/// <summary>Which layers of a network get low-rank adapters, and of which size.</summary>
/// <param name="Rank">r: columns of up and rows of down; at least 1.</param>
/// <param name="Alpha">The product of up and down is multiplied by alpha / r.</param>
/// <param name="Targets"><c>attention</c>, <c>linear</c>, <c>conv</c>, or module names, where * and ? stand for any
/// letters.</param>
internal sealed record LoraSettings(int Rank, double Alpha, IReadOnlyList<string> Targets)
{
    private static readonly Dictionary<string, string[]> s_groups = new(StringComparer.Ordinal)
    {
        ["attention"] = ["*.qkv", "*.encoder_kv", "*.proj_out", "*.attn.c_qkv", "*.attn.c_proj"],
        ["linear"] = ["*.emb_layers.1", "*.mlp.c_fc", "*.mlp.c_proj", "transformer_proj", "time_embed.*"],
        ["conv"] = ["*.in_layers.2", "*.out_layers.3", "*.skip_connection"],
    };

    /// <summary>Names of the groups of layers.</summary>
    public static IReadOnlyCollection<string> Groups => s_groups.Keys;

    /// <summary>What is adapted where nobody says anything else.</summary>
    public static IReadOnlyList<string> DefaultTargets { get; } = ["attention", "linear"];

    /// <summary>Alpha / r.</summary>
    public double Scale => Alpha / Rank;

    /// <summary>The layers that <see cref="Targets"/> name, each once and in the order given.</summary>
    /// <exception cref="UsageException">There is no target, or one names no layer.</exception>
    public IReadOnlyList<string> Choose(IReadOnlyList<string> layers)
    {
        if (Targets.Count == 0)
            throw new UsageException($"no target is given; allowed are {Allowed}");
        var chosen = new HashSet<string>(StringComparer.Ordinal);
        foreach (string target in Targets)
        {
            string[] patterns = s_groups.GetValueOrDefault(target, [target]);
            var named = layers.Where(layer => patterns.Any(pattern =>
                FileSystemName.MatchesSimpleExpression(pattern, layer, ignoreCase: false))).ToList();
            if (named.Count == 0)
            {
                throw new UsageException(
                    $"the target '{target}' names no layer of the network; allowed are {Allowed}");
            }
            chosen.UnionWith(named);
        }
        return [.. layers.Where(chosen.Contains)];
    }

    private static string Allowed =>
        $"{string.Join(", ", Groups)}, or module names such as input_blocks.*.qkv, where * and ? stand for any letters";
}

/// <summary>
/// Trainable low-rank adapters on layers of a network, whose own weights are frozen. Disposing it takes them off and
/// frees them; the network computes as before.
/// </summary>
/// <remarks>
/// Hu et al. 2021 (LoRA): W + alpha/r·up·down, where up begins at 0. The adapters are no parameters of the network, so
/// that its parameter names stay those of the checkpoints.
/// </remarks>
internal sealed class LoraAdapters : IDisposable
{
    private readonly List<PackedWeights> _changed = [];

    private LoraAdapters(LoraSettings settings) => Settings = settings;

    public LoraSettings Settings { get; }

    /// <summary>The adapters in the order of the network's layers.</summary>
    public IReadOnlyList<LoraAdapter> Layers { get; private set; } = [];

    /// <summary>What an optimizer trains: <c>LAYER.lora_down.weight</c> and <c>LAYER.lora_up.weight</c>.</summary>
    public IEnumerable<(string Name, Parameter Parameter)> NamedParameters() => Layers.SelectMany(layer => new[]
    {
        ($"{layer.Name}.lora_down.weight", layer.Change.Down),
        ($"{layer.Name}.lora_up.weight", layer.Change.Up),
    });

    /// <summary>Puts adapters on a network and freezes its own weights.</summary>
    /// <param name="network">On any device; its operations are not the native ones.</param>
    /// <param name="settings">Rank, alpha, targets.</param>
    /// <param name="generator">Source of the first numbers, on the CPU.</param>
    /// <exception cref="UsageException">A target names no layer.</exception>
    /// <exception cref="InvalidOperationException">The native operations compute the network, or it has adapters.
    /// </exception>
    public static LoraAdapters Attach(UNetModel network, LoraSettings settings, Generator generator)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(settings.Rank, 1);
        var layers = network.named_modules().Where(part => part.module is IChangeableLayer)
            .ToDictionary(part => part.name, part => (IChangeableLayer)part.module);
        if (layers.Values.Any(layer => layer.Ops is NativeOps))
        {
            throw new InvalidOperationException(
                "The native operations have no gradient and repack the weights; build the network with plain ones.");
        }
        if (layers.Values.Any(layer => layer.Weights.Change is not null))
            throw new InvalidOperationException("The network has adapters already; dispose them first.");

        var chosen = settings.Choose([.. layers.Keys]);
        foreach (var parameter in network.parameters())
            parameter.requires_grad = false;
        var adapters = new LoraAdapters(settings);
        adapters.Layers = [.. chosen.Select(name => adapters.Put(name, layers[name].Weights, generator))];
        return adapters;
    }

    public void Dispose()
    {
        _changed.ForEach(weights => weights.Change = null);
        foreach (var layer in Layers)
        {
            layer.Change.Down.Dispose();
            layer.Change.Up.Dispose();
        }
        Layers = [];
    }

    private LoraAdapter Put(string name, PackedWeights weights, Generator generator)
    {
        using var frozen = no_grad();
        using var scope = NewDisposeScope();
        var device = weights.Weight.device;
        long[] shape = weights.Weight.shape;
        shape[0] = Settings.Rank;
        // Kaiming's uniform distribution with a = √5, as linear layers usually begin: the bound is 1/√(fan in).
        double bound = 1 / Math.Sqrt(weights.Inputs * weights.Taps);
        var down = empty(shape, dtype: ScalarType.Float32).uniform_(-bound, bound, generator).to(device);
        var up = zeros([weights.Outputs, Settings.Rank], dtype: ScalarType.Float32, device: device);
        weights.Change = new LowRankChange(Trainable(down), Trainable(up), Settings.Scale);
        _changed.Add(weights);
        return new LoraAdapter(name, weights.Change);
    }

    private static Parameter Trainable(Tensor values)
    {
        var parameter = new Parameter(values, requires_grad: true);
        parameter.DetachFromDisposeScope();
        return parameter;
    }
}

/// <summary>The adapter of one layer.</summary>
/// <param name="Name">The layer's module name, such as <c>input_blocks.4.1.qkv</c>.</param>
/// <param name="Change">Its factors.</param>
internal sealed record LoraAdapter(string Name, LowRankChange Change);

using System.Globalization;
using System.Runtime.InteropServices;
using System.Text.RegularExpressions;

namespace Glide.Checkpoints;

/// <summary>Low-rank changes of a network's weights (Hu et al. 2021), in a file of their own.</summary>
/// <remarks>
/// Read are the names of sd-scripts, <c>lora_unet_input_blocks_1_1_qkv.lora_down.weight</c> with <c>lora_up</c> and
/// <c>alpha</c>, and those of PEFT, <c>base_model.model.input_blocks.1.1.qkv.lora_A.weight</c> with <c>lora_B</c>;
/// layers may have dots or underscores in either. Written are the first.
/// </remarks>
internal sealed partial class LoraFile
{
    /// <summary>Key of the metadata that names the network which was trained.</summary>
    public const string NetworkKey = "glide.network";

    private const string Prefix = "lora_unet_";
    private const string Names = "LAYER.lora_down.weight with LAYER.lora_up.weight and perhaps LAYER.alpha, or "
        + "LAYER.lora_A.weight with LAYER.lora_B.weight";

    private LoraFile(Checkpoint checkpoint, IReadOnlyList<LoraLayer> layers)
    {
        Path = checkpoint.Path;
        Metadata = checkpoint.Metadata;
        Layers = layers;
    }

    /// <summary>Path of the file, as it was given.</summary>
    public string Path { get; }

    public IReadOnlyDictionary<string, string> Metadata { get; }

    /// <summary>The network that it was trained on; <c>null</c> if the file does not say.</summary>
    public string? Network => Metadata.GetValueOrDefault(NetworkKey);

    /// <summary>The changed layers in the file's order.</summary>
    public IReadOnlyList<LoraLayer> Layers { get; }

    /// <summary>Whether a file has tensors that only LoRA files have.</summary>
    public static bool Recognizes(Checkpoint checkpoint) =>
        checkpoint.Tensors.Keys.Any(key => Key().Match(key) is { Success: true } match && !IsAlpha(match));

    /// <summary>Reads a file of any format that checkpoints have.</summary>
    /// <exception cref="CheckpointException">It is refused, or is no LoRA file, or half of a pair is missing, or
    /// numbers are not finite.</exception>
    public static LoraFile Read(string path)
    {
        using var checkpoint = Checkpoint.Open(path);
        return Read(checkpoint);
    }

    /// <inheritdoc cref="Read(string)"/>
    public static LoraFile Read(Checkpoint checkpoint)
    {
        var layers = new OrderedDictionary<string, Parts>(StringComparer.Ordinal);
        var foreign = new List<string>();
        foreach (var entry in checkpoint.Tensors.Values)
        {
            var match = Key().Match(entry.Name);
            if (!match.Success)
            {
                foreign.Add(entry.Name);
                continue;
            }
            string name = match.Groups["layer"].Value, plain = Plain(name);
            if (!layers.TryGetValue(plain, out var parts))
                layers[plain] = parts = new Parts(name);
            if (!parts.TryAdd(match.Groups["part"].Value, entry))
                throw Refuse(checkpoint, $"'{Quoted.Text(entry.Name)}' is there twice, under two names; leave one out");
        }
        if (foreign.Count == checkpoint.Tensors.Count)
        {
            string likely = CheckpointIdentity.Describe(checkpoint) is { } network
                ? $"it looks like {network}, which --weights takes"
                : $"found are {WeightsChoice.List(foreign)}";
            throw Refuse(checkpoint, $"it is no LoRA file; {likely}; allowed are the names {Names}");
        }
        if (foreign.Count > 0)
        {
            throw Refuse(checkpoint, $"it holds more than LoRA's two factors; found {WeightsChoice.List(foreign)}; "
                + $"allowed are the names {Names}; other methods, such as LoHa, LoKr and DoRA, are not supported");
        }
        return new LoraFile(checkpoint, [.. layers.Values.Select(parts => parts.ToLayer(checkpoint))]);
    }

    /// <summary>Writes layers under the names of sd-scripts, in float32; an existing file is replaced.</summary>
    /// <param name="path">The safetensors file.</param>
    /// <param name="layers">Names with dots or underscores; down has the shape of the layer's weight.</param>
    /// <param name="metadata">Texts for the header.</param>
    /// <exception cref="ResourceException">The file cannot be written.</exception>
    public static void Write(
        string path, IEnumerable<LoraLayer> layers, IReadOnlyDictionary<string, string> metadata) =>
        SafetensorsWriter.Write(path, layers.SelectMany(layer =>
        {
            string name = Prefix + Plain(layer.Name);
            return new[]
            {
                Tensor($"{name}.lora_down.weight", layer.Down),
                Tensor($"{name}.lora_up.weight", layer.Up),
                Tensor($"{name}.alpha", new LoraFactor([], [(float)layer.Alpha])),
            };
        }), metadata);

    /// <summary>A layer's name in which dots and underscores are the same.</summary>
    public static string Plain(string layer) => layer.Replace('.', '_');

    private static (string, ElementType, long[], Action<Stream>) Tensor(string name, LoraFactor factor) => (name,
        ElementType.Float32, [.. factor.Shape], stream => stream.Write(MemoryMarshal.AsBytes(factor.Values.AsSpan())));

    private static bool IsAlpha(Match match) => match.Groups["part"].Value == "alpha";

    private static CheckpointException Refuse(Checkpoint checkpoint, string why) =>
        new($"LoRA file '{Quoted.Text(checkpoint.Path)}': {why}");

    [GeneratedRegex(@"^(base_model\.model\.|lora_unet_|unet\.)?(?<layer>.+)\.((?<part>lora_(down|up|A|B))(\.default)?"
        + @"\.weight|(?<part>alpha))$", RegexOptions.ExplicitCapture | RegexOptions.Singleline)]
    private static partial Regex Key();

    /// <summary>What the file has of a layer.</summary>
    private sealed class Parts(string name)
    {
        private TensorEntry? _down;
        private TensorEntry? _up;
        private TensorEntry? _alpha;

        public bool TryAdd(string part, TensorEntry entry) => part switch
        {
            "lora_down" or "lora_A" => TryAdd(ref _down, entry),
            "lora_up" or "lora_B" => TryAdd(ref _up, entry),
            _ => TryAdd(ref _alpha, entry),
        };

        public LoraLayer ToLayer(Checkpoint checkpoint)
        {
            if ((_down ?? _up) is not { } half)
                throw Refuse(checkpoint, $"'{Quoted.Text(_alpha!.Name)}' belongs to no pair of factors");
            if (_down is null || _up is null)
            {
                string missing = _up is null ? "lora_up or lora_B" : "lora_down or lora_A";
                throw Refuse(checkpoint, $"'{Quoted.Text(half.Name)}' has no second factor; {missing} of that layer is "
                    + "missing, so the file is incomplete");
            }
            var (down, up) = (Factor(checkpoint, _down), Factor(checkpoint, _up));
            if (down.Shape is not [> 0, > 0, ..] || up.Shape is not [> 0, var rank, ..] || rank != down.Shape[0]
                || up.Shape.Skip(2).Any(size => size != 1))
            {
                throw Refuse(checkpoint, $"'{Quoted.Text(_down.Name)}' is {_down.ShapeText} and "
                    + $"'{Quoted.Text(_up.Name)}' {_up.ShapeText}; allowed are [rank, inputs, ...] and [outputs, rank] "
                    + "or [outputs, rank, 1, 1] with the same rank");
            }
            return new LoraLayer(name, down, up, Alpha(checkpoint) ?? down.Shape[0]);
        }

        private static bool TryAdd(ref TensorEntry? part, TensorEntry entry)
        {
            bool isFirst = part is null;
            part ??= entry;
            return isFirst;
        }

        private static LoraFactor Factor(Checkpoint checkpoint, TensorEntry entry)
        {
            if (!entry.Type.IsFloating())
            {
                throw Refuse(checkpoint, $"'{Quoted.Text(entry.Name)}' is {entry.Type.ShortName()}; allowed are fp32, "
                    + "fp16, bf16 and fp64");
            }
            float[] values = checkpoint.ReadSingles(entry);
            int bad = Array.FindIndex(values, value => !float.IsFinite(value));
            return bad < 0
                ? new LoraFactor(entry.Shape, values)
                : throw Refuse(checkpoint, string.Create(CultureInfo.InvariantCulture,
                    $"'{Quoted.Text(entry.Name)}' has {values[bad]} at element {bad}; allowed are finite numbers; the "
                    + $"training may have diverged, take an earlier file"));
        }

        private double? Alpha(Checkpoint checkpoint)
        {
            if (_alpha is null)
                return null;
            double? alpha = _alpha switch
            {
                { ElementCount: not 1 } => null,
                { Type: ElementType.Int64 } => checkpoint.Read<long>(_alpha)[0],
                { Type: var type } when type.IsFloating() => checkpoint.ReadSingles(_alpha)[0],
                _ => null,
            };
            return alpha is { } number && double.IsFinite(number)
                ? number
                : throw Refuse(checkpoint, $"'{Quoted.Text(_alpha.Name)}' is {_alpha.Type.ShortName()} "
                    + $"{_alpha.ShapeText}{(alpha is { } odd ? $" with the value {odd}" : "")}; allowed is one finite "
                    + "number");
        }
    }
}

/// <summary>A change of one layer's weight: alpha / rank · up · down.</summary>
/// <param name="Name">The layer's name, with dots or underscores.</param>
/// <param name="Down">[rank, inputs, ...].</param>
/// <param name="Up">[outputs, rank], perhaps with ones after it.</param>
/// <param name="Alpha">The numerator of the factor.</param>
internal sealed record LoraLayer(string Name, LoraFactor Down, LoraFactor Up, double Alpha)
{
    public int Rank => (int)Down.Shape[0];

    /// <summary>Whether the product has the shape of a weight.</summary>
    public bool Fits(IReadOnlyList<long> weight) => weight.Count > 1 && Up.Shape[0] == weight[0]
        && Down.Shape[1] == weight[1]
        && Trimmed(Down.Shape).SequenceEqual(Trimmed(weight));

    // A linear layer may be stored as a convolution of one pixel, and the other way round.
    private static IEnumerable<long> Trimmed(IReadOnlyList<long> shape)
    {
        int count = shape.Count;
        while (count > 2 && shape[count - 1] == 1)
            count--;
        return shape.Skip(2).Take(count - 2);
    }
}

/// <summary>One of the two factors of a low-rank change, row by row.</summary>
internal sealed record LoraFactor(IReadOnlyList<long> Shape, float[] Values);

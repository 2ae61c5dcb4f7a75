using System.Numerics;
using System.Runtime.InteropServices;

namespace Glide.Checkpoints;

/// <summary>A LoRA file and the factor that its changes are multiplied by.</summary>
internal sealed record WeightedLora(LoraFile File, double Weight);

/// <summary>Adds the changes of LoRA files to the weights of a network, in float32.</summary>
internal sealed class LoraMerge
{
    private const string WeightEnd = ".weight";
    private const int MostShown = 5;

    private readonly ILookup<string, (LoraLayer Layer, double Weight)> _changes;

    private LoraMerge(IEnumerable<(string Weight, (LoraLayer, double) Change)> changes) =>
        _changes = changes.ToLookup(each => each.Weight, each => each.Change, StringComparer.Ordinal);

    /// <summary>Finds the weights that files change.</summary>
    /// <param name="loras">Files and factors; they add up.</param>
    /// <param name="networkName">Name for messages, such as <c>base</c>.</param>
    /// <param name="shapes">The network's tensors and their shapes.</param>
    /// <exception cref="CheckpointException">A file is of another network.</exception>
    public static LoraMerge Plan(IEnumerable<WeightedLora> loras, string networkName,
        IReadOnlyDictionary<string, IReadOnlyList<long>> shapes) => new(loras.SelectMany(lora =>
    {
        var faults = Faults(lora.File, shapes, out var weights);
        return faults.Count == 0
            ? weights.Select(each => (each.Weight, (each.Layer, lora.Weight)))
            : throw new CheckpointException(Message(lora.File, networkName, faults));
    }));

    /// <summary>Whether a file changes only layers that a network has.</summary>
    public static bool Fits(LoraFile file, IReadOnlyDictionary<string, IReadOnlyList<long>> shapes) =>
        Faults(file, shapes, out _).Count == 0;

    /// <summary>Whether a tensor of the network is changed.</summary>
    public bool Changes(string name) => _changes.Contains(name);

    /// <summary>A weight with its changes: W + Σ weight·(alpha/rank)·up·down.</summary>
    /// <param name="checkpoint">The network's weights.</param>
    /// <param name="entry">One of its tensors.</param>
    public float[] Merged(Checkpoint checkpoint, TensorEntry entry)
    {
        float[] values = checkpoint.ReadSingles(entry);
        int outputs = (int)entry.Shape[0], inputs = values.Length / outputs;
        foreach (var (layer, weight) in _changes[entry.Name])
        {
            float factor = (float)(weight * layer.Alpha / layer.Rank);
            Parallel.For(0, outputs, row => AddRow(values.AsSpan(row * inputs, inputs), layer, row, factor));
        }
        return values;
    }

    // The product is summed on its own before it meets the weight, whose size would cut off its digits.
    private static void AddRow(Span<float> row, LoraLayer layer, int output, float factor)
    {
        var change = new float[row.Length].AsSpan();
        for (int rank = 0; rank < layer.Rank; rank++)
        {
            AddScaled(change, layer.Down.Values.AsSpan(rank * row.Length, row.Length),
                layer.Up.Values[(output * layer.Rank) + rank]);
        }
        AddScaled(row, change, factor);
    }

    private static void AddScaled(Span<float> sum, ReadOnlySpan<float> values, float factor)
    {
        var sums = MemoryMarshal.Cast<float, Vector<float>>(sum);
        var vectors = MemoryMarshal.Cast<float, Vector<float>>(values);
        for (int i = 0; i < sums.Length; i++)
            sums[i] += vectors[i] * factor;
        for (int i = sums.Length * Vector<float>.Count; i < sum.Length; i++)
            sum[i] += values[i] * factor;
    }

    private static List<string> Faults(LoraFile file, IReadOnlyDictionary<string, IReadOnlyList<long>> shapes,
        out List<(string Weight, LoraLayer Layer)> found)
    {
        var weights = shapes.Keys.Where(name => name.EndsWith(WeightEnd, StringComparison.Ordinal))
            .ToLookup(name => LoraFile.Plain(name[..^WeightEnd.Length]), StringComparer.Ordinal);
        var faults = new List<string>();
        found = [];
        foreach (var layer in file.Layers)
        {
            string name = Quoted.Text(layer.Name);
            if (weights[LoraFile.Plain(layer.Name)].FirstOrDefault() is not { } weight)
                faults.Add($"'{name}' does not exist there");
            else if (!layer.Fits(shapes[weight]))
                faults.Add($"'{name}' changes {Product(layer)}, the network's is {Shown(shapes[weight])}");
            else
                found.Add((weight, layer));
        }
        return faults;
    }

    private static string Message(LoraFile file, string networkName, List<string> faults)
    {
        string origin = file.Network is { } trained ? $"it was trained on '{Quoted.Text(trained)}'"
            : "it does not say which network it was trained on";
        return $"LoRA file '{Quoted.Text(file.Path)}' does not fit the network '{networkName}': {faults.Count} of "
            + $"{Counted.Of(file.Layers.Count, "layer")} differ: {string.Join("; ", faults.Take(MostShown))}"
            + $"{(faults.Count > MostShown ? "; …" : "")}; {origin}; give a file that was trained on a "
            + $"network like '{networkName}'";
    }

    private static string Product(LoraLayer layer) => Shown([layer.Up.Shape[0], .. layer.Down.Shape.Skip(1)]);

    private static string Shown(IEnumerable<long> shape) => $"[{string.Join(", ", shape)}]";
}

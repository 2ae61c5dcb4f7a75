using System.Globalization;
using Glide.Checkpoints;

namespace Glide.ModelSets;

/// <summary>A known set and the state of its files.</summary>
/// <param name="Set">The set.</param>
/// <param name="Files">Its networks, in the order of its description.</param>
internal sealed record ModelOverview(ModelSet Set, IReadOnlyList<FileOverview> Files)
{
    /// <summary>Number of networks whose weights are available.</summary>
    public int PresentCount => Files.Count(file => file.Path is not null);

    /// <summary>Size of the available weights in bytes.</summary>
    public long PresentBytes => Files.Sum(file => file.Path is null ? 0 : file.Bytes ?? 0);

    /// <summary>Folder of the weights, existing or to be downloaded.</summary>
    public string Folder => Files.Select(file => Path.GetDirectoryName(file.Path))
        .FirstOrDefault(folder => folder is not null) ?? Set.Folder;

    /// <summary>Describes a set's files without reading them.</summary>
    public static ModelOverview Of(ModelSet set) => new(set, [.. set.Networks.Select(network =>
    {
        string? path = set.FindWeights(network.Key);
        var weights = network.Value.Weights;
        return new FileOverview(
            network.Key, Path.GetFileName(path) ?? weights.File, path, path is null
                ? weights.Bytes
                : new FileInfo(path).Length, weights.Url);
    })]);
}

/// <summary>A network of a set and its file.</summary>
/// <param name="Network">Name of the network.</param>
/// <param name="File">Name of the file that a run would load, or that would be downloaded.</param>
/// <param name="Path">Full path; <c>null</c> if the file is missing.</param>
/// <param name="Bytes">Size in bytes, also of a missing file; <c>null</c> if it is unknown.</param>
/// <param name="Url">URL of the published file; <c>null</c> if the file ships with the set.</param>
internal sealed record FileOverview(string Network, string File, string? Path, long? Bytes, Uri? Url);

/// <summary>Description of a checkpoint file for display.</summary>
internal sealed record CheckpointSummary
{
    public required string Path { get; init; }

    public required string Format { get; init; }

    /// <summary>Size of the file in bytes.</summary>
    public required long Bytes { get; init; }

    /// <summary>SHA-256 of the file in lower-case hex.</summary>
    public required string Sha256 { get; init; }

    /// <summary>The network that it appears to be; <c>null</c> if none is recognized.</summary>
    public string? Identity { get; init; }

    /// <summary>What the file changes, if it is a LoRA file.</summary>
    public LoraSummary? Lora { get; init; }

    /// <summary>What stands before every name in the file; empty where nothing does.</summary>
    public string Prefix { get; init; } = "";

    /// <summary>Which of several sets of weights is described; <c>null</c> where the file has one.</summary>
    public WeightsChoice? Choice { get; init; }

    /// <summary>Number of elements of all tensors.</summary>
    public required long Parameters { get; init; }

    /// <summary>Element types with their numbers of tensors, most common first.</summary>
    public required IReadOnlyList<KeyValuePair<string, int>> Types { get; init; }

    /// <summary>The tensors in the file's order.</summary>
    public required IReadOnlyList<TensorSummary> Tensors { get; init; }

    public required IReadOnlyDictionary<string, string> Metadata { get; init; }

    /// <summary>Reads a file, checksums included.</summary>
    /// <param name="path">The file.</param>
    /// <param name="key">Key of the weights in a file that holds several; <c>null</c> to choose.</param>
    /// <param name="cancellation">Stops.</param>
    /// <exception cref="CheckpointException">The file is missing, damaged, malicious or not a checkpoint.</exception>
    public static CheckpointSummary Read(string path, string? key = null, CancellationToken cancellation = default)
    {
        LoraSummary? lora = null;
        var info = CheckpointInfo.Read(path, key, checkpoint =>
            lora = LoraFile.Recognizes(checkpoint) ? LoraSummary.Of(LoraFile.Read(checkpoint)) : null, cancellation);
        string format = info.Format switch
        {
            CheckpointFormat.TorchZip => "torch.save archive",
            CheckpointFormat.TorchLegacy => "torch.save file of PyTorch before 1.6",
            _ => "safetensors",
        };
        return new CheckpointSummary
        {
            Path = path,
            Format = info.IsCompressed ? format + ", gzip-compressed" : format,
            Bytes = info.FileLength,
            Sha256 = info.Sha256,
            Identity = info.Identity,
            Lora = lora,
            Prefix = info.Prefix,
            Choice = info.Choice,
            Parameters = info.ParameterCount,
            Types = [.. info.Types.Select(type => KeyValuePair.Create(type.Key.ShortName(), type.Value))],
            Tensors = [.. info.Tensors.Select(tensor =>
                new TensorSummary(tensor.Name, tensor.Type.ShortName(), tensor.Shape, tensor.ByteCount))],
            Metadata = info.Metadata,
        };
    }
}

/// <summary>Description of a LoRA file for display.</summary>
/// <param name="Network">The network that it was trained on; <c>null</c> if the file does not say.</param>
/// <param name="Ranks">The ranks of its layers, smallest first.</param>
/// <param name="Alphas">Their alphas, smallest first.</param>
/// <param name="Layers">Names of the layers.</param>
internal sealed record LoraSummary(
    string? Network, IReadOnlyList<int> Ranks, IReadOnlyList<double> Alphas, IReadOnlyList<string> Layers)
{
    public static LoraSummary Of(LoraFile file) => new(file.Network,
        [.. file.Layers.Select(layer => layer.Rank).Distinct().Order()],
        [.. file.Layers.Select(layer => layer.Alpha).Distinct().Order()],
        [.. file.Layers.Select(layer => layer.Name)]);
}

/// <summary>A tensor of a checkpoint.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Type">Short name of its element type, such as <c>fp16</c>.</param>
/// <param name="Shape">Its dimensions.</param>
/// <param name="Bytes">Its size in bytes.</param>
internal sealed record TensorSummary(string Name, string Type, IReadOnlyList<long> Shape, long Bytes);

/// <summary>File sizes for display.</summary>
internal static class ByteSize
{
    private static readonly string[] Units = ["bytes", "kB", "MB", "GB", "TB"];

    /// <summary>Three digits and a decimal unit, such as <c>1.54 GB</c>.</summary>
    public static string Text(long bytes)
    {
        double value = bytes;
        int unit = 0;
        while (value >= 999.5 && unit < Units.Length - 1)
        {
            value /= 1000;
            unit++;
        }

        int decimals = unit == 0 || value >= 99.95 ? 0 : value >= 9.995 ? 1 : 2;
        return value.ToString("F" + decimals, CultureInfo.InvariantCulture) + " " + Units[unit];
    }
}

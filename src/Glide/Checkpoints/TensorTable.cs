namespace Glide.Checkpoints;

/// <summary>What a reader found in a file: its tensors in the file's order, and the texts beside them.</summary>
internal sealed record TensorTable(
    OrderedDictionary<string, TensorEntry> Tensors, IReadOnlyDictionary<string, string> Metadata);

using Glide.Checkpoints;

namespace Glide.ModelStore;

/// <summary>What a checkpoint file is, for people.</summary>
/// <param name="Path">The file.</param>
/// <param name="Format">Format of its content in words.</param>
/// <param name="Bytes">Its size.</param>
/// <param name="Sha256">Its hash in lower-case hex.</param>
/// <param name="Identity">The network that it looks like; <c>null</c> if none is recognised.</param>
/// <param name="Parameters">Elements of all tensors.</param>
/// <param name="Types">Element types and how many tensors have each, the commonest first.</param>
/// <param name="Tensors">The tensors in the file's order.</param>
/// <param name="Metadata">Texts beside the tensors.</param>
public sealed record CheckpointSummary(
    string Path, string Format, long Bytes, string Sha256, string? Identity, long Parameters,
    IReadOnlyList<KeyValuePair<string, int>> Types, IReadOnlyList<TensorSummary> Tensors, IReadOnlyDictionary<string, string> Metadata)
{
    /// <summary>Reads a file, checksums included.</summary>
    /// <exception cref="CheckpointException">It is missing, damaged, hostile, or no checkpoint.</exception>
    public static CheckpointSummary Read(string path, CancellationToken cancellation = default)
    {
        var info = CheckpointInfo.Read(path, cancellation);
        string format = info.Format switch
        {
            CheckpointFormat.TorchZip => "torch.save archive",
            CheckpointFormat.TorchLegacy => "torch.save file of PyTorch before 1.6",
            _ => "safetensors",
        };
        return new CheckpointSummary(
            path, info.IsCompressed ? format + ", gzip-compressed" : format, info.FileLength, info.Sha256, info.Identity, info.ParameterCount,
            [.. info.Types.Select(type => KeyValuePair.Create(type.Key.ShortName(), type.Value))],
            [.. info.Tensors.Select(tensor => new TensorSummary(tensor.Name, tensor.Type.ShortName(), tensor.Shape, tensor.ByteCount))],
            info.Metadata);
    }
}

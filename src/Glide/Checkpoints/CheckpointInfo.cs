using System.Security.Cryptography;

namespace Glide.Checkpoints;

/// <summary>What can be said about a checkpoint file without loading it into a network.</summary>
/// <param name="Path">The path that was given.</param>
/// <param name="Format">Format of the content.</param>
/// <param name="IsCompressed">True if the file is gzip-compressed.</param>
/// <param name="FileLength">Length of the file.</param>
/// <param name="Sha256">Hash of the file, lower-case hexadecimal.</param>
/// <param name="Identity">The network that it looks like; <c>null</c> if none is recognised.</param>
/// <param name="Tensors">The tensors in the file's order.</param>
/// <param name="Metadata">Texts beside the tensors.</param>
internal sealed record CheckpointInfo(
    string Path, CheckpointFormat Format, bool IsCompressed, long FileLength, string Sha256, string? Identity,
    IReadOnlyList<TensorEntry> Tensors, IReadOnlyDictionary<string, string> Metadata)
{
    /// <summary>Number of parameters: the elements of all tensors.</summary>
    public long ParameterCount => Tensors.Sum(t => t.ElementCount);

    /// <summary>Bytes of all tensors.</summary>
    public long TensorBytes => Tensors.Sum(t => t.ByteCount);

    /// <summary>How many tensors there are of each element type, the commonest first.</summary>
    public IReadOnlyList<KeyValuePair<ElementType, int>> Types =>
        [.. Tensors.CountBy(t => t.Type).OrderByDescending(c => c.Value).ThenBy(c => c.Key)];

    /// <summary>Reads a file: its structure, its hash, and the checksums that its format has.</summary>
    /// <exception cref="CheckpointException">It is missing, damaged, hostile, or no checkpoint.</exception>
    public static CheckpointInfo Read(string path, CancellationToken cancellation = default)
    {
        using var checkpoint = Checkpoint.Open(path);
        foreach (var entry in checkpoint.Tensors.Values)
        {
            cancellation.ThrowIfCancellationRequested();
            checkpoint.Verify(entry);
        }
        using var file = FileBytes.Open(path);
        return new CheckpointInfo(
            path, checkpoint.Format, checkpoint.IsCompressed, file.Length, Hash(file, cancellation),
            CheckpointIdentity.Describe(checkpoint), [.. checkpoint.Tensors.Values], checkpoint.Metadata);
    }

    private static string Hash(FileBytes file, CancellationToken cancellation)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        for (long offset = 0; offset < file.Length;)
        {
            cancellation.ThrowIfCancellationRequested();
            long count = Math.Min(file.Length - offset, FileBytes.WindowLength);
            using var window = file.Map(offset, count);
            hash.AppendData(window.Span);
            offset += count;
        }
        return Convert.ToHexStringLower(hash.GetHashAndReset());
    }
}

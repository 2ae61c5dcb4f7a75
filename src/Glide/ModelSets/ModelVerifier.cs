using Glide.Checkpoints;

namespace Glide.ModelSets;

/// <summary>Checks the files of a set: structure, checksums, whether they are the right networks, hash.</summary>
/// <param name="set">The set.</param>
/// <param name="fits">Throws where a file does not have the names and shapes of a network of the set.</param>
/// <param name="accepts">Whether files that fit and have changed are recorded as they are now.</param>
internal sealed class ModelVerifier(ModelSet set, Action<string, Checkpoint> fits, bool accepts = false)
{
    /// <summary>Reads and checks the files of networks.</summary>
    /// <param name="only">Names of the networks; <c>null</c> takes all networks.</param>
    /// <param name="progress">Called before each file is read; may be <c>null</c>.</param>
    /// <param name="cancellation">Stops.</param>
    /// <exception cref="UsageException">The set has no such network.</exception>
    public IReadOnlyList<VerifiedFile> Verify(IReadOnlyCollection<string>? only = null,
        IProgress<string>? progress = null, CancellationToken cancellation = default)
    {
        var found = new List<VerifiedFile>();
        foreach (string network in only ?? [.. set.Networks.Keys])
        {
            var entry = set.Network(network);
            string? preferred = set.FindWeights(network);
            string? published = set.Find(entry.Weights);
            foreach (string path in new[] { published, preferred }.OfType<string>().Distinct())
            {
                progress?.Report(path);
                found.Add(CheckWeights(network, entry.Weights, path, path == published, cancellation));
            }

            if (preferred is null)
                found.Add(Missing(network, entry.Weights));

            foreach (var file in entry.Files().Skip(1))
            {
                found.Add(set.Find(file) is { } path
                    ? CheckFile(network, file, path, cancellation)
                    : Missing(network, file));
            }
        }

        return found;
    }

    private static VerifiedFile Missing(string network, ModelFile file) => new(
        network, file.File, null, FileCondition.Missing, file.Url is null
            ? "missing, and nobody publishes it"
            : "not downloaded")
    {
        Bytes = file.Bytes,
    };

    private VerifiedFile CheckWeights(string network, ModelFile file, string path, bool isPublished,
        CancellationToken cancellation)
    {
        string name = Path.GetFileName(path);
        long bytes = new FileInfo(path).Length;
        try
        {
            var info = CheckpointInfo.Read(path, check: checkpoint => fits(network, checkpoint),
                cancellation: cancellation);
            return isPublished
                ? Accepted(CheckHash(network, file, path, bytes, info.Sha256))
                : new VerifiedFile(network, name, path, FileCondition.Good, "converted; fits the network")
                {
                    Bytes = bytes,
                    Sha256 = info.Sha256
                };
        }
        catch (CheckpointException error)
        {
            return new VerifiedFile(network, name, path, FileCondition.Damaged, error.Message) { Bytes = bytes };
        }
    }

    private VerifiedFile Accepted(VerifiedFile file)
    {
        if (!accepts || file is not { Condition: FileCondition.Changed, Path: { } path, Sha256: { } hash })
            return file;
        FileRecords.Write(path, hash, FileRecords.Read(path)?.Url, accepted: true);
        return FileRecords.Read(path) is { Accepted: true } record && record.Sha256 == hash
            ? file with { Condition = FileCondition.Good, Detail = $"accepted; SHA-256 {hash} is recorded" }
            : throw new UsageException(
                $"'{path}' cannot be accepted; {FileRecords.PathFor(path)} cannot be written; mend its permissions");
    }

    private static VerifiedFile CheckFile(string network, ModelFile file, string path, CancellationToken cancellation)
    {
        long bytes = new FileInfo(path).Length;
        try
        {
            var found = CheckHash(network, file, path, bytes, FileRecords.Compute(path, cancellation));
            // Nothing else says whether such a file is a good one.
            return found.Condition == FileCondition.Changed ? found with { Condition = FileCondition.Damaged } : found;
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            return new VerifiedFile(network, file.File, path, FileCondition.Damaged, error.Message) { Bytes = bytes };
        }
    }

    private static VerifiedFile CheckHash(string network, ModelFile file, string path, long bytes, string hash)
    {
        var record = FileRecords.Read(path);
        string? known = FileRecords.KnownHash(file, path);
        string origin = known == record?.Sha256 && file.Sha256 != known
            ? Path.GetFileName(FileRecords.PathFor(path))
            : ModelSet.FileName;
        var (condition, detail) = known is null
            ? (FileCondition.Good, "readable; no hash was known, this one is recorded")
            : known == hash
                ? (FileCondition.Good, $"SHA-256 as in {origin}")
                : (FileCondition.Changed, $"changed since it was recorded; SHA-256 is {hash}, {origin} says {known}");
        if (known is null)
            FileRecords.Write(path, hash, url: null);
        return new VerifiedFile(network, file.File, path, condition, detail) { Bytes = bytes, Sha256 = hash };
    }
}

/// <summary>A file of a set and the result of its check.</summary>
/// <param name="Network">The network that needs it.</param>
/// <param name="File">Name of the file.</param>
/// <param name="Path">Full path; <c>null</c> if the file is missing.</param>
/// <param name="Condition">Result of the check.</param>
/// <param name="Detail">Reason, for display.</param>
internal sealed record VerifiedFile(string Network, string File, string? Path, FileCondition Condition, string Detail)
{
    /// <summary>Size in bytes; of a missing file, the expected size if it is known.</summary>
    public long? Bytes { get; init; }

    /// <summary>SHA-256 in lower-case hex; <c>null</c> if the file is missing or unreadable.</summary>
    public string? Sha256 { get; init; }
}

/// <summary>Result of a check.</summary>
internal enum FileCondition
{
    Missing,

    Good,

    /// <summary>The file would load, but it is not the one that is known.</summary>
    Changed,

    /// <summary>The file exists and failed a check.</summary>
    Damaged,
}

namespace Glide.ModelStore;

/// <summary>A file of a model set, as <c>model.json</c> describes it.</summary>
public sealed record ModelFile
{
    /// <summary>The plain file name inside the set's folder.</summary>
    public required string File { get; init; }

    /// <summary>Where the file is published; <c>null</c> when it ships with the set.</summary>
    public Uri? Url { get; init; }

    /// <summary>Size in bytes; <c>null</c> where the publisher states none.</summary>
    public long? Bytes { get; init; }

    /// <summary>SHA-256 in lower-case hex; <c>null</c> where none is known beforehand.</summary>
    public string? Sha256 { get; init; }
}

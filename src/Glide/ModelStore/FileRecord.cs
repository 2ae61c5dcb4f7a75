namespace Glide.ModelStore;

/// <summary>What was true of a file when it was downloaded or hashed last; kept beside it as <c>NAME.record.json</c>.</summary>
internal sealed record FileRecord
{
    public required string Sha256 { get; init; }

    public required long Bytes { get; init; }

    /// <summary>Last write of the file in ticks (UTC): with the size, tells whether the hash is still the file's.</summary>
    public required long Modified { get; init; }

    /// <summary>Where the file came from; <c>null</c> when it was only hashed here.</summary>
    public string? Url { get; init; }
}

namespace Glide.ModelStore;

/// <summary>What a partial download is a part of; kept beside it, so that a later run can go on with it.</summary>
internal sealed record PartialRecord
{
    public required string Url { get; init; }

    /// <summary>The strong ETag, quotes included; only with one can a download be resumed.</summary>
    public required string ETag { get; init; }

    /// <summary>Size of the whole file; <c>null</c> if the server did not say.</summary>
    public long? Bytes { get; init; }
}

namespace Glide.ModelStore;

/// <summary>What to download and from where.</summary>
public sealed record DownloadOptions
{
    /// <summary>Names of the networks; <c>null</c> takes all of the set.</summary>
    public IReadOnlyCollection<string>? Only { get; init; }

    /// <summary>A folder, or the URL of one, that holds the files under their plain names; <c>null</c> goes to the publisher.</summary>
    /// <remarks>Plain http is allowed here, because it is asked for, and to this machine; anywhere else only https.</remarks>
    public string? From { get; init; }

    /// <summary>Use no network: files that are missing are an error.</summary>
    public bool Offline { get; init; }
}

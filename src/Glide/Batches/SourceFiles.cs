namespace Glide.Batches;

/// <summary>What a row paints into, as the row says it and as the files were.</summary>
public sealed record SourceFiles
{
    /// <summary>The picture's file, as the row names it.</summary>
    public required string Image { get; init; }

    /// <summary>SHA-256 of that file, lower-case hex.</summary>
    public required string ImageSha256 { get; init; }

    /// <summary>The mask's file, as the row names it; <c>null</c> where the row says otherwise what is painted.</summary>
    public string? Mask { get; init; }

    /// <summary>SHA-256 of that file.</summary>
    public string? MaskSha256 { get; init; }

    /// <summary>What else the row says about the painted part: <c>rect</c>, <c>extend</c>, <c>window</c>, <c>invert-mask</c>.</summary>
    public IReadOnlyDictionary<string, string>? Part { get; init; }
}

namespace Glide.ModelStore;

/// <summary>A file of a set and what a check found.</summary>
/// <param name="Network">The network that needs it.</param>
/// <param name="File">Plain name of the file.</param>
/// <param name="Path">Where it lies; <c>null</c> if it is missing.</param>
/// <param name="Condition">What it was found to be.</param>
/// <param name="Detail">Why, in words.</param>
/// <param name="Bytes">Its size, if it is there.</param>
/// <param name="Sha256">Its hash, if it is there and can be read.</param>
public sealed record VerifiedFile(string Network, string File, string? Path, FileCondition Condition, string Detail, long? Bytes, string? Sha256);

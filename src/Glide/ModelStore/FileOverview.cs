namespace Glide.ModelStore;

/// <summary>A network of a set and its file.</summary>
/// <param name="Network">Name of the network.</param>
/// <param name="File">Plain name of the file that a run would load, or that would be downloaded.</param>
/// <param name="Path">Where it lies; <c>null</c> if it is missing.</param>
/// <param name="Bytes">Its size, or the size that it will have; <c>null</c> if nobody says.</param>
/// <param name="Url">Where it is published; <c>null</c> if it comes with the set.</param>
public sealed record FileOverview(string Network, string File, string? Path, long? Bytes, Uri? Url);

namespace Glide.ModelStore;

/// <summary>How far the download of a file has come.</summary>
/// <param name="File">Plain name of the file.</param>
/// <param name="Received">Bytes that are on disk, those of earlier runs included.</param>
/// <param name="Total">Size of the file; <c>null</c> if nobody said.</param>
/// <param name="Notice">Something worth a line, such as a lost connection, else <c>null</c>.</param>
public sealed record DownloadProgress(string File, long Received, long? Total, string? Notice = null);

namespace Glide.ModelStore;

/// <summary>A file of a set that is in its place.</summary>
/// <param name="File">Plain name of the file.</param>
/// <param name="Path">Where it lies.</param>
/// <param name="Bytes">Its size.</param>
/// <param name="Sha256">Its hash in lower-case hex.</param>
/// <param name="WasThere">Whether it had been there before.</param>
public sealed record DownloadedFile(string File, string Path, long Bytes, string Sha256, bool WasThere);

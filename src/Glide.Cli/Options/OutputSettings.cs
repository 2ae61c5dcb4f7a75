namespace Glide.Cli.Options;

/// <summary>Values of <see cref="OutputOptions"/>.</summary>
/// <param name="Path">File or folder; <c>null</c> for the current folder.</param>
/// <param name="Overwrite">Whether an existing file of that name is replaced.</param>
/// <param name="Json">Whether stdout gets JSON.</param>
/// <param name="Quiet">Whether stderr gets only warnings and errors.</param>
/// <param name="Verbose">Whether stderr gets details.</param>
internal sealed record OutputSettings(string? Path, bool Overwrite, bool Json, bool Quiet, bool Verbose);

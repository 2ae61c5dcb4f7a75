namespace Glide.Pipelines.Playing;

/// <summary>The line that <c>--json</c> prints for a latent.</summary>
internal sealed record LatentLine(string Path, string Prompt, int Size, double Seconds, LatentRecord Settings);

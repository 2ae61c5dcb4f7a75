namespace Glide.Pipelines;

/// <summary>A line of <c>--json</c>.</summary>
internal sealed record PictureLine(string Path, string Prompt, long Seed, int Width, int Height, double Seconds, PictureRecord Settings);

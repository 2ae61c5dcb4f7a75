using Glide.Imaging;

namespace Glide.Pipelines.Playing;

/// <summary>One end of an interpolation.</summary>
/// <param name="Image">The picture, of any size.</param>
/// <param name="Prompt">What it shows.</param>
public sealed record PathEnd(RgbImage Image, string Prompt);

using Glide.Imaging;

namespace Glide.Pipelines.Editing;

/// <summary>A picture of which a part is known, at any size.</summary>
/// <param name="Image">The picture.</param>
/// <param name="Mask">What of it stays; as large as the picture.</param>
public sealed record KnownPicture(RgbImage Image, KnownMask Mask);

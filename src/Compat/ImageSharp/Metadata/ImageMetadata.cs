using SixLabors.ImageSharp.Formats.Png;

namespace SixLabors.ImageSharp.Metadata;

/// <summary>What a file says beside its pixels.</summary>
public sealed class ImageMetadata
{
    /// <summary>EXIF orientation 1 to 8; 1 where the file says nothing sensible.</summary>
    internal ushort Orientation { get; set; } = 1;

    internal PngMetadata Png { get; } = new();
}

using SixLabors.ImageSharp.Formats.Png;
using SixLabors.ImageSharp.Metadata;

namespace SixLabors.ImageSharp;

/// <summary>The part of the metadata that belongs to one format.</summary>
public static partial class MetadataExtensions
{
    public static PngMetadata GetPngMetadata(this ImageMetadata source)
    {
        ArgumentNullException.ThrowIfNull(source);
        return source.Png;
    }
}

using SixLabors.ImageSharp.Formats.Png.Chunks;

namespace SixLabors.ImageSharp.Formats.Png;

/// <summary>What a PNG says beside its pixels.</summary>
public class PngMetadata
{
    public PngBitDepth? BitDepth { get; set; }

    public PngColorType? ColorType { get; set; }

    /// <summary>The texts in the file's order.</summary>
    public IList<PngTextData> TextData { get; set; } = new List<PngTextData>();
}

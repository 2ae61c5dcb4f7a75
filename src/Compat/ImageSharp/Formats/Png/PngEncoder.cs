namespace SixLabors.ImageSharp.Formats.Png;

/// <summary>How a PNG is written.</summary>
public class PngEncoder
{
    /// <summary>The stand-in takes <see cref="PngBitDepth.Bit8"/> or null.</summary>
    public PngBitDepth? BitDepth { get; init; }

    /// <summary>The stand-in takes the pixels' own kind or null.</summary>
    public PngColorType? ColorType { get; init; }

    public PngCompressionLevel CompressionLevel { get; init; } = PngCompressionLevel.DefaultCompression;

    /// <summary>Texts of at least this many characters are compressed.</summary>
    public int TextCompressionThreshold { get; init; } = 1024;

    /// <summary>Leaves out the texts.</summary>
    public bool SkipMetadata { get; init; }
}

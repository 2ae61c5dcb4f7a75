using SixLabors.ImageSharp.Formats.Png;
using SixLabors.ImageSharp.Interop;

namespace SixLabors.ImageSharp;

/// <summary>Writes pictures.</summary>
public static partial class ImageExtensions
{
    public static void SaveAsPng(this Image source, string path, PngEncoder encoder)
    {
        using var stream = File.Create(path);
        source.SaveAsPng(stream, encoder);
    }

    public static void SaveAsPng(this Image source, Stream stream, PngEncoder encoder)
    {
        ArgumentNullException.ThrowIfNull(source);
        ArgumentNullException.ThrowIfNull(stream);
        ArgumentNullException.ThrowIfNull(encoder);
        PictureWriter.SavePng(source, stream, encoder);
    }
}

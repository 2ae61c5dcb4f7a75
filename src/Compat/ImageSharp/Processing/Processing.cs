using SixLabors.ImageSharp.PixelFormats;

namespace SixLabors.ImageSharp.Processing;

/// <summary>A picture that is being changed.</summary>
public interface IImageProcessingContext
{
    Size GetCurrentSize();
}

/// <summary>Changes pictures in place.</summary>
public static partial class ProcessingExtensions
{
    public static void Mutate<TPixel>(this Image<TPixel> source, Action<IImageProcessingContext> operation)
        where TPixel : unmanaged, IPixel<TPixel>
    {
        ArgumentNullException.ThrowIfNull(source);
        ArgumentNullException.ThrowIfNull(operation);
        operation(new Context(source));
    }

    internal sealed class Context(Image image) : IImageProcessingContext
    {
        public Image Image { get; } = image;

        public Size GetCurrentSize() => Image.Size;
    }
}

/// <summary>EXIF orientation.</summary>
public static class AutoOrientExtensions
{
    /// <summary>Turns the picture upright, as its EXIF orientation says; a picture without one stays as it is.</summary>
    public static IImageProcessingContext AutoOrient(this IImageProcessingContext source)
    {
        ArgumentNullException.ThrowIfNull(source);
        ((ProcessingExtensions.Context)source).Image.Upright();
        return source;
    }
}

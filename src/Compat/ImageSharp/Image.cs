using System.Runtime.InteropServices;
using SixLabors.ImageSharp.Formats;
using SixLabors.ImageSharp.Interop;
using SixLabors.ImageSharp.Metadata;
using SixLabors.ImageSharp.PixelFormats;

namespace SixLabors.ImageSharp;

/// <summary>A picture in memory.</summary>
/// <remarks>Stand-in for SixLabors.ImageSharp 3.1, over libpng and libjpeg-turbo; only what Glide uses.</remarks>
public abstract class Image : IDisposable
{
    private protected Image(ImageMetadata metadata, int width, int height)
    {
        Metadata = metadata;
        Size = new Size(width, height);
    }

    public int Width => Size.Width;

    public int Height => Size.Height;

    public Size Size { get; private protected set; }

    public ImageMetadata Metadata { get; }

    internal abstract int ChannelCount { get; }

    public static ImageInfo Identify(string path) => Identify(new DecoderOptions(), path);

    public static ImageInfo Identify(DecoderOptions options, string path)
    {
        using var stream = File.OpenRead(path);
        return Identify(options, stream);
    }

    public static ImageInfo Identify(Stream stream) => Identify(new DecoderOptions(), stream);

    public static ImageInfo Identify(DecoderOptions options, Stream stream)
    {
        ArgumentNullException.ThrowIfNull(options);
        using var reader = new PictureReader(stream, skipPixels: !options.SkipMetadata);
        return reader.Identify(options.SkipMetadata);
    }

    public static ImageInfo Identify(ReadOnlySpan<byte> buffer)
    {
        using var stream = new MemoryStream(buffer.ToArray(), writable: false);
        return Identify(stream);
    }

    public static Image<TPixel> Load<TPixel>(string path)
        where TPixel : unmanaged, IPixel<TPixel> => Load<TPixel>(new DecoderOptions(), path);

    public static Image<TPixel> Load<TPixel>(DecoderOptions options, string path)
        where TPixel : unmanaged, IPixel<TPixel>
    {
        using var stream = File.OpenRead(path);
        return Load<TPixel>(options, stream);
    }

    public static Image<TPixel> Load<TPixel>(Stream stream)
        where TPixel : unmanaged, IPixel<TPixel> => Load<TPixel>(new DecoderOptions(), stream);

    public static Image<TPixel> Load<TPixel>(DecoderOptions options, Stream stream)
        where TPixel : unmanaged, IPixel<TPixel>
    {
        ArgumentNullException.ThrowIfNull(options);
        using var reader = new PictureReader(stream, skipPixels: false);
        return reader.Load<TPixel>(options.SkipMetadata);
    }

    public static Image<TPixel> Load<TPixel>(ReadOnlySpan<byte> data)
        where TPixel : unmanaged, IPixel<TPixel>
    {
        using var stream = new MemoryStream(data.ToArray(), writable: false);
        return Load<TPixel>(stream);
    }

    public static Image<TPixel> LoadPixelData<TPixel>(ReadOnlySpan<byte> data, int width, int height)
        where TPixel : unmanaged, IPixel<TPixel> => LoadPixelData(MemoryMarshal.Cast<byte, TPixel>(data), width, height);

    public static Image<TPixel> LoadPixelData<TPixel>(ReadOnlySpan<TPixel> data, int width, int height)
        where TPixel : unmanaged, IPixel<TPixel>
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(width);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(height);
        int count = checked(width * height);
        ArgumentOutOfRangeException.ThrowIfLessThan(data.Length, count, nameof(data));
        return new Image<TPixel>(new ImageMetadata(), data[..count].ToArray(), width, height);
    }

    public void Dispose()
    {
        Dispose(disposing: true);
        GC.SuppressFinalize(this);
    }

    internal abstract ReadOnlySpan<byte> PixelBytes();

    /// <summary>Turns and mirrors the pixels so that they stand upright, see <see cref="ImageMetadata.Orientation"/>.</summary>
    internal abstract void Upright();

    protected abstract void Dispose(bool disposing);
}

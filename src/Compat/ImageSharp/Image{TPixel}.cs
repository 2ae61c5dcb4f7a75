using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using SixLabors.ImageSharp.Metadata;
using SixLabors.ImageSharp.PixelFormats;

namespace SixLabors.ImageSharp;

/// <summary>A picture whose pixels are all of one type.</summary>
public sealed class Image<TPixel> : Image
    where TPixel : unmanaged, IPixel<TPixel>
{
    private TPixel[]? _pixels;

    public Image(int width, int height)
        : this(new ImageMetadata(), new TPixel[checked(width * height)], width, height)
    {
    }

    internal Image(ImageMetadata metadata, TPixel[] pixels, int width, int height)
        : base(metadata, width, height)
    {
        _pixels = pixels;
    }

    internal override int ChannelCount => Unsafe.SizeOf<TPixel>();

    private TPixel[] Pixels => _pixels ?? throw new ObjectDisposedException(GetType().Name);

    public TPixel this[int x, int y]
    {
        get => Pixels[Index(x, y)];
        set => Pixels[Index(x, y)] = value;
    }

    public void ProcessPixelRows(PixelAccessorAction<TPixel> processPixels)
    {
        ArgumentNullException.ThrowIfNull(processPixels);
        processPixels(new PixelAccessor<TPixel>(Pixels, Width, Height));
    }

    public void CopyPixelDataTo(Span<TPixel> destination) => Pixels.CopyTo(destination);

    public void CopyPixelDataTo(Span<byte> destination) => PixelBytes().CopyTo(destination);

    internal override ReadOnlySpan<byte> PixelBytes() => MemoryMarshal.AsBytes<TPixel>(Pixels);

    internal override void Upright()
    {
        ushort orientation = Metadata.Orientation;
        if (orientation is < 2 or > 8)
            return;
        var source = Pixels;
        int width = Width, height = Height;
        bool turned = orientation >= 5;
        int newWidth = turned ? height : width;
        int newHeight = turned ? width : height;
        var target = new TPixel[source.Length];
        for (int y = 0; y < newHeight; y++)
            for (int x = 0; x < newWidth; x++)
            {
                // Which stored row and column the upright pixel comes from; EXIF 2.3, tag 0x0112.
                var (row, column) = orientation switch
                {
                    2 => (y, width - 1 - x),
                    3 => (height - 1 - y, width - 1 - x),
                    4 => (height - 1 - y, x),
                    5 => (x, y),
                    6 => (height - 1 - x, y),
                    7 => (height - 1 - x, width - 1 - y),
                    _ => (x, width - 1 - y),
                };
                target[(y * newWidth) + x] = source[(row * width) + column];
            }

        _pixels = target;
        Size = new Size(newWidth, newHeight);
        Metadata.Orientation = 1;
    }

    protected override void Dispose(bool disposing) => _pixels = null;

    private int Index(int x, int y)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(x);
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(x, Width);
        ArgumentOutOfRangeException.ThrowIfNegative(y);
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(y, Height);
        return (y * Width) + x;
    }
}

using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Text;
using SixLabors.ImageSharp.Formats;
using SixLabors.ImageSharp.Formats.Png;
using SixLabors.ImageSharp.Formats.Png.Chunks;
using SixLabors.ImageSharp.Memory;
using SixLabors.ImageSharp.Metadata;
using SixLabors.ImageSharp.PixelFormats;

namespace SixLabors.ImageSharp.Interop;

/// <summary>A PNG or JPEG that is being read from a stream.</summary>
internal sealed unsafe class PictureReader : IDisposable
{
    private const int MessageSize = 256;

    private readonly StreamBridge _bridge;
    private readonly NativeMethods.Header _header;
    private IntPtr _picture;

    /// <param name="stream">Stands at the first byte.</param>
    /// <param name="skipPixels">Reads what stands behind the pixels in their place.</param>
    public PictureReader(Stream stream, bool skipPixels)
    {
        _bridge = new StreamBridge(stream);
        try
        {
            byte* message = stackalloc byte[MessageSize];
            int status = NativeMethods.Open(
                StreamBridge.Reader, _bridge.Handle, skipPixels ? 1 : 0, out _picture, message, MessageSize);
            ThrowIfFailed(status, message);
            NativeMethods.GetHeader(_picture, out _header);
            if (_header.Width > int.MaxValue || _header.Height > int.MaxValue)
                throw new InvalidImageContentException($"{_header.Width}×{_header.Height} pixels cannot be read");
        }
        catch
        {
            Dispose();
            throw;
        }
    }

    public ImageInfo Identify(bool skipMetadata) => new(
        new PixelTypeInfo(_header.BitsPerPixel), new Size((int)_header.Width, (int)_header.Height), Metadata(skipMetadata));

    public Image<TPixel> Load<TPixel>(bool skipMetadata)
        where TPixel : unmanaged, IPixel<TPixel>
    {
        if (typeof(TPixel) != typeof(Rgb24) && typeof(TPixel) != typeof(Rgba32))
            throw new NotSupportedException($"The stand-in reads Rgb24 and Rgba32, not {typeof(TPixel).Name}.");
        long count = (long)_header.Width * _header.Height;
        if (count > Array.MaxLength)
            throw new InvalidImageContentException($"{_header.Width}×{_header.Height} pixels do not fit into memory");
        var pixels = GC.AllocateUninitializedArray<TPixel>((int)count);
        byte* message = stackalloc byte[MessageSize];
        int status;
        fixed (TPixel* start = pixels)
            status = NativeMethods.ReadPixels(_picture, (byte*)start, Unsafe.SizeOf<TPixel>(), message, MessageSize);
        ThrowIfFailed(status, message);
        return new Image<TPixel>(Metadata(skipMetadata), pixels, (int)_header.Width, (int)_header.Height);
    }

    public void Dispose()
    {
        NativeMethods.Close(_picture);
        _picture = IntPtr.Zero;
        _bridge.Dispose();
    }

    private ImageMetadata Metadata(bool skip)
    {
        var metadata = new ImageMetadata();
        if (_header.Format == NativeMethods.FormatPng)
        {
            metadata.Png.BitDepth = (PngBitDepth)_header.BitDepth;
            metadata.Png.ColorType = (PngColorType)_header.PngColorType;
        }

        if (skip)
            return metadata;
        byte* exif = NativeMethods.GetExif(_picture, out long length);
        if (exif is not null)
            metadata.Orientation = ExifBlock.Orientation(new ReadOnlySpan<byte>(exif, (int)length));
        int count = NativeMethods.GetTextCount(_picture);
        for (int i = 0; i < count; i++)
        {
            NativeMethods.GetText(_picture, i, out var text);
            var encoding = text.International != 0 ? Encoding.UTF8 : Encoding.Latin1;
            string keyword = Encoding.Latin1.GetString(MemoryMarshal.CreateReadOnlySpanFromNullTerminated(text.Keyword));
            if (string.IsNullOrWhiteSpace(keyword))
                continue;
            metadata.Png.TextData.Add(new PngTextData(
                keyword,
                encoding.GetString(text.Value, checked((int)text.Length)),
                Encoding.Latin1.GetString(MemoryMarshal.CreateReadOnlySpanFromNullTerminated(text.Language)),
                Encoding.UTF8.GetString(MemoryMarshal.CreateReadOnlySpanFromNullTerminated(text.Translated))));
        }

        return metadata;
    }

    private void ThrowIfFailed(int status, byte* message)
    {
        if (status == NativeMethods.Done)
            return;
        _bridge.ThrowIfFailed();
        string text = Encoding.UTF8.GetString(MemoryMarshal.CreateReadOnlySpanFromNullTerminated(message));
        throw status switch
        {
            NativeMethods.UnknownFormat => new UnknownImageFormatException("Image cannot be loaded: " + text),
            NativeMethods.NoMemory => new InvalidMemoryOperationException(text),
            _ => new InvalidImageContentException(text),
        };
    }
}

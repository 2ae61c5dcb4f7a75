// 47 49 46 38 39 61  20 00 20 00  00 FF 00          "GIF89a", 32×32, no global colors
// 21 FF 0B "NETSCAPE2.0" 03 01 00 00 00             repeat forever
// 21 F9 04 04 0A 00 00 00                           for each image: stays until the next one, 10 hundredths of a second
// 2C 00 00 00 00 20 00 20 00 87 ...                 at (0, 0), 32×32, own colors: 2^(7+1) of them; the pixels
// 3B                                                end
using SixLabors.ImageSharp;
using SixLabors.ImageSharp.Formats.Gif;
using SixLabors.ImageSharp.PixelFormats;
using SixLabors.ImageSharp.Processing.Processors.Quantization;

namespace Glide.Images;

/// <summary>Writes animated GIFs that repeat forever; each image has its own 256 colors.</summary>
/// <remarks>
/// ImageSharp's encoder needs the whole animation in memory, which may be a gigabyte. So each image becomes a GIF of
/// its own, and the contents after their headers are joined.
/// </remarks>
internal static class GifWriter
{
    // Signature, size, and the description of the global color table, which is absent.
    private const int HeaderLength = 13;
    private const int TrailerLength = 1;

    private static readonly GifEncoder s_encoder =
        new() { ColorTableMode = GifColorTableMode.Local, Quantizer = ColorPalette.Quantizer };

    private static readonly byte[] s_repeatForEver = [0x21, 0xFF, 0x0B, .. "NETSCAPE2.0"u8, 3, 1, 0, 0, 0];

    /// <summary>Writes an animation, atomically like <see cref="ImageFile.SavePng"/>.</summary>
    /// <param name="path">The file; an existing one is replaced.</param>
    /// <param name="frames">At least one, all of one size; enumerated once and not kept.</param>
    /// <param name="delay">Time between images, in steps of 10 ms; browsers slow down animations with less than 20
    /// ms.</param>
    /// <param name="lastDelay">Time from the last image to the first; null for <paramref name="delay"/>.</param>
    /// <exception cref="ArgumentException">The images differ in size, or a side is longer than 65535.</exception>
    /// <exception cref="ResourceException">The disk is full or the folder is not writable.</exception>
    public static void Save(string path, IEnumerable<RgbImage> frames, TimeSpan delay, TimeSpan? lastDelay = null) =>
        AtomicFile.Write(path, Writing(frames, delay, lastDelay));

    /// <summary>Writes an animation unless the file exists.</summary>
    /// <returns>False if <paramref name="path"/> exists.</returns>
    public static bool TrySaveNew(
        string path, IEnumerable<RgbImage> frames, TimeSpan delay, TimeSpan? lastDelay = null) =>
        AtomicFile.TryWriteNew(path, Writing(frames, delay, lastDelay));

    private static Action<Stream> Writing(IEnumerable<RgbImage> frames, TimeSpan delay, TimeSpan? lastDelay)
    {
        ArgumentNullException.ThrowIfNull(frames);
        int hundredths = Hundredths(delay), lastHundredths = Hundredths(lastDelay ?? delay);
        return stream =>
        {
            using var frame = frames.GetEnumerator();
            ArgumentOutOfRangeException.ThrowIfEqual(frame.MoveNext(), false, nameof(frames));
            var current = frame.Current;
            int width = current.Width, height = current.Height;
            if (Math.Max(width, height) > ushort.MaxValue)
                throw new ArgumentException($"A GIF's sides have at most {ushort.MaxValue} pixels.", nameof(frames));
            bool isLast = !frame.MoveNext();
            var gif = Encode(current, isLast ? lastHundredths : hundredths);
            stream.Write(gif[..HeaderLength]);
            stream.Write(s_repeatForEver);
            while (!isLast)
            {
                stream.Write(gif[HeaderLength..^TrailerLength]);
                current = frame.Current;
                if (current.Width != width || current.Height != height)
                    throw new ArgumentException("An animation's images are all of one size.", nameof(frames));
                // The delay of an image depends on whether another one follows.
                isLast = !frame.MoveNext();
                gif = Encode(current, isLast ? lastHundredths : hundredths);
            }

            stream.Write(gif[HeaderLength..]);
        };
    }

    private static int Hundredths(TimeSpan delay)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(delay, TimeSpan.Zero);
        return (int)Math.Min(Math.Round(delay.TotalMilliseconds / 10, MidpointRounding.ToEven), ushort.MaxValue);
    }

    // A complete GIF of one image.
    private static ReadOnlySpan<byte> Encode(RgbImage frame, int hundredths)
    {
        using var image = Image.WrapMemory<Rgb24>(frame.Pixels, frame.Width, frame.Height);
        var metadata = image.Frames.RootFrame.Metadata.GetGifMetadata();
        metadata.FrameDelay = hundredths;
        metadata.DisposalMethod = GifDisposalMethod.NotDispose;
        using var stream = new MemoryStream();
        image.SaveAsGif(stream, s_encoder);
        return stream.GetBuffer().AsSpan(0, (int)stream.Length);
    }
}

/// <summary>A palette of at most 256 colors for an image.</summary>
/// <param name="Colors">R, G, B of each color.</param>
/// <param name="Indexes">Palette index of each pixel.</param>
internal sealed record ColorPalette(byte[] Colors, byte[] Indexes)
{
    /// <summary>Chooses the colors (Wu 1991).</summary>
    /// <remarks>
    /// Without dithering, which would flicker from one image of an animation to the next. Up to 256 colors that differ
    /// in the upper five bits of a channel are kept.
    /// </remarks>
    public static IQuantizer Quantizer { get; } = new WuQuantizer(new QuantizerOptions { Dither = null });

    public int Count => Colors.Length / 3;

    /// <summary>Chooses the colors of an image and maps each pixel to the nearest one.</summary>
    public static ColorPalette Of(RgbImage image)
    {
        ArgumentNullException.ThrowIfNull(image);
        using var wrapped = Image.WrapMemory<Rgb24>(image.Pixels, image.Width, image.Height);
        using var quantizer = Quantizer.CreatePixelSpecificQuantizer<Rgb24>(Configuration.Default);
        using var indexed = quantizer.BuildPaletteAndQuantizeFrame(wrapped.Frames.RootFrame, wrapped.Bounds());
        var indexes = new byte[image.Width * image.Height];
        for (int y = 0; y < image.Height; y++)
            indexed.DangerousGetRowSpan(y).CopyTo(indexes.AsSpan(y * image.Width));
        byte[] colors = [.. indexed.Palette.ToArray().SelectMany(color => new[] { color.R, color.G, color.B })];
        return new ColorPalette(colors, indexes);
    }
}

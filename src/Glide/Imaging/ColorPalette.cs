using SixLabors.ImageSharp;
using SixLabors.ImageSharp.PixelFormats;
using SixLabors.ImageSharp.Processing.Processors.Quantization;

namespace Glide.Imaging;

/// <summary>At most 256 colours that stand for all of an image's.</summary>
/// <param name="Colors">R, G, B of each colour.</param>
/// <param name="Indexes">A colour's number for each pixel.</param>
internal sealed record ColorPalette(byte[] Colors, byte[] Indexes)
{
    /// <summary>Chooses the colours (Wu 1991).</summary>
    /// <remarks>
    /// Without dithering, which would flicker from one image of an animation to the next. Up to 256 colours that differ
    /// in the upper five bits of a channel are kept.
    /// </remarks>
    public static IQuantizer Quantizer { get; } = new WuQuantizer(new QuantizerOptions { Dither = null });

    /// <summary>How many colours there are.</summary>
    public int Count => Colors.Length / 3;

    /// <summary>Chooses the colours of an image and gives each pixel the nearest one.</summary>
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

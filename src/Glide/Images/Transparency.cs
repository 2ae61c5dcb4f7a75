namespace Glide.Images;

/// <summary>Transparency of images that pass through networks, which know colors only.</summary>
internal static class Transparency
{
    private const byte White = byte.MaxValue;

    /// <summary>The image on white ground; the image itself where all is opaque.</summary>
    public static RgbImage OnWhite(RgbImage image, byte[]? alpha)
    {
        if (alpha is null)
            return image;
        var flat = new RgbImage(image.Width, image.Height);
        for (int i = 0; i < flat.Pixels.Length; i++)
        {
            int opacity = alpha[i / 3];
            flat.Pixels[i] = (byte)(((image.Pixels[i] * opacity) + (White * (White - opacity)) + (White / 2)) / White);
        }
        return flat;
    }

    /// <summary>
    /// The image with colors under wholly transparent pixels taken from the visible ones around them. What a drawing
    /// program leaves there, mostly black, would become a dark fringe where colors are blended.
    /// </summary>
    /// <param name="image">The colors; not changed.</param>
    /// <param name="alpha">Opacity, one byte a pixel; <c>null</c> where all is opaque.</param>
    public static RgbImage FillHidden(RgbImage image, byte[]? alpha)
    {
        if (alpha is null || !alpha.AsSpan().Contains((byte)0) || !alpha.AsSpan().ContainsAnyExcept((byte)0))
            return image;
        var coarse = ColorLevel.HalfOf(image, alpha);
        coarse.Fill();
        var filled = new RgbImage(image.Width, image.Height, [.. image.Pixels]);
        for (int i = 0; i < alpha.Length; i++)
        {
            if (alpha[i] == 0)
                coarse.CopyColor(i % image.Width / 2, i / image.Width / 2, filled.Pixels.AsSpan(3 * i, 3));
        }
        return filled;
    }

    /// <summary>Opacity at another size; <c>null</c> stays <c>null</c>.</summary>
    public static byte[]? Scaled(byte[]? alpha, RgbImage image, int width, int height) =>
        alpha is null ? null : Resizing.BicubicGray(alpha, image.Width, image.Height, width, height);

    /// <summary>Opacity after painting: what is painted becomes opaque, what is kept stays as it was.</summary>
    public static byte[]? AfterPainting(byte[]? alpha, KnownMask mask)
    {
        byte[]? after = alpha is null ? null : new byte[alpha.Length];
        for (int i = 0; i < after?.Length; i++)
            after[i] = After(alpha![i], mask.PaintAt(i % mask.Width, i / mask.Width));
        return after;
    }

    /// <summary>The same of one pixel: a layer of opacity <paramref name="paint"/> over it.</summary>
    public static byte After(byte opacity, byte paint) =>
        (byte)(opacity + (((paint * (byte.MaxValue - opacity)) + (byte.MaxValue / 2)) / byte.MaxValue));

    /// <summary>Sums of colors times opacity, and of opacities, over squares of 2, 4, 8, ... pixels.</summary>
    private sealed class ColorLevel(int width, int height)
    {
        // Red, green, blue, opacity.
        private const int Sums = 4;

        private readonly float[] _sums = new float[(long)Sums * width * height];

        public static ColorLevel HalfOf(RgbImage image, byte[] alpha)
        {
            var half = new ColorLevel((image.Width + 1) / 2, (image.Height + 1) / 2);
            for (int i = 0; i < alpha.Length; i++)
            {
                var pixel = image.Pixels.AsSpan(3 * i, 3);
                var sums = half.At(i % image.Width / 2, i / image.Width / 2);
                for (int c = 0; c < 3; c++)
                    sums[c] += pixel[c] * alpha[i];
                sums[3] += alpha[i];
            }
            return half;
        }

        /// <summary>Gives every part without visible pixels the color of the larger part that it lies in.</summary>
        public void Fill()
        {
            if ((width == 1 && height == 1) || !HasGaps())
                return;
            var half = new ColorLevel((width + 1) / 2, (height + 1) / 2);
            for (int y = 0; y < height; y++)
            {
                for (int x = 0; x < width; x++)
                {
                    var sums = At(x, y);
                    var target = half.At(x / 2, y / 2);
                    for (int c = 0; c < Sums; c++)
                        target[c] += sums[c];
                }
            }
            half.Fill();
            for (int y = 0; y < height; y++)
            {
                for (int x = 0; x < width; x++)
                {
                    if (At(x, y)[3] == 0)
                        half.At(x / 2, y / 2).CopyTo(At(x, y));
                }
            }
        }

        public void CopyColor(int x, int y, Span<byte> pixel)
        {
            var sums = At(x, y);
            for (int c = 0; c < pixel.Length; c++)
                pixel[c] = (byte)Math.Round(sums[c] / sums[3]);
        }

        private Span<float> At(int x, int y) => _sums.AsSpan(Sums * ((y * width) + x), Sums);

        private bool HasGaps()
        {
            for (int i = 3; i < _sums.Length; i += Sums)
            {
                if (_sums[i] == 0)
                    return true;
            }
            return false;
        }
    }
}

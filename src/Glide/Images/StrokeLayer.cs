namespace Glide.Images;

/// <summary>Tells strokes on a transparent layer from an image of which a part was erased.</summary>
internal static class StrokeLayer
{
    // Less opaque pixels are the soft edges of either.
    private const byte Opaque = 128;

    // A brush has one color, give or take what blending at its edges leaves.
    private const int MostSpread = 32;

    // How far a pixel may be from the image and still be a copy, as after a JPEG or scaling, and how many must be so.
    private const int MostDifference = 24;
    private const double LeastCopies = 0.75;

    /// <summary>
    /// Whether the opaque part is strokes: less than half of the file, and of one color or not the image's.
    /// </summary>
    /// <param name="colors">The file's colors.</param>
    /// <param name="alpha">Its opacity.</param>
    /// <param name="image">The image that it is a mask of, at any size; <c>null</c> if that is not known.</param>
    public static bool Is(RgbImage colors, byte[] alpha, RgbImage? image)
    {
        byte[] least = [255, 255, 255], most = [0, 0, 0];
        int opaque = 0, copies = 0;
        for (int i = 0; i < alpha.Length; i++)
        {
            if (alpha[i] < Opaque)
                continue;
            var pixel = colors.Pixels.AsSpan(3 * i, 3);
            for (int c = 0; c < 3; c++)
                (least[c], most[c]) = (Math.Min(least[c], pixel[c]), Math.Max(most[c], pixel[c]));
            opaque++;
            if (image is not null && IsCopy(pixel, image, i % colors.Width * image.Width / colors.Width,
                i / colors.Width * image.Height / colors.Height))
            {
                copies++;
            }
        }
        if (2 * opaque >= alpha.Length || !alpha.AsSpan().ContainsAnyExcept((byte)0))
            return false;
        bool isOneColor = Enumerable.Range(0, 3).All(c => most[c] - least[c] <= MostSpread);
        return isOneColor || (image is not null && copies < LeastCopies * opaque);
    }

    private static bool IsCopy(ReadOnlySpan<byte> pixel, RgbImage image, int x, int y)
    {
        var original = image.Row(y).Slice(3 * x, 3);
        return Math.Abs(pixel[0] - original[0]) <= MostDifference && Math.Abs(pixel[1] - original[1]) <= MostDifference
            && Math.Abs(pixel[2] - original[2]) <= MostDifference;
    }
}

using System.Globalization;
using Glide.Images;

namespace Glide.Editing;

/// <summary>
/// Puts a painted part back into its image: outside the mask no byte changes, inside it the seam is soft, and soft
/// parts of the mask are blends.
/// </summary>
internal static class SeamPaste
{
    // The seam is this part of the window's side wide: half a pixel of a network of 64.
    private const int SeamParts = 128;

    /// <summary>The image with the painted part.</summary>
    /// <param name="image">The image; not changed.</param>
    /// <param name="mask">What of it stays.</param>
    /// <param name="window">Where the painted square belongs.</param>
    /// <param name="painted">The square, at the model's size.</param>
    /// <param name="alpha">The image's opacity: colors under transparency are not blended; <c>null</c> for
    /// opaque.</param>
    public static RgbImage Paste(RgbImage image, KnownMask mask, EditWindow window, RgbImage painted,
        byte[]? alpha = null)
    {
        var scaled = Resizing.Bicubic(painted, window.Size, window.Size);
        var distances = Distances(mask, window);
        int deepest = distances.Where(distance => distance < int.MaxValue).DefaultIfEmpty(1).Max();
        // A thin stroke would be all seam.
        double seam = Math.Clamp(window.Size / SeamParts, 1, Math.Max(1, deepest / 2));
        var result = new RgbImage(image.Width, image.Height, [.. image.Pixels]);
        for (int y = Math.Max(0, window.Y); y < Math.Min(image.Height, window.Y + window.Size); y++)
        {
            var target = result.Row(y);
            var source = scaled.Row(y - window.Y);
            for (int x = Math.Max(0, window.X); x < Math.Min(image.Width, window.X + window.Size); x++)
            {
                if (mask[x, y])
                    continue;
                int column = x - window.X;
                byte paint = mask.PaintAt(x, y);
                double share = Math.Min((double)paint / byte.MaxValue,
                    distances[((y - window.Y) * window.Size) + column] / (seam + 1));
                if (alpha?[(y * image.Width) + x] is < byte.MaxValue and var opacity)
                    share = 1 - ((1 - share) * opacity / Transparency.After(opacity, paint));
                for (int c = 0; c < 3; c++)
                {
                    double old = target[(3 * x) + c];
                    target[(3 * x) + c] = (byte)Math.Round(old + (share * (source[(3 * column) + c] - old)),
                        MidpointRounding.ToEven);
                }
            }
        }
        return result;
    }

    // Steps (also diagonal ones) from each pixel of the window to the nearest known pixel of the image; what lies
    // beyond the image is no reason for a seam.
    private static int[] Distances(KnownMask mask, EditWindow window)
    {
        int size = window.Size;
        var distances = new int[size * size];
        for (int y = 0; y < size; y++)
        {
            for (int x = 0; x < size; x++)
                distances[(y * size) + x] = IsKnown(mask, window.X + x, window.Y + y) ? 0 : int.MaxValue;
        }
        for (int y = 0; y < size; y++)
        {
            for (int x = 0; x < size; x++)
                Relax(distances, size, x, y, -1);
        }
        for (int y = size - 1; y >= 0; y--)
        {
            for (int x = size - 1; x >= 0; x--)
                Relax(distances, size, x, y, 1);
        }
        return distances;
    }

    private static void Relax(int[] distances, int size, int x, int y, int direction)
    {
        int nearest = distances[(y * size) + x];
        Look(x + direction, y);
        for (int dx = -1; dx <= 1; dx++)
            Look(x + dx, y + direction);
        distances[(y * size) + x] = nearest;

        void Look(int nextX, int nextY)
        {
            if (nextX >= 0 && nextY >= 0 && nextX < size && nextY < size
                && distances[(nextY * size) + nextX] is < int.MaxValue and var next)
            {
                nearest = Math.Min(nearest, next + 1);
            }
        }
    }

    private static bool IsKnown(KnownMask mask, int x, int y) => x >= 0 && y >= 0 && x < mask.Width && y < mask.Height
        && mask[x, y];
}

/// <summary>How much a canvas grows on each side; what is new is painted.</summary>
/// <param name="Left">Columns on the left.</param>
/// <param name="Top">Rows above.</param>
/// <param name="Right">Columns on the right.</param>
/// <param name="Bottom">Rows below.</param>
internal sealed record Borders(int Left, int Top, int Right, int Bottom)
{
    /// <summary>Reads <c>left=64,right=64</c>: each side at most once, at least one.</summary>
    /// <returns><c>null</c> for anything else.</returns>
    public static Borders? TryParse(string text)
    {
        var sides = new Dictionary<string, int>();
        foreach (string part in text.Split(','))
        {
            string[] pair = part.Split('=');
            if (pair is not [var side, var value] || side.Trim() is not ("left" or "top" or "right" or "bottom") ||
                !int.TryParse(value, NumberStyles.None, CultureInfo.InvariantCulture, out int pixels) || pixels < 1
                    || !sides.TryAdd(side.Trim(), pixels))
            {
                return null;
            }
        }
        return new Borders(sides.GetValueOrDefault("left"), sides.GetValueOrDefault("top"),
            sides.GetValueOrDefault("right"), sides.GetValueOrDefault("bottom"));
    }

    /// <summary>The image on its larger canvas; the new border repeats the image's edge until it is painted.</summary>
    /// <exception cref="UsageException">The canvas would have more pixels than an image may.</exception>
    public (RgbImage Canvas, KnownMask Mask) Grow(RgbImage image)
    {
        long width = (long)image.Width + Left + Right, height = (long)image.Height + Top + Bottom;
        if (width > ImageFile.MostPixels || height > ImageFile.MostPixels || width * height > ImageFile.MostPixels)
        {
            throw new UsageException(
                $"the canvas would become too large; --extend makes {width}×{height} pixels of "
                    + $"{image.Width}×{image.Height}; "
                + $"allowed are {ImageFile.MostPixels / 1_000_000} megapixels; grow it by less");
        }
        var canvas = Cropping.WithEdges(image, -Left, -Top, (int)width, (int)height);
        var known = new bool[width * height];
        for (int y = Top; y < Top + image.Height; y++)
            known.AsSpan((int)((y * width) + Left), image.Width).Fill(true);
        return (canvas, new KnownMask((int)width, (int)height, known));
    }

    /// <summary>The opacity of the larger canvas, which repeats the edges too.</summary>
    /// <param name="alpha">Opacity of the image; <c>null</c> where all is opaque.</param>
    /// <param name="image">The image before it grew.</param>
    public byte[]? Grow(byte[]? alpha, RgbImage image)
    {
        if (alpha is null)
            return null;
        int width = image.Width + Left + Right, height = image.Height + Top + Bottom;
        var grown = new byte[width * height];
        for (int i = 0; i < grown.Length; i++)
        {
            int x = Math.Clamp((i % width) - Left, 0, image.Width - 1);
            grown[i] = alpha[(Math.Clamp((i / width) - Top, 0, image.Height - 1) * image.Width) + x];
        }
        return grown;
    }
}

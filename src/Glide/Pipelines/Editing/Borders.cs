using System.Globalization;
using Glide.Imaging;

namespace Glide.Pipelines.Editing;

/// <summary>How much a canvas grows on each side; what is new is painted.</summary>
/// <param name="Left">Columns on the left.</param>
/// <param name="Top">Rows above.</param>
/// <param name="Right">Columns on the right.</param>
/// <param name="Bottom">Rows below.</param>
public sealed record Borders(int Left, int Top, int Right, int Bottom)
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
                !int.TryParse(value, NumberStyles.None, CultureInfo.InvariantCulture, out int pixels) || pixels < 1 || !sides.TryAdd(side.Trim(), pixels))
                return null;
        }
        return new Borders(sides.GetValueOrDefault("left"), sides.GetValueOrDefault("top"), sides.GetValueOrDefault("right"), sides.GetValueOrDefault("bottom"));
    }

    /// <summary>The picture on its larger canvas; the new border repeats the picture's edge until it is painted.</summary>
    /// <exception cref="UsageException">The canvas would have more pixels than a picture may.</exception>
    public (RgbImage Canvas, KnownMask Mask) Grow(RgbImage image)
    {
        long width = (long)image.Width + Left + Right, height = (long)image.Height + Top + Bottom;
        if (width > ImageFile.MostPixels || height > ImageFile.MostPixels || width * height > ImageFile.MostPixels)
        {
            throw new UsageException(
                $"the canvas would become too large; --extend makes {width}×{height} pixels of {image.Width}×{image.Height}; "
                + $"allowed are {ImageFile.MostPixels / 1_000_000} megapixels; grow it by less");
        }
        var canvas = Cropping.WithEdges(image, -Left, -Top, (int)width, (int)height);
        var known = new bool[width * height];
        for (int y = Top; y < Top + image.Height; y++)
            known.AsSpan((int)((y * width) + Left), image.Width).Fill(true);
        return (canvas, new KnownMask((int)width, (int)height, known));
    }
}

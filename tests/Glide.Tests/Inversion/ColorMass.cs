using Glide.Images;

namespace Glide.Tests.Inversion;

/// <summary>What an image of one shape on a light ground shows: which color, and where.</summary>
internal static class ColorMass
{
    // The ground is a light gray; colors of shapes are further from any gray than its noise.
    private const int LeastSpread = 60;

    private static readonly (string Name, int Red, int Green, int Blue)[] s_colors =
    [
        ("red", 220, 40, 40), ("orange", 245, 140, 30), ("yellow", 240, 215, 50), ("green", 50, 160, 70),
            ("cyan", 60, 200, 210),
        ("blue", 45, 85, 205), ("purple", 130, 60, 175), ("pink", 245, 130, 180), ("brown", 130, 85, 45),
    ];

    /// <summary>
    /// The share of a color in all colored pixels; the nearest of the colors that the models know counts.
    /// </summary>
    public static double Share(RgbImage image, string color)
    {
        var colored = Colored(image).ToList();
        return colored.Count == 0 ? 0 : (double)colored.Count(at =>
            Nearest(image.Pixels.AsSpan(3 * at, 3)) == color) / colored.Count;
    }

    /// <summary>The middle of all colored pixels.</summary>
    public static (double X, double Y) Centroid(RgbImage image)
    {
        var colored = Colored(image).ToList();
        return (colored.Average(at => at % image.Width), colored.Average(at => at / image.Width));
    }

    private static IEnumerable<int> Colored(RgbImage image) =>
        Enumerable.Range(0, image.Width * image.Height).Where(at =>
        {
            var pixel = image.Pixels.AsSpan(3 * at, 3);
            return Math.Max(pixel[0], Math.Max(pixel[1], pixel[2]))
                - Math.Min(pixel[0], Math.Min(pixel[1], pixel[2])) > LeastSpread;
        });

    private static string Nearest(ReadOnlySpan<byte> pixel)
    {
        int red = pixel[0], green = pixel[1], blue = pixel[2];
        return s_colors.MinBy(color =>
            ((color.Red - red) * (color.Red - red)) + ((color.Green - green) * (color.Green - green))
                + ((color.Blue - blue) * (color.Blue - blue))).Name;
    }
}

using Glide.Images;

namespace Glide.Tests.Inversion;

/// <summary>What an image of one shape on a light ground shows: which colour, and where.</summary>
internal static class ColourMass
{
    // The ground is a light gray; colours of shapes are further from any gray than its noise.
    private const int LeastSpread = 60;

    private static readonly (string Name, int Red, int Green, int Blue)[] s_colours =
    [
        ("red", 220, 40, 40), ("orange", 245, 140, 30), ("yellow", 240, 215, 50), ("green", 50, 160, 70),
            ("cyan", 60, 200, 210),
        ("blue", 45, 85, 205), ("purple", 130, 60, 175), ("pink", 245, 130, 180), ("brown", 130, 85, 45),
    ];

    /// <summary>
    /// The share of a colour in all coloured pixels; the nearest of the colours that the models know counts.
    /// </summary>
    public static double Share(RgbImage image, string colour)
    {
        var coloured = Coloured(image).ToList();
        return coloured.Count == 0 ? 0 : (double)coloured.Count(at =>
            Nearest(image.Pixels.AsSpan(3 * at, 3)) == colour) / coloured.Count;
    }

    /// <summary>The middle of all coloured pixels.</summary>
    public static (double X, double Y) Centroid(RgbImage image)
    {
        var coloured = Coloured(image).ToList();
        return (coloured.Average(at => at % image.Width), coloured.Average(at => at / image.Width));
    }

    private static IEnumerable<int> Coloured(RgbImage image) =>
        Enumerable.Range(0, image.Width * image.Height).Where(at =>
        {
            var pixel = image.Pixels.AsSpan(3 * at, 3);
            return Math.Max(pixel[0], Math.Max(pixel[1], pixel[2]))
                - Math.Min(pixel[0], Math.Min(pixel[1], pixel[2])) > LeastSpread;
        });

    private static string Nearest(ReadOnlySpan<byte> pixel)
    {
        int red = pixel[0], green = pixel[1], blue = pixel[2];
        return s_colours.MinBy(colour =>
            ((colour.Red - red) * (colour.Red - red)) + ((colour.Green - green) * (colour.Green - green))
                + ((colour.Blue - blue) * (colour.Blue - blue))).Name;
    }
}

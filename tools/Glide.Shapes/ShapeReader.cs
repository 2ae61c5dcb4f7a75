using Glide.Images;

namespace Glide.Shapes;

/// <summary>
/// Reads colors and shapes off an image by the drawn template that comes nearest; knows nothing of CLIP.
/// </summary>
/// <remarks>
/// Each template is fitted as ground + cover · (color − ground), a straight line a channel, by least squares.
/// </remarks>
internal static class ShapeReader
{
    // In parts of the side: what the drawn images vary by, and a little more.
    private static readonly double[] s_radii = [0.13, 0.16, 0.19, 0.22, 0.26, 0.3, 0.34, 0.38, 0.42];
    private static readonly double[] s_shifts = [-0.06, -0.03, 0, 0.03, 0.06];

    // Two shapes are small.
    private const double LargestOfTwo = 0.22;

    /// <summary>Whether every shape of the prompt is there, in its color and its place.</summary>
    /// <param name="image"><see cref="ShapeImage.Side"/> pixels square.</param>
    /// <param name="prompt">What it should show.</param>
    public static bool Shows(RgbImage image, ShapePrompt prompt) =>
        prompt.Shapes.All(wanted => Read(image, wanted.X, wanted.Y) == (wanted.Color, wanted.Shape));

    /// <summary>
    /// How clean an image is: what the nearest drawn shapes leave of it unexplained, root mean square in levels of 255.
    /// </summary>
    /// <param name="image"><see cref="ShapeImage.Side"/> pixels square.</param>
    /// <param name="prompt">Says where shapes are; of what color and form they are is no matter.</param>
    public static double Residual(RgbImage image, ShapePrompt prompt) =>
        Math.Sqrt(prompt.Shapes.Average(wanted => Nearest(image, wanted.X, wanted.Y).MeanSquare));

    /// <summary>
    /// Color and shape of what lies around a place; off the middle, only that half of the image is looked at.
    /// </summary>
    public static (string Color, string Shape) Read(RgbImage image, double x, double y)
    {
        var (color, shape, _) = Nearest(image, x, y);
        return (color, shape);
    }

    private static (string Color, string Shape, double MeanSquare) Nearest(RgbImage image, double x, double y)
    {
        int[] pixels = [.. Enumerable.Range(0, ShapeImage.Side * ShapeImage.Side)
            .Where(pixel => IsBeside(pixel, x, y))];
        double[][] channels = [.. Enumerable.Range(0, 3)
            .Select(channel => pixels.Select(pixel => (double)image.Pixels[3 * pixel + channel]).ToArray())];
        var best = (Error: double.PositiveInfinity, Color: "", Shape: "");
        foreach (string shape in ShapeImage.Shapes)
        {
            foreach (double radius in s_radii.Where(radius => (x, y) == (0, 0) || radius <= LargestOfTwo))
            {
                foreach (double shiftX in s_shifts)
                {
                    foreach (double shiftY in s_shifts)
                    {
                        const int side = ShapeImage.Side;
                        float[] whole = ShapeImage.Cover(shape, radius * side, (0.5 + x + shiftX) * side,
                            (0.5 + y + shiftY) * side);
                        double[] cover = [.. pixels.Select(pixel => (double)whole[pixel])];
                        var lines = channels.Select(channel => Fit(cover, channel)).ToArray();
                        double error = lines.Sum(line => line.Error);
                        if (error < best.Error)
                        {
                            best = (error, ShapeImage.NearestColor(lines[0].AtOne, lines[1].AtOne, lines[2].AtOne),
                                shape);
                        }
                    }
                }
            }
        }
        return (best.Color, best.Shape, best.Error / (3 * pixels.Length));
    }

    private static bool IsBeside(int pixel, double x, double y)
    {
        double right = pixel % ShapeImage.Side + 0.5 - ShapeImage.Side / 2.0, down = pixel / ShapeImage.Side + 0.5
            - ShapeImage.Side / 2.0;
        return right * x >= 0 && down * y >= 0;
    }

    // The value of the line at cover 1, and the sum of the squares that it leaves.
    private static (double AtOne, double Error) Fit(double[] cover, double[] values)
    {
        double meanCover = cover.Average(), meanValue = values.Average();
        double coverSquares = 0, valueSquares = 0, products = 0;
        for (int i = 0; i < cover.Length; i++)
        {
            double c = cover[i] - meanCover, v = values[i] - meanValue;
            coverSquares += c * c;
            valueSquares += v * v;
            products += c * v;
        }
        double slope = products / coverSquares;
        return (meanValue + slope * (1 - meanCover), valueSquares - slope * products);
    }
}

using static TorchSharp.torch;

namespace Glide.Training;

/// <summary>
/// Random masks for inpainting networks: rectangles, brush strokes, everything or nothing erased. Nichol et al. 2021,
/// section 4.3 (GLIDE), erases random regions; shapes follow what users paint.
/// </summary>
internal static class ErasedRegions
{
    // Shares of the images; the rest has strokes.
    private const double Everything = 0.3, Nothing = 0.05, Rectangles = 0.35;

    private const int MostRegions = 4;

    /// <summary>Masks with 1 for known pixels and 0 for erased ones.</summary>
    /// <param name="count">N.</param>
    /// <param name="height">H.</param>
    /// <param name="width">W.</param>
    /// <param name="random">Source of the shapes.</param>
    /// <returns>[N, 1, H, W] float32 on the CPU.</returns>
    public static Tensor Draw(int count, int height, int width, StepRandom random)
    {
        var known = new float[count * height * width];
        for (int image = 0; image < count; image++)
        {
            var canvas = new Canvas(known.AsMemory(image * height * width, height * width), width, height);
            double kind = random.Unit();
            if (kind < Everything)
                continue;
            canvas.Known.Span.Fill(1);
            if (kind < Everything + Nothing)
                continue;
            int regions = random.Whole(1, MostRegions);
            for (int region = 0; region < regions; region++)
            {
                if (kind < Everything + Nothing + Rectangles)
                    EraseRectangle(canvas, random);
                else
                    EraseStroke(canvas, random);
            }
        }
        return tensor(known, [count, 1, height, width]);
    }

    private static void EraseRectangle(Canvas canvas, StepRandom random)
    {
        int width = random.Whole(Math.Max(1, canvas.Width / 8), Math.Max(1, canvas.Width * 3 / 4));
        int height = random.Whole(Math.Max(1, canvas.Height / 8), Math.Max(1, canvas.Height * 3 / 4));
        int left = random.Whole(0, canvas.Width - width), top = random.Whole(0, canvas.Height - height);
        for (int y = top; y < top + height; y++)
            canvas.Known.Span.Slice((y * canvas.Width) + left, width).Clear();
    }

    // A round brush that turns a little with each step.
    private static void EraseStroke(Canvas canvas, StepRandom random)
    {
        int side = Math.Min(canvas.Width, canvas.Height);
        double radius = Math.Max(1, random.Between(side / 24.0, side / 6.0));
        double x = random.Between(0, canvas.Width), y = random.Between(0, canvas.Height);
        double angle = random.Between(0, 2 * Math.PI);
        int steps = (int)(random.Between(side / 4.0, side * 1.5) / radius) + 1;
        for (int step = 0; step < steps; step++)
        {
            EraseDisk(canvas, x, y, radius);
            angle += random.Between(-0.6, 0.6);
            x = Math.Clamp(x + (radius * Math.Cos(angle)), 0, canvas.Width);
            y = Math.Clamp(y + (radius * Math.Sin(angle)), 0, canvas.Height);
        }
    }

    private static void EraseDisk(Canvas canvas, double centerX, double centerY, double radius)
    {
        int top = Math.Max(0, (int)(centerY - radius)), bottom = Math.Min(canvas.Height - 1, (int)(centerY + radius));
        int left = Math.Max(0, (int)(centerX - radius)), right = Math.Min(canvas.Width - 1, (int)(centerX + radius));
        for (int y = top; y <= bottom; y++)
        {
            for (int x = left; x <= right; x++)
            {
                double dx = x + 0.5 - centerX, dy = y + 0.5 - centerY;
                if ((dx * dx) + (dy * dy) <= radius * radius)
                    canvas.Known.Span[(y * canvas.Width) + x] = 0;
            }
        }
    }

    private sealed record Canvas(Memory<float> Known, int Width, int Height);
}

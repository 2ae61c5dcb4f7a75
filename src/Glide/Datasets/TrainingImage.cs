using Glide.Images;

namespace Glide.Datasets;

/// <summary>Turns images of any size into the squares that a network is trained on.</summary>
internal static class TrainingImage
{
    /// <summary>The longer side over the shorter one; of a longer image a square shows next to nothing.</summary>
    public const int LargestRatio = 16;

    // As ImageTensors maps them.
    private static readonly float[] s_values =
        [.. Enumerable.Range(0, 256).Select(value => ((float)value / 127.5f) - 1)];

    /// <summary>Scales an image so that its shorter side has a length, and keeps its ratio.</summary>
    /// <exception cref="DatasetException">It is too long and thin.</exception>
    public static RgbImage Scale(RgbImage image, int shorterSide)
    {
        int shorter = Math.Min(image.Width, image.Height), longer = Math.Max(image.Width, image.Height);
        if (longer > (long)LargestRatio * shorter)
        {
            throw new DatasetException(
                $"is too long and thin: {image.Width}×{image.Height} pixels; allowed is a longer side of at most "
                    + $"{LargestRatio} times the shorter one");
        }
        return Resizing.Bicubic(image, Scaled(image.Width), Scaled(image.Height));

        int Scaled(int side) => side == shorter
            ? shorterSide
            : (int)Math.Round((double)side * shorterSide / shorter, MidpointRounding.AwayFromZero);
    }

    /// <summary>Where a square lies in an image.</summary>
    /// <param name="image">A scaled image.</param>
    /// <param name="settings">Whether it is cut and flipped at random.</param>
    /// <param name="sample">The number of the sample in the run.</param>
    public static Square Place(RgbImage image, BatchSettings settings, long sample)
    {
        int size = settings.ImageSize, free = Math.Max(image.Width, image.Height) - size;
        int offset = settings.Crop
            ? CounterHash.Below(free + 1, settings.Seed, RandomUse.Crop, sample)
            : free / 2;
        bool isFlipped = settings.Flip && (CounterHash.Bits(settings.Seed, RandomUse.Flip, sample) & 1) == 1;
        return image.Width > image.Height
            ? new Square(offset, 0, size, isFlipped)
            : new Square(0, offset, size, isFlipped);
    }

    /// <summary>Copies a square of an image.</summary>
    /// <param name="image">The image.</param>
    /// <param name="square">The square.</param>
    /// <param name="target">Gets planes of red, green and blue, row by row, from −1 to 1.</param>
    public static void CopyTo(RgbImage image, Square square, Span<float> target)
    {
        int size = square.Size, plane = size * size;
        for (int y = 0; y < size; y++)
        {
            var row = image.Row(square.Y + y).Slice(3 * square.X, 3 * size);
            for (int x = 0; x < size; x++)
            {
                int at = (y * size) + (square.IsFlipped ? size - 1 - x : x);
                for (int c = 0; c < 3; c++)
                    target[(c * plane) + at] = s_values[row[(3 * x) + c]];
            }
        }
    }
}

/// <summary>A square part of an image.</summary>
/// <param name="X">Left column.</param>
/// <param name="Y">Top row.</param>
/// <param name="Size">Side in pixels.</param>
/// <param name="IsFlipped">Whether left and right are exchanged.</param>
internal readonly record struct Square(int X, int Y, int Size, bool IsFlipped);

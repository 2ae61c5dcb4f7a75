using System.Globalization;

namespace Glide.Images;

/// <summary>The square of an image that a network works on; it may reach beyond an image that is no square.</summary>
/// <param name="X">Left column; may be negative.</param>
/// <param name="Y">Top row; may be negative.</param>
/// <param name="Size">Side in pixels.</param>
internal sealed record EditWindow(int X, int Y, int Size)
{
    // How much of the window's side is image around the painted region, so that the network sees what it belongs to.
    private const double Context = 0.5;

    /// <summary>Reads <c>X,Y,S</c>; <c>null</c> for anything else.</summary>
    public static EditWindow? TryParse(string text) =>
        PixelRectangle.WholeNumbers(text, 3) is [var x, var y, > 0 and var size] ? new EditWindow(x, y, size) : null;

    /// <summary>A window around everything that is painted, with context, within the image as far as it fits.</summary>
    /// <param name="mask">The mask of the whole image; something is painted.</param>
    /// <param name="modelSize">Side of the network's images: a window is not smaller than that, so that nothing is
    /// enlarged without need.</param>
    public static EditWindow Around(KnownMask mask, int modelSize)
    {
        var (left, top, right, bottom) = PaintedBounds(mask);
        int region = Math.Max(right - left, bottom - top);
        int shorter = Math.Min(mask.Width, mask.Height);
        int size = Math.Max((int)Math.Ceiling(region * (1 + Context)), modelSize);
        size = Math.Max(Math.Min(size, shorter), region);
        return new EditWindow(Place(left, right, size, mask.Width), Place(top, bottom, size, mask.Height), size);
    }

    /// <summary>Refuses a window that does not suit a mask.</summary>
    /// <exception cref="UsageException">It leaves the image, or does not cover everything that is painted.</exception>
    public void Check(KnownMask mask)
    {
        if (!LiesIn(mask.Width, mask.Height))
        {
            throw new UsageException(
                $"the window {this} leaves the image of {mask.Width}×{mask.Height} pixels; allowed is X,Y,S inside "
                    + $"it; choose a smaller one or leave --window out");
        }
        if (!Covers(mask))
        {
            throw new UsageException(
                $"the window {this} does not cover everything that is painted; choose a larger one or leave --window "
                    + $"out");
        }
    }

    /// <summary>Whether every painted pixel lies inside.</summary>
    public bool Covers(KnownMask mask)
    {
        var (left, top, right, bottom) = PaintedBounds(mask);
        return left >= X && top >= Y && right <= X + Size && bottom <= Y + Size;
    }

    /// <summary>Whether it lies wholly inside an image.</summary>
    public bool LiesIn(int width, int height) => X >= 0 && Y >= 0 && X <= width - Size && Y <= height - Size;

    /// <summary><c>X,Y,S</c>.</summary>
    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"{X},{Y},{Size}");

    private static int Place(int first, int end, int size, int length)
    {
        if (size >= length)
            return (length - size) / 2;
        int centered = (int)((first + (long)end - size) / 2);
        return Math.Clamp(centered, 0, length - size);
    }

    private static (int Left, int Top, int Right, int Bottom) PaintedBounds(KnownMask mask)
    {
        int left = mask.Width, top = mask.Height, right = 0, bottom = 0;
        for (int y = 0; y < mask.Height; y++)
        {
            for (int x = 0; x < mask.Width; x++)
            {
                if (mask[x, y])
                    continue;
                left = Math.Min(left, x);
                right = Math.Max(right, x + 1);
                top = Math.Min(top, y);
                bottom = y + 1;
            }
        }
        return (left, top, right, bottom);
    }
}

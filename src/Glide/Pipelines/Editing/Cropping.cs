using Glide.Imaging;

namespace Glide.Pipelines.Editing;

/// <summary>Parts of pictures that may reach beyond them.</summary>
internal static class Cropping
{
    /// <summary>A rectangle of a picture; beyond the picture its nearest pixels are repeated.</summary>
    public static RgbImage WithEdges(RgbImage image, int x, int y, int width, int height)
    {
        var part = new RgbImage(width, height);
        for (int row = 0; row < height; row++)
        {
            var source = image.Row(Math.Clamp(y + row, 0, image.Height - 1));
            var target = part.Row(row);
            for (int column = 0; column < width; column++)
                source.Slice(3 * Math.Clamp(x + column, 0, image.Width - 1), 3).CopyTo(target[(3 * column)..]);
        }
        return part;
    }
}

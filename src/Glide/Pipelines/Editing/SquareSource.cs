using Glide.Imaging;

namespace Glide.Pipelines.Editing;

/// <summary>Pictures that are no squares, for networks that know squares only.</summary>
internal static class SquareSource
{
    /// <summary>The picture in the middle of a square; beyond it its edges are repeated.</summary>
    public static RgbImage Pad(RgbImage image)
    {
        int size = Math.Max(image.Width, image.Height);
        return Cropping.WithEdges(image, (image.Width - size) / 2, (image.Height - size) / 2, size, size);
    }

    /// <summary>Takes the padding off again, whatever size the square has become.</summary>
    public static RgbImage Unpad(RgbImage square, int width, int height)
    {
        int size = Math.Max(width, height);
        int newWidth = Math.Max(1, (int)Math.Round((double)square.Width * width / size, MidpointRounding.ToEven));
        int newHeight = Math.Max(1, (int)Math.Round((double)square.Height * height / size, MidpointRounding.ToEven));
        return square.Crop((square.Width - newWidth) / 2, (square.Height - newHeight) / 2, newWidth, newHeight);
    }
}

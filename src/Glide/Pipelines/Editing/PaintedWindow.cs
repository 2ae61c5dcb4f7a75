using Glide.Imaging;

namespace Glide.Pipelines.Editing;

/// <summary>A picture with a part to paint: what a network gets of it, and how the answer comes back into the picture.</summary>
/// <param name="Image">The picture.</param>
/// <param name="Mask">What of it stays; as large as the picture.</param>
/// <param name="Window">The square that the network sees.</param>
internal sealed record PaintedWindow(RgbImage Image, KnownMask Mask, EditWindow Window)
{
    /// <summary>The square with its mask.</summary>
    public KnownPicture ToKnown() => new(Cropping.WithEdges(Image, Window.X, Window.Y, Window.Size, Window.Size), Mask.Crop(Window));

    /// <summary>The picture with the painted part; all else is as it was, byte for byte.</summary>
    /// <param name="painted">The network's square.</param>
    public RgbImage Paste(RgbImage painted) => SeamPaste.Paste(Image, Mask, Window, painted);

    /// <summary>The finished picture with its record; the network's square is <see cref="Picture.Raw"/>.</summary>
    /// <param name="painted">What the network made.</param>
    /// <param name="image">The picture with it pasted in.</param>
    /// <param name="edit">What it was made from.</param>
    public static Picture Finish(Picture painted, RgbImage image, EditRecord edit) => painted with
    {
        Image = image,
        Raw = painted.Image,
        Record = painted.Record with { Width = image.Width, Height = image.Height, Edit = edit },
    };
}

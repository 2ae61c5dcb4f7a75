using Glide.Images;
using Glide.Pipelines;

namespace Glide.Editing;

/// <summary>An image with a part to paint: what a network gets of it, and how the answer comes back into the image.</summary>
/// <param name="Image">The image.</param>
/// <param name="Mask">What of it stays; as large as the image.</param>
/// <param name="Window">The square that the network sees.</param>
internal sealed record PaintedWindow(RgbImage Image, KnownMask Mask, EditWindow Window)
{
    /// <summary>The square with its mask.</summary>
    public KnownImage ToKnown() => new(Cropping.WithEdges(Image, Window.X, Window.Y, Window.Size, Window.Size), Mask.Crop(Window));

    /// <summary>The image with the painted part; all else is as it was, byte for byte.</summary>
    /// <param name="painted">The network's square.</param>
    public RgbImage Paste(RgbImage painted) => SeamPaste.Paste(Image, Mask, Window, painted);

    /// <summary>The finished image with its record; the network's square is <see cref="GeneratedImage.Raw"/>.</summary>
    /// <param name="painted">What the network made.</param>
    /// <param name="image">The image with it pasted in.</param>
    /// <param name="edit">What it was made from.</param>
    public static GeneratedImage Finish(GeneratedImage painted, RgbImage image, EditRecord edit) => painted with
    {
        Image = image,
        Raw = painted.Image,
        Record = painted.Record with { Width = image.Width, Height = image.Height, Edit = edit },
    };
}

/// <summary>One edit of a chain: what is painted where.</summary>
/// <param name="Mask">What stays, at the image's size.</param>
/// <param name="Prompt">What is painted; <c>null</c> for the request's own prompt.</param>
public sealed record PaintStep(KnownMask Mask, string? Prompt = null);

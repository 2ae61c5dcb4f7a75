namespace Glide.Imaging;

/// <summary>The formats that pictures are read from.</summary>
internal enum PictureFormat
{
    Png,
    Jpeg,
}

/// <summary>A picture from a file, upright.</summary>
/// <param name="Image">The colours as stored; those of transparent pixels too.</param>
/// <param name="Alpha">Opacity, one byte a pixel, 255 = opaque; null where no pixel is transparent.</param>
/// <param name="Format">What the file is, whatever its name says.</param>
internal sealed record LoadedPicture(RgbImage Image, byte[]? Alpha, PictureFormat Format);

namespace Glide.Imaging;

/// <summary>Where the pixels of a checked PNG or JPEG are, and how they are shown.</summary>
/// <param name="Width">Columns as stored.</param>
/// <param name="Height">Rows as stored.</param>
/// <param name="Orientation">EXIF's number for how the stored pixels are turned, 1 to 8.</param>
/// <param name="Parts">
/// What the decoder needs, in the file's order. Colour profiles, texts, thumbnails and further frames are left out:
/// they are not used, and each is another way to keep a decoder busy.
/// </param>
internal sealed record ImageLayout(int Width, int Height, int Orientation, IReadOnlyList<FilePart> Parts);

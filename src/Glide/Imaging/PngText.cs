using SixLabors.ImageSharp;

namespace Glide.Imaging;

/// <summary>The texts that a PNG carries beside its pixels (tEXt, zTXt and iTXt chunks).</summary>
internal static class PngText
{
    /// <summary>Reads them in the file's order; a JPEG has none.</summary>
    /// <remarks>Texts of more than a megabyte are left out, and those whose chunk is damaged.</remarks>
    /// <exception cref="UsageException">There is no such file, or it is no PNG or JPEG.</exception>
    public static IReadOnlyList<KeyValuePair<string, string>> Read(string path) => ImageFile.Read(path, (stream, format) =>
    {
        if (format != PictureFormat.Png)
            return [];
        var texts = Image.Identify(stream).Metadata.GetPngMetadata().TextData;
        return texts.Select(text => KeyValuePair.Create(text.Keyword, text.Value)).ToList();
    });
}

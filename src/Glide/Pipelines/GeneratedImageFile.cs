using Glide.Images;

namespace Glide.Pipelines;

/// <summary>Writes images so that a file under its final name is always whole.</summary>
public static class GeneratedImageFile
{
    /// <summary>Makes a folder and tries a file in it, so that nothing is computed that could not be written.</summary>
    /// <exception cref="UsageException">The folder cannot be made or written.</exception>
    internal static void Probe(string folder)
    {
        try
        {
            Directory.CreateDirectory(folder);
            string probe = Path.Combine(folder, $".glide-{Guid.NewGuid():N}.tmp");
            using var file = new FileStream(probe, FileMode.CreateNew, FileAccess.Write, FileShare.None, 1,
                FileOptions.DeleteOnClose);
        }
        catch (Exception exception) when (exception is UnauthorizedAccessException or IOException)
        {
            string reason = exception switch
            {
                _ when File.Exists(folder) => "that is a file",
                UnauthorizedAccessException => "permission denied",
                FileNotFoundException or DirectoryNotFoundException => "no file can be made there",
                // The system's words, without the name of the file that was tried.
                _ => exception.Message.Split(" : '")[0].TrimEnd('.'),
            };
            throw new UsageException(
                $"images cannot be written to '{folder}'; {reason}; choose another folder with --output", exception);
        }
    }

    /// <summary>
    /// Writes an image with its record: as JPEG or lossless WebP where the name ends so, otherwise as PNG.
    /// </summary>
    /// <param name="path">The final name.</param>
    /// <param name="image">The image.</param>
    /// <param name="replace">Whether a file of that name is replaced.</param>
    /// <returns>Whether it was written; <c>false</c> when the name is taken.</returns>
    /// <exception cref="ResourceException">The disk is full.</exception>
    public static bool TryWrite(string path, GeneratedImage image, bool replace)
    {
        var content = new ImageContent(image.Image, image.Alpha, image.Record.ToTexts());
        var format = ImageNames.FormatOf(path) ?? ImageFormat.Png;
        if (!replace)
            return ImageFile.TrySaveNew(path, content, format);
        ImageFile.Save(path, content, format);
        return true;
    }

    /// <summary>
    /// Writes images of one size as an animated GIF, the last of them for a second; a file of that name is replaced.
    /// </summary>
    /// <exception cref="ResourceException">The disk is full.</exception>
    internal static void WriteAnimation(string path, IReadOnlyList<RgbImage> frames) =>
        GifWriter.Save(path, frames, TimeSpan.FromMilliseconds(100), lastDelay: TimeSpan.FromSeconds(1));

    /// <summary>How an image was made, as it says itself; <c>null</c> where it does not say.</summary>
    /// <exception cref="UsageException">There is no such file, or it is no image.</exception>
    public static ImageMetadata? ReadRecord(string path) => ImageMetadata.FromTexts(ImageFile.ReadTexts(path));

    /// <summary>The same for an image that is to be made again.</summary>
    /// <exception cref="UsageException">The file is missing, no image, or of a former version.</exception>
    internal static ImageMetadata? ReadRepeatableRecord(string path)
    {
        var texts = ImageFile.ReadTexts(path);
        var record = ImageMetadata.FromTexts(texts);
        return record is null || !ImageMetadata.HasFormerNoise(texts)
            ? record
            : throw new UsageException(
                $"'{path}' cannot be made again; it is of an older version, whose random numbers were ordered "
                + "differently; make a new image with the prompt, seed and settings that 'glide show' prints");
    }

    /// <summary>The pixels of an image.</summary>
    /// <exception cref="UsageException">There is no such file, or it is no image.</exception>
    internal static RgbImage ReadPixels(string path) => ImageFile.Load(path).Image;

    /// <summary>The pixels that a file of a format has of an image: those of a JPEG are others.</summary>
    internal static RgbImage AsStored(GeneratedImage image, ImageFormat format) =>
        format == ImageFormat.Jpeg ? ImageFile.AfterJpeg(image.Image, image.Alpha) : image.Image;

    /// <summary>Removes what this process has begun to write in a folder and not finished.</summary>
    internal static void RemoveUnfinished(string folder) => AtomicFile.RemoveUnfinished(folder);
}

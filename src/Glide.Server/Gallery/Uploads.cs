using System.Buffers.Text;
using System.Security.Cryptography;
using Glide.Images;
using Glide.Server.Jobs;

namespace Glide.Server.Gallery;

/// <summary>Images that clients send: kept under names that follow from their content.</summary>
/// <param name="folder">The folder of the server.</param>
internal sealed class Uploads(string folder)
{
    /// <summary>Name of the folder for them within the server's.</summary>
    public const string Folder = "uploads";

    private const string DataUrl = "data:";
    private const string Encoded = ";base64,";

    /// <summary>
    /// The request with its images as files: those that were sent are written, others must be in the folder.
    /// </summary>
    /// <param name="request">Images as data URLs, or names.</param>
    /// <param name="images">The images that can be named.</param>
    /// <exception cref="UsageException">There is no such image, or what was sent is none.</exception>
    public JobRequest Keep(JobRequest request, ImageIndex images)
    {
        foreach (string field in new[] { JobReader.Image, JobReader.Mask })
        {
            if (request.Fields.GetValueOrDefault(field) is { Length: > 0 } text)
                request = request.With(field, KeepOne(field, text, images));
        }
        return request;
    }

    /// <summary>Writes what a client sent.</summary>
    /// <param name="field">How messages call it.</param>
    /// <param name="content">The bytes of the file.</param>
    /// <returns>Its name, relative to the folder of the server.</returns>
    /// <exception cref="UsageException">It is no image that can be read.</exception>
    public string Keep(string field, byte[] content)
    {
        string extension = ImageSignature.Find(Start(content)) switch
        {
            ImageFormat.Png => ".png",
            ImageFormat.Jpeg => ".jpg",
            ImageFormat.Webp => ".webp",
            _ => throw new UsageException(
                $"{field} is {ImageSignature.Describe(Start(content))}; allowed are PNG, JPEG and lossless WebP "
                    + "images"),
        };
        string name = $"{Folder}/{Convert.ToHexStringLower(SHA256.HashData(content))[..32]}{extension}";
        string path = Path.Combine(folder, name);
        if (File.Exists(path))
            return name;
        Directory.CreateDirectory(Path.Combine(folder, Folder));
        AtomicFile.Write(path, stream => stream.Write(content));
        return name;
    }

    /// <summary>Writes a mask of gray levels, white where it paints.</summary>
    /// <param name="paint">One byte a pixel.</param>
    /// <param name="width">Columns.</param>
    /// <param name="height">Rows.</param>
    public string KeepMask(byte[] paint, int width, int height)
    {
        var gray = new RgbImage(width, height);
        for (int i = 0; i < paint.Length; i++)
            gray.Pixels.AsSpan(3 * i, 3).Fill(paint[i]);
        return Keep(JobReader.Mask, ImageFile.ToPng(gray));
    }

    /// <summary>Decodes base64, with or without the beginning of a data URL.</summary>
    /// <exception cref="UsageException">It is no base64.</exception>
    public static byte[] Decode(string field, string text)
    {
        int start = text.StartsWith(DataUrl, StringComparison.Ordinal)
            ? text.IndexOf(Encoded, StringComparison.Ordinal) + Encoded.Length
            : 0;
        if (start == Encoded.Length - 1 || !Base64.IsValid(text.AsSpan(start)))
            throw new UsageException($"{field} is not base64; allowed is an image's file as base64 or as a data URL");
        return Convert.FromBase64String(text[start..]);
    }

    private string KeepOne(string field, string text, ImageIndex images)
    {
        if (text.StartsWith(DataUrl, StringComparison.Ordinal))
            return Keep(field, Decode(field, text));
        return images.Find(text)?.Name ?? throw new UsageException(
            $"{field} names no image of this folder; found '{Shortened(text)}'; allowed is a name that /api/images "
                + "lists, or a data URL");
    }

    private static ReadOnlySpan<byte> Start(byte[] content) =>
        content.AsSpan(0, Math.Min(content.Length, ImageSignature.Length));

    private static string Shortened(string text) => text.Length <= 60 ? text : text[..60] + "…";
}

using System.Collections.Concurrent;
using Glide.Images;
using Glide.Pipelines;

namespace Glide.Server.Gallery;

/// <summary>The images of the server's folder, the newest first. Only what is listed here can be read.</summary>
/// <param name="folder">The folder; what lies in folders within it is not listed.</param>
internal sealed class ImageIndex(string folder)
{
    /// <summary>Where the images are found.</summary>
    public const string Root = "/api/images";

    // Colons separate drives and streams on Windows.
    private static readonly char[] s_separators = ['/', '\\', ':', '\0'];

    private readonly ConcurrentDictionary<string, ListedImage> _known = [];

    /// <summary>Where an image is found.</summary>
    public static string UrlOf(string name) => $"{Root}/{Uri.EscapeDataString(name)}";

    /// <summary>The images whose prompt, name or seed contains all words of a text.</summary>
    /// <param name="search">The words; empty for all images.</param>
    /// <param name="skip">How many of them are left out at the beginning.</param>
    /// <param name="count">How many are returned at most.</param>
    /// <returns>The images, and how many there are without the bounds.</returns>
    public (IReadOnlyList<ListedImage> Images, int Total) List(string search, int skip, int count)
    {
        string[] words = search.Split(' ', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);
        var files = Files().OrderByDescending(file => file.LastWriteTimeUtc).ThenBy(file => file.Name);
        // The text of a file that is not shown is read only to search in it.
        if (words.Length == 0)
        {
            var all = files.ToList();
            return ([.. all.Skip(skip).Take(count).Select(Describe)], all.Count);
        }
        var found = files.Select(Describe).Where(image => image.Matches(words)).ToList();
        return ([.. found.Skip(skip).Take(count)], found.Count);
    }

    /// <summary>The image of that name; <c>null</c> if the folder lists none.</summary>
    public ListedImage? Find(string name)
    {
        if (name.Length == 0 || name.IndexOfAny(s_separators) >= 0)
            return null;
        var file = new FileInfo(Path.Combine(folder, name));
        return file.Exists && file.DirectoryName == folder && IsListed(file) ? Describe(file) : null;
    }

    private IEnumerable<FileInfo> Files() => new DirectoryInfo(folder).EnumerateFiles().Where(IsListed);

    // A link may lead out of the folder.
    private static bool IsListed(FileInfo file) => ImageNames.FormatOf(file.Name) is not null && file.LinkTarget is null
        && !file.Name.StartsWith('.');

    private ListedImage Describe(FileInfo file)
    {
        if (_known.TryGetValue(file.Name, out var known) && known.Written == file.LastWriteTimeUtc
            && known.Length == file.Length)
        {
            return known;
        }
        var image = new ListedImage(
            file.Name, file.FullName, file.LastWriteTimeUtc, file.Length, Record(file.FullName));
        return _known[file.Name] = image;
    }

    private static ImageMetadata? Record(string path)
    {
        try
        {
            return GeneratedImageFile.ReadRecord(path);
        }
        // A file that somebody is writing, or that is no image, is listed without what it shows.
        catch (GlideException)
        {
            return null;
        }
    }
}

/// <summary>An image of the folder.</summary>
/// <param name="Name">Its file name.</param>
/// <param name="Path">Where it lies.</param>
/// <param name="Written">When it was written.</param>
/// <param name="Length">Bytes.</param>
/// <param name="Record">How it was made; <c>null</c> where it does not say.</param>
internal sealed record ListedImage(string Name, string Path, DateTime Written, long Length, ImageMetadata? Record)
{
    public string ContentType => ImageNames.FormatOf(Name) switch
    {
        ImageFormat.Jpeg => "image/jpeg",
        ImageFormat.Webp => "image/webp",
        _ => "image/png",
    };

    public bool Matches(IReadOnlyList<string> words)
    {
        string text = $"{Name} {Record?.Prompt} {Record?.And} {Record?.Seed} {Record?.Task}";
        return words.All(word => text.Contains(word, StringComparison.OrdinalIgnoreCase));
    }
}

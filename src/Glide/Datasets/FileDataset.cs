using System.IO.Enumeration;
using Glide.Images;

namespace Glide.Datasets;

/// <summary>An item whose image is a file of its own.</summary>
/// <param name="Name">The image's path relative to the data's folder, with slashes.</param>
/// <param name="Captions">Its captions; <c>null</c> if they are in a <c>.txt</c> beside the image.</param>
/// <param name="Fault">Why it cannot be used, as far as that is known before it is read.</param>
internal sealed record FileItem(string Name, IReadOnlyList<string>? Captions, string? Fault = null);

/// <summary>Images that are files of their own below one folder.</summary>
/// <param name="name">What the user typed.</param>
/// <param name="kind">For display.</param>
/// <param name="folder">The folder that the names start from.</param>
/// <param name="items">The items in their order.</param>
/// <param name="captionFile">The file that lists the captions; <c>null</c> if they are beside the images.</param>
internal sealed class FileDataset(
    string name, string kind, string folder, IReadOnlyList<FileItem> items, string? captionFile) : IImageTextDataset
{
    private string? _fingerprint;

    public string Name => name;

    public string Kind => kind;

    public int Count => items.Count;

    public string Fingerprint => _fingerprint ??= Stamp();

    /// <summary>Opens a folder, whose folders count too, where each image has a <c>.txt</c> beside it.</summary>
    /// <remarks>Names that begin with a dot are left out; links to folders are not followed.</remarks>
    public static FileDataset OpenFolder(string name, string folder)
    {
        var options = new EnumerationOptions { RecurseSubdirectories = true, AttributesToSkip = FileAttributes.None };
        var files = new FileSystemEnumerable<string>(folder,
            (ref FileSystemEntry entry) => Path.GetRelativePath(folder, entry.ToSpecifiedFullPath()), options)
        {
            ShouldIncludePredicate = (ref FileSystemEntry entry) => !entry.IsDirectory && entry.FileName[0] != '.'
                && ImageNames.IsImage(entry.FileName.ToString()),
            ShouldRecursePredicate = (ref FileSystemEntry entry) => entry.FileName[0] != '.'
                && (entry.Attributes & FileAttributes.ReparsePoint) == 0,
        };
        return new FileDataset(name, "folder of images with .txt captions", folder,
            [.. files.Select(file => file.Replace(Path.DirectorySeparatorChar, '/')).Order(StringComparer.Ordinal)
                .Select(file => new FileItem(file, null))], captionFile: null);
    }

    public string NameOf(int index) => items[index].Name;

    public DatasetItem Read(int index)
    {
        var item = items[index];
        if (item.Fault is { } fault)
            throw new DatasetException(fault);
        string path = PathOf(item);
        try
        {
            if (!File.Exists(path))
                throw new DatasetException("there is no such file");
            if (RegularFile.LengthOf(path) == 0)
                throw new DatasetException("is empty (0 bytes), or a pipe or device");
            var captions = item.Captions ?? CaptionText.OfFile(Path.ChangeExtension(path, ".txt"));
            using var stream = File.OpenRead(path);
            var loaded = ImageFile.Load(stream, item.Name);
            return new DatasetItem(item.Name, Transparency.OnWhite(loaded.Image, loaded.Alpha), captions);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw new DatasetException($"cannot be read: {exception.Message}", exception);
        }
    }

    private string PathOf(FileItem item) => Path.Combine(folder, item.Name);

    private string Stamp()
    {
        using var stamp = new FileStamp();
        if (captionFile is not null)
            stamp.Add(Path.GetFileName(captionFile), captionFile);
        foreach (var item in items)
        {
            stamp.Add(item.Name, item.Fault is null ? PathOf(item) : null);
            if (item is { Captions: null, Fault: null })
                stamp.Add("", Path.ChangeExtension(PathOf(item), ".txt"));
        }
        return stamp.ToString();
    }
}

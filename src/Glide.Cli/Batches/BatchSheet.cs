using Glide.Batches;
using Glide.Cli.Options;
using Glide.Cli.Output;
using Glide.Pipelines;
using Glide.Sheets;

namespace Glide.Cli.Batches;

/// <summary>
/// The contact sheet of a batch: its finished images in the order of the rows, those of earlier runs too.
/// </summary>
internal sealed class BatchSheet
{
    private readonly ViewSettings _views;
    private readonly bool _overwrite;

    /// <summary>Makes sure that the sheet can be written, before any image is made.</summary>
    /// <param name="views">What the user asked for.</param>
    /// <param name="overwrite">Whether an existing file is replaced.</param>
    /// <param name="resumes">Whether the batch goes on: then a sheet that it has written before is replaced.</param>
    /// <exception cref="UsageException">A file exists, or its folder cannot be written to.</exception>
    public BatchSheet(ViewSettings views, bool overwrite, bool resumes)
    {
        _views = views;
        _overwrite = overwrite || (resumes && views.Grid is not null && IsSheet(views.Grid));
        RunSheets.CheckFiles(views, _overwrite);
    }

    /// <summary>The folder that it lies in; <c>null</c> where none is written.</summary>
    public string? Folder => _views.Grid is null ? null : Path.GetDirectoryName(Path.GetFullPath(_views.Grid));

    /// <summary>Refuses a sheet that one of the images would replace.</summary>
    /// <exception cref="UsageException">An image has its name.</exception>
    public void CheckName(string folder, IEnumerable<PlannedImage> planned)
    {
        if (_views.Grid is { } grid && planned.FirstOrDefault(image =>
            Path.GetFullPath(Path.Combine(folder, image.FileName)) == Path.GetFullPath(grid)) is { } same)
        {
            throw new UsageException(
                $"--grid has the name of an image; '{grid}' is that of line {same.Line}; give it another name");
        }
    }

    /// <summary>Writes it, if it was asked for and there is an image.</summary>
    /// <param name="folder">What the lines' paths are relative to.</param>
    /// <param name="finished">The images.</param>
    /// <param name="notice">Is told of the file.</param>
    /// <exception cref="ResourceException">The disk is full.</exception>
    public void Write(string folder, IEnumerable<JournalLine> finished, Action<string> notice)
    {
        if (_views.Grid is null)
            return;
        string[] paths = [.. finished.Select(line => Path.Combine(folder, line.Path)).Where(File.Exists)];
        var sheets = new RunSheets(_views, _overwrite, paths.Length);
        foreach (string path in paths)
        {
            if (GeneratedImageFile.ReadRecord(path) is not { } record)
                continue;
            var image = GeneratedImageFile.ReadPixels(path);
            sheets.Add(new GeneratedImage(image, image, record, 0));
        }
        sheets.Write(notice);
    }

    private static bool IsSheet(string path)
    {
        try
        {
            return File.Exists(path) && SheetRecord.Read(path) is not null;
        }
        catch (UsageException)
        {
            return false;
        }
    }
}

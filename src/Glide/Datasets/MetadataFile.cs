using System.Text.Json;
using Glide.Batches;

namespace Glide.Datasets;

// {"file_name": "0001.png", "text": "a red circle"}           metadata.jsonl of Hugging Face's imagefolder
// {"file_name": "cats/7.jpg", "captions": ["a cat", "a tabby cat on a chair"]}
//
// image,caption                                               a table
// 0001.png,a red circle

/// <summary>Reads files that list images and their captions. Images are named relative to the file.</summary>
internal static class MetadataFile
{
    private static readonly string[] s_imageFields = ["file_name", "image", "path"];

    // As the reader of tables writes them.
    private static readonly string[] s_imageColumns = [.. s_imageFields.Select(BatchRow.OptionName), "file"];

    /// <summary>Opens a file of JSON lines with <c>file_name</c> and <c>text</c>, <c>caption</c> or
    /// <c>captions</c>.</summary>
    /// <exception cref="UsageException">It is no text.</exception>
    public static FileDataset OpenJsonLines(string name, string path)
    {
        using var stream = File.OpenRead(path);
        var rows = new List<FileItem>();
        foreach (var line in TextLines.Read(stream, path))
        {
            string place = PlaceOf(path, line.Number);
            if (line.Fault is not null)
                rows.Add(new FileItem(place, null, line.Fault));
            else if (!string.IsNullOrWhiteSpace(line.Text))
                rows.Add(Item(place, () => OfJson(line.Text)));
        }
        return Open(name, "list of images and captions (JSON lines)", path, rows);
    }

    /// <summary>Opens a table of comma, semicolon or tab separated values with a header.</summary>
    /// <exception cref="UsageException">It is no text, or a column is missing.</exception>
    public static FileDataset OpenTable(string name, string path)
    {
        using var stream = File.OpenRead(path);
        var lines = TextLines.Read(stream, path).ToList();
        var faults = new List<RowFault>();
        try
        {
            var rows = CsvRows.Read(lines, [s_imageColumns, CaptionText.Fields], faults).Select(row =>
                Item(PlaceOf(path, row.Line), () =>
                    (row[s_imageColumns]!.Trim(), CaptionText.NotEmpty([row[CaptionText.Fields]!]))));
            return Open(name, "list of images and captions (table)", path,
                [.. rows, .. faults.Select(fault => new FileItem(PlaceOf(path, fault.Line), null, fault.Reason))]);
        }
        catch (UsageException fault)
        {
            throw new UsageException($"'{path}' {fault.Message}", fault);
        }
    }

    private static string PlaceOf(string path, int line) => $"{Path.GetFileName(path)} line {line}";

    // Several rows about one image are several captions.
    private static FileDataset Open(string name, string kind, string path, List<FileItem> rows)
    {
        var items = rows.GroupBy(row => (row.Name, row.Fault)).Select(image => image.Count() == 1
            ? image.First()
            : new FileItem(image.Key.Name, [.. image.SelectMany(row => row.Captions!)]));
        return new FileDataset(name, kind, Path.GetDirectoryName(Path.GetFullPath(path))!, [.. items], path);
    }

    private static FileItem Item(string place, Func<(string Name, IReadOnlyList<string> Captions)> read)
    {
        try
        {
            var (name, captions) = read();
            return EscapeFault(name) is { } fault
                ? new FileItem(place, null, fault)
                : new FileItem(name, captions);
        }
        catch (DatasetException fault)
        {
            return new FileItem(place, null, fault.Message);
        }
    }

    private static (string Name, IReadOnlyList<string> Captions) OfJson(string line)
    {
        try
        {
            using var document = JsonDocument.Parse(line);
            var row = document.RootElement;
            var captions = CaptionText.OfJson(row);
            foreach (string field in s_imageFields)
            {
                if (row.TryGetProperty(field, out var value) && value.ValueKind == JsonValueKind.String)
                    return (value.GetString()!, captions);
            }
            throw new DatasetException($"it names no image: no field '{s_imageFields[0]}' with a text");
        }
        catch (Exception exception) when (exception is JsonException or InvalidOperationException)
        {
            throw new DatasetException($"this is no JSON object; {exception.Message}", exception);
        }
    }

    /// <summary>Why a name may not be read, because it leads out of the data's folder; <c>null</c> if it does
    /// not.</summary>
    internal static string? EscapeFault(string name)
    {
        if (name.Length == 0)
            return "it names no image: the name is empty";
        if (name.Contains('\0'))
            return "its name has a NUL character";
        return Path.IsPathRooted(name) || name[0] is '/' or '\\' || (name.Length > 1 && name[1] == ':')
            || name.Split('/', '\\').Contains("..")
            ? $"the name '{name}' leads out of the data's folder; allowed are relative names without '..'"
            : null;
    }
}

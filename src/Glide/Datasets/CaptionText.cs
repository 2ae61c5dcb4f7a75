using System.Text.Json;
using Glide.Batches;

namespace Glide.Datasets;

/// <summary>Reads captions: lines of text, or fields of JSON.</summary>
internal static class CaptionText
{
    /// <summary>Far more than any captions take; other files are refused before they are read.</summary>
    public const int MostBytes = 1 << 20;

    /// <summary>Names of a column or field with captions, in the order in which they are looked for.</summary>
    public static readonly string[] Fields = ["caption", "text", "captions"];

    /// <summary>The captions of a text file: every line that is not blank.</summary>
    /// <exception cref="DatasetException">There is none, or the file is no UTF-8 text.</exception>
    public static IReadOnlyList<string> OfFile(string path)
    {
        string name = Path.GetFileName(path);
        if (!File.Exists(path))
            throw new DatasetException($"it has no caption: there is no '{name}' beside it");
        try
        {
            // Not opened before it is known to be a file: a pipe would be waited for.
            long length = RegularFile.LengthOf(path);
            CheckLength(name, length);
            return OfText(name, length == 0 ? [] : File.ReadAllBytes(path));
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw new DatasetException($"its caption '{name}' cannot be read: {exception.Message}", exception);
        }
    }

    /// <inheritdoc cref="OfFile"/>
    public static IReadOnlyList<string> OfText(string name, byte[] bytes)
    {
        try
        {
            var captions = new List<string>();
            foreach (var line in TextLines.Read(new MemoryStream(bytes), name))
            {
                if (line.Fault is not null)
                {
                    throw new DatasetException(
                        $"its caption '{name}' cannot be used: line {line.Number}: {line.Fault}");
                }
                captions.Add(line.Text);
            }
            return NotEmpty(captions);
        }
        catch (UsageException fault)
        {
            throw new DatasetException($"its caption cannot be used: {fault.Message}", fault);
        }
    }

    /// <summary>The captions in a JSON object.</summary>
    /// <exception cref="DatasetException">There is none, or it is no JSON.</exception>
    public static IReadOnlyList<string> OfJson(string name, byte[] bytes)
    {
        try
        {
            using var document = JsonDocument.Parse(bytes);
            return OfJson(document.RootElement);
        }
        catch (Exception exception) when (exception is JsonException or InvalidOperationException)
        {
            throw new DatasetException($"its caption '{name}' is no JSON: {exception.Message}", exception);
        }
    }

    /// <summary>The captions in a JSON object: texts, or lists of texts.</summary>
    /// <exception cref="DatasetException">There is none.</exception>
    /// <exception cref="InvalidOperationException">A text has half of a surrogate pair.</exception>
    public static IReadOnlyList<string> OfJson(JsonElement element)
    {
        if (element.ValueKind != JsonValueKind.Object)
            throw new DatasetException($"found JSON that is no object; allowed is {{\"{Fields[0]}\": \"...\"}}");
        foreach (string field in Fields)
        {
            if (!element.TryGetProperty(field, out var value) || value.ValueKind == JsonValueKind.Null)
                continue;
            var values = value.ValueKind == JsonValueKind.Array ? value.EnumerateArray().ToList() : [value];
            return values.TrueForAll(text => text.ValueKind == JsonValueKind.String)
                ? NotEmpty(values.Select(text => text.GetString()!))
                : throw new DatasetException($"'{field}' is neither a text nor a list of texts");
        }
        throw new DatasetException($"it has no caption: no field '{string.Join("' or '", Fields)}'");
    }

    /// <summary>Captions without the blanks around them.</summary>
    /// <exception cref="DatasetException">All are empty.</exception>
    public static IReadOnlyList<string> NotEmpty(IEnumerable<string> texts)
    {
        string[] captions = [.. texts.Select(text => text.Trim()).Where(text => text.Length > 0)];
        return captions.Length > 0 ? captions : throw new DatasetException("its caption is empty");
    }

    /// <summary>Refuses what is too long to be captions.</summary>
    /// <exception cref="DatasetException">It is.</exception>
    public static void CheckLength(string name, long length)
    {
        if (length > MostBytes)
        {
            throw new DatasetException(
                $"its caption '{name}' has {length} bytes; allowed are at most {MostBytes}");
        }
    }
}

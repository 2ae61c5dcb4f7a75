using System.Security.Cryptography;
using System.Text.Json;
using System.Text.Json.Nodes;
using Glide.Images;
using Glide.Pipelines;

namespace Glide.Batches;

// One line a finished image, shortened:
//   {"number":3,"of":40,"line":5,"prompt":"a red circle","negative":"","seed":7,"settings":{"model":"mini",...},
//    "path":"a-red-circle-7.png","sha256":"9f86...","seconds":0.12}

/// <summary>What a batch has finished, on disk: a line is added when its image is safely there.</summary>
internal sealed class BatchJournal
{
    private static readonly BatchJson s_json = BatchJson.NewReadable();
    private readonly string _folder;
    private readonly string _path;

    /// <summary>The journal of a folder; it need not be there yet.</summary>
    public BatchJournal(string folder, string name)
    {
        _folder = folder;
        _path = System.IO.Path.Combine(folder, name);
    }

    public string Path => _path;

    public bool Exists => File.Exists(_path);

    public static IEnumerable<BatchJournal> AllIn(string folder) =>
        Directory.GetFiles(folder, "glide-batch*.jsonl").Order(StringComparer.Ordinal)
            .Select(path => new BatchJournal(folder, System.IO.Path.GetFileName(path)));

    public void Remove() => File.Delete(_path);

    /// <summary>
    /// Reads all lines. A line that was cut when the process died is taken off the file, so that the next one is whole.
    /// </summary>
    /// <exception cref="UsageException">A line in the middle is no journal line.</exception>
    public IReadOnlyList<JournalLine> Read()
    {
        if (!Exists)
            return [];
        string text = ReadText();
        int whole = text.LastIndexOf('\n') + 1;
        if (whole < text.Length)
            Replace(text[..whole]);
        return Parse(text[..whole]);
    }

    /// <summary>Reads the lines of a journal that another run may be writing to: leaves it as it is.</summary>
    /// <exception cref="UsageException">A line in the middle is no journal line.</exception>
    public IReadOnlyList<JournalLine> Peek()
    {
        string text = ReadText();
        return Parse(text[..(text.LastIndexOf('\n') + 1)]);
    }

    // A pipe would be waited for, and a device read for ever; both have no length.
    private string ReadText()
    {
        if (RegularFile.LengthOf(_path) > 0)
            return File.ReadAllText(_path);
        using var file = new FileStream(_path, FileMode.Open, FileAccess.ReadWrite);
        return file.CanSeek ? "" : throw new UsageException($"the journal '{_path}' is a pipe or device; remove it");
    }

    private List<JournalLine> Parse(string text)
    {
        var lines = new List<JournalLine>();
        int number = 0;
        foreach (string line in text.Split('\n', StringSplitOptions.RemoveEmptyEntries))
        {
            number++;
            try
            {
                var node = JsonNode.Parse(line);
                FormerMetadata.Upgrade(node);
                lines.Add(node.Deserialize(BatchJson.Default.JournalLine) ?? throw new JsonException("It is 'null'."));
            }
            // Names: one that stands twice, or with half of a surrogate pair.
            catch (Exception exception) when (
                exception is JsonException or ArgumentException or InvalidOperationException)
            {
                throw new UsageException(
                    $"the journal is damaged; '{_path}' line {number}; {exception.Message} Remove that line, or begin "
                        + $"again with --overwrite", exception);
            }
        }
        return lines;
    }

    /// <summary>Adds a line for an image that is on disk, and waits until the line is there too.</summary>
    /// <exception cref="ResourceException">The disk is full.</exception>
    public void Add(JournalLine line)
    {
        try
        {
            using var file = new FileStream(_path, FileMode.Append, FileAccess.Write, FileShare.Read, bufferSize: 1);
            file.Write(Bytes(line));
            file.Flush(flushToDisk: true);
        }
        catch (Exception exception) when (AtomicFile.Explain(_path, exception) is { } failure)
        {
            throw failure;
        }
    }

    public void Write(IEnumerable<JournalLine> lines) => AtomicFile.Write(_path, stream =>
    {
        foreach (var line in lines)
            stream.Write(Bytes(line));
    });

    /// <summary>Whether the image of a line is there and is still the one that was written.</summary>
    public bool IsWhole(JournalLine line)
    {
        string path = System.IO.Path.Combine(_folder, line.Path);
        return RegularFile.LengthOf(path) > 0 && HashOf(path) == line.Sha256;
    }

    /// <summary>SHA-256 of a file, lower-case hex.</summary>
    public static string HashOf(string path)
    {
        using var stream = File.OpenRead(path);
        return Convert.ToHexStringLower(SHA256.HashData(stream));
    }

    /// <summary>
    /// The first thing in which a finished image differs from what is planned now; <c>null</c> when it is the same.
    /// </summary>
    public static string? Difference(JournalLine done, PlannedImage planned, RunSettings settings)
    {
        if (done.Prompt != planned.Request.Prompt)
            return $"prompt was '{done.Prompt}', is '{planned.Request.Prompt}'";
        if (done.Negative != planned.Request.Negative)
            return $"negative was '{done.Negative}', is '{planned.Request.Negative}'";
        if (done.And != planned.Request.And.ToRecord())
            return $"and was '{done.And}', is '{planned.Request.And}'";
        if (done.Seed != planned.Request.Seed)
            return $"seed was {done.Seed}, is {planned.Request.Seed}";
        if (done.Path != planned.FileName)
            return $"path was '{done.Path}', is '{planned.FileName}'";
        return Difference("source", ToJson(done.Source), ToJson(planned.Source?.Files))
            ?? Difference("", JsonNode.Parse(done.Settings.ToJson()), JsonNode.Parse(settings.ToJson()));
    }

    // The files' contents count, not where they lie.
    internal static JsonNode? ToJson(SourceFiles? files) =>
        JsonSerializer.SerializeToNode(files is null ? null : files with { Image = "", Mask = null },
            s_json.SourceFiles!);

    private static string? Difference(string name, JsonNode? before, JsonNode? now)
    {
        if (before is JsonArray one && now is JsonArray other && one.Count == other.Count)
        {
            return Enumerable.Range(0, one.Count)
                .Select(place => Difference($"{name}[{place}]", one[place], other[place]))
                    .FirstOrDefault(found => found is not null);
        }
        if (before is JsonObject || now is JsonObject)
        {
            var (old, next) = (before as JsonObject ?? [], now as JsonObject ?? []);
            return old.Select(field => field.Key).Union(next.Select(field => field.Key))
                .Select(key => Difference(name.Length == 0 ? key : $"{name}.{key}", old[key], next[key]))
                .FirstOrDefault(difference => difference is not null);
        }
        return JsonNode.DeepEquals(before, now) ? null : $"{name} was {Show(before)}, is {Show(now)}";
    }

    private static string Show(JsonNode? value) => value?.ToJsonString() ?? "not given";

    private static byte[] Bytes(JournalLine line) =>
        [.. JsonSerializer.SerializeToUtf8Bytes(line, s_json.JournalLine), (byte)'\n'];

    private void Replace(string text) => AtomicFile.Write(_path, stream =>
        stream.Write(System.Text.Encoding.UTF8.GetBytes(text)));
}

/// <summary>A line of the journal: one finished image.</summary>
internal sealed record JournalLine
{
    /// <summary>Number of the image in the whole batch, from 1; 0 where the file has its row no more.</summary>
    public required int Number { get; init; }

    /// <summary>
    /// Images of the whole batch; <c>null</c> where the batch came from stdin and its end was not known.
    /// </summary>
    public int? Of { get; init; }

    public required int Line { get; init; }

    /// <summary>
    /// The line whose number is the row's first seed, from before rows were moved; <c>null</c> for a given seed.
    /// </summary>
    public int? SeedLine { get; init; }

    public required string Prompt { get; init; }

    /// <summary>What stood in place of the empty prompt.</summary>
    public string Negative { get; init; } = "";

    /// <summary>As in <see cref="ImageMetadata.And"/>.</summary>
    public string? And { get; init; }

    public required long Seed { get; init; }

    /// <summary>Model, device, number type and recipe.</summary>
    public required RunSettings Settings { get; init; }

    /// <summary>What it was painted into; <c>null</c> where all of it was drawn.</summary>
    public SourceFiles? Source { get; init; }

    /// <summary>The image, relative to the journal's folder.</summary>
    public required string Path { get; init; }

    /// <summary>SHA-256 of the image's file, lower-case hex.</summary>
    public required string Sha256 { get; init; }

    /// <summary>Its share of the time that its batch took.</summary>
    public required double Seconds { get; init; }
}

/// <summary>What an image of a batch shows and how it is made, apart from its seed and from where it is made.</summary>
/// <param name="Prompt">The prompt.</param>
/// <param name="Negative">As in <see cref="JournalLine.Negative"/>.</param>
/// <param name="And">As in <see cref="JournalLine.And"/>.</param>
/// <param name="Recipe">The recipe as it is written.</param>
/// <param name="Source">The contents of the files that it is painted into; <c>null</c> for none.</param>
internal sealed record RowContent(string Prompt, string Negative, string? And, string Recipe, string? Source)
{
    public static RowContent Of(JournalLine line) => new(
        line.Prompt, line.Negative, line.And, line.Settings.Recipe.ToJson(),
        BatchJournal.ToJson(line.Source)?.ToJsonString());

    public static RowContent Of(ImageRequest request, Recipe recipe, RowSource? source) => new(
        request.Prompt, request.Negative, request.And.ToRecord(), recipe.ToJson(),
        BatchJournal.ToJson(source?.Files)?.ToJsonString());
}

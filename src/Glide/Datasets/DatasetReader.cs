using System.Globalization;
using System.Text.RegularExpressions;
using Glide.Datasets.Sprites;

namespace Glide.Datasets;

/// <summary>A dataset and how often its images are drawn, relative to the other datasets of a run.</summary>
/// <param name="Dataset">The data.</param>
/// <param name="Weight">Above 0; the sum over all datasets is of no matter.</param>
internal sealed record WeightedDataset(IImageTextDataset Dataset, double Weight);

/// <summary>Opens what the user names as data.</summary>
internal static partial class DatasetReader
{
    private const string Allowed =
        "allowed are a folder of images with captions beside them in .txt files, a folder with metadata.jsonl or "
            + "metadata.csv, a folder of sprites with index.json and sprites.bin, a .jsonl, .csv or .tsv file, and "
            + ".tar shards: a file, a folder, or shards-{0000..0009}.tar";

    // More shards than any published dataset has; a slip of the pen must not fill the memory.
    private const int MostShards = 1_000_000;

    /// <summary>Opens <c>PATH</c> or <c>PATH:WEIGHT</c>; a path that exists as typed wins.</summary>
    /// <exception cref="UsageException">There is no such data, or it is of no kind that can be read.</exception>
    /// <exception cref="DatasetException">There is nothing in it.</exception>
    public static WeightedDataset Open(string specification)
    {
        var (path, weight) = Split(specification);
        try
        {
            var dataset = Open(specification, path);
            return dataset.Count > 0
                ? new WeightedDataset(dataset, weight)
                : throw new DatasetException($"there are no images in '{path}'; {Allowed}");
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw new UsageException($"the data cannot be read; '{path}'; {exception.Message}", exception);
        }
    }

    private static (string Path, double Weight) Split(string specification)
    {
        int colon = specification.LastIndexOf(':');
        if (colon < 0 || Exists(specification) || !Exists(specification[..colon]))
            return (specification, 1);
        string text = specification[(colon + 1)..];
        if (double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out double weight)
            && double.IsFinite(weight) && weight > 0)
        {
            return (specification[..colon], weight);
        }
        throw new UsageException(
            $"'{text}' is no weight; found '{specification}'; allowed is PATH:WEIGHT with a number above 0, such as "
                + $"{specification[..colon]}:0.5");
    }

    private static bool Exists(string path) => Path.Exists(path) || IsRange(path);

    private static bool IsRange(string path) => Range().IsMatch(path)
        && path.EndsWith(".tar", StringComparison.OrdinalIgnoreCase);

    private static IImageTextDataset Open(string name, string path)
    {
        if (Directory.Exists(path))
            return OpenFolder(name, path);
        if (!File.Exists(path) && IsRange(path))
            return TarDataset.Open(name, Expand(path));
        if (!File.Exists(path))
            throw new UsageException($"there is no data '{path}'; {Allowed}");
        if (RegularFile.LengthOf(path) == 0)
            throw new UsageException($"'{path}' is empty (0 bytes), or a pipe or device; {Allowed}");
        return Path.GetExtension(path).ToLowerInvariant() switch
        {
            ".tar" => TarDataset.Open(name, [path]),
            ".jsonl" or ".ndjson" => MetadataFile.OpenJsonLines(name, path),
            ".csv" or ".tsv" => MetadataFile.OpenTable(name, path),
            ".gz" or ".tgz" or ".zst" or ".bz2" or ".xz" or ".zip" => throw new UsageException(
                $"'{path}' is compressed, so that no image in it can be read without all before it; unpack it to a "
                    + ".tar or a folder"),
            _ => throw new UsageException($"'{path}' is of no kind of data that can be read; {Allowed}"),
        };
    }

    private static IImageTextDataset OpenFolder(string name, string path)
    {
        if (SpriteSet.IsIn(path))
            return new SpriteDataset(name, SpriteSet.Open(path));
        string lines = Path.Combine(path, "metadata.jsonl"), table = Path.Combine(path, "metadata.csv");
        if (File.Exists(lines))
            return MetadataFile.OpenJsonLines(name, lines);
        if (File.Exists(table))
            return MetadataFile.OpenTable(name, table);
        string[] shards = [.. Directory.EnumerateFiles(path, "*.tar").Order(StringComparer.Ordinal)];
        return shards.Length > 0 ? TarDataset.Open(name, shards) : FileDataset.OpenFolder(name, path);
    }

    // shards-{0000..0009}.tar, as WebDataset writes it; zeros in front are kept.
    private static List<string> Expand(string pattern)
    {
        var range = Range().Match(pattern);
        string from = range.Groups[1].Value, to = range.Groups[2].Value;
        if (!int.TryParse(from, NumberStyles.None, CultureInfo.InvariantCulture, out int first)
            || !int.TryParse(to, NumberStyles.None, CultureInfo.InvariantCulture, out int last)
            || last < first || last - first >= MostShards)
        {
            throw new UsageException(
                $"'{range.Value}' is no range of shards; allowed is {{FIRST..LAST}} with FIRST not above LAST, such as "
                    + "{0000..0009}");
        }
        string format = $"D{from.Length}";
        var shards = Enumerable.Range(first, last - first + 1).Select(number => pattern[..range.Index]
            + number.ToString(format, CultureInfo.InvariantCulture) + pattern[(range.Index + range.Length)..]).ToList();
        return shards.Find(shard => !File.Exists(shard)) is { } missing
            ? throw new UsageException($"there is no shard '{missing}', which '{pattern}' names; correct the range")
            : shards;
    }

    [GeneratedRegex(@"\{(\d+)\.\.(\d+)\}")]
    private static partial Regex Range();
}

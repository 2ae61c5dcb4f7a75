using Glide.Batches;
using Glide.Pipelines;

namespace Glide.Cli.Batches;

/// <summary>
/// Finds a batch's rows among its finished images by what they show, so that rows may be inserted, removed and moved.
/// </summary>
/// <param name="finished">Lines of all journals of the folder, one a file.</param>
internal sealed class FinishedRows(IReadOnlyList<JournalLine> finished)
{
    private readonly ILookup<RowContent, JournalLine> _lines = finished.ToLookup(RowContent.Of);
    private readonly Dictionary<string, JournalLine> _paths =
        finished.ToDictionary(line => line.Path, StringComparer.OrdinalIgnoreCase);

    // What no row has been found for.
    private readonly Dictionary<(RowContent, long), List<JournalLine>> _left =
        finished.GroupBy(line => (RowContent.Of(line), line.Seed))
            .ToDictionary(same => same.Key, same => same.ToList());

    private readonly HashSet<string> _found = [];

    /// <summary>
    /// The images with the seeds that they had, each with its line; <c>null</c> where it is to be made.
    /// </summary>
    public List<(RowImage Image, JournalLine? Done)> Recognize(IReadOnlyList<RowImage> images)
    {
        if (finished.Count == 0)
            return [.. images.Select(image => (image, (JournalLine?)null))];
        var seeded = Seeded(images);
        var done = new JournalLine?[seeded.Length];
        // Rows that are equal have equal images: each keeps its own while it stands where it stood.
        foreach (bool inPlace in new[] { true, false })
        {
            for (int index = 0; index < done.Length; index++)
                done[index] ??= Take(seeded[index], inPlace);
        }
        return [.. seeded.Zip(done)];
    }

    /// <summary>
    /// Whether an image that is to be made can have a name. It can have that of an image with the same prompt and seed
    /// that no row asks for: the difference is told before anything is made.
    /// </summary>
    public bool IsFree(string name, ImageRequest request) => !_paths.TryGetValue(name, out var line)
        || (!_found.Contains(line.Path) && line.Prompt == request.Prompt && line.Seed == request.Seed);

    private JournalLine? Take(RowImage image, bool inPlace)
    {
        if (!_left.TryGetValue((image.Content, image.Request.Seed), out var lines))
            return null;
        int place = lines.FindIndex(line => image.IsNamed(line.Path) && (!inPlace || line.Line == image.Line));
        if (place < 0)
            return null;
        var found = lines[place];
        lines.RemoveAt(place);
        _found.Add(found.Path);
        return found;
    }

    // A row without a seed of its own asks for no number: it keeps the seed of an equal row.
    private RowImage[] Seeded(IReadOnlyList<RowImage> images)
    {
        var seedLines = new Dictionary<int, int>();
        var taken = new HashSet<(RowContent, int)>();
        foreach (var equal in images.Where(image => image.SeedLine is not null).DistinctBy(image => image.Line)
            .GroupBy(image => (image.Content, image.Count, image.RowOutput)))
        {
            var content = equal.Key.Content;
            var rows = equal.ToList();
            var lines = new SortedSet<int>(_lines[content]
                .Where(line => !_found.Contains(line.Path) && IsSeededLike(rows[0], line))
                .Select(line => line.SeedLine ?? line.Line).Where(line => !taken.Contains((content, line))));
            rows.RemoveAll(row => lines.Remove(row.Line) && taken.Add((content, row.Line)));
            foreach (var (row, line) in rows.Zip(lines))
            {
                seedLines[row.Line] = line;
                taken.Add((content, line));
            }
        }
        return [.. images.Select(image => seedLines.TryGetValue(image.Line, out int line)
            ? image.SeededBy(line)
            : image)];
    }

    // Journals of earlier versions do not say where a seed is from: there it is the line's number or one soon after.
    private static bool IsSeededLike(RowImage row, JournalLine line)
    {
        long index = line.Seed - (line.SeedLine ?? line.Line);
        return index >= 0 && index < row.Count
            && (row with { Request = row.Request with { Seed = line.Seed } }).IsNamed(line.Path);
    }
}

using Glide.Batches;
using Glide.Pipelines;

namespace Glide.Cli.Batches;

/// <summary>What the journals of a batch's folder say is finished. Changes no file.</summary>
/// <param name="journal">The journal of this run's share.</param>
/// <param name="own">Its lines.</param>
/// <param name="elsewhere">Lines of the folder's other journals.</param>
internal sealed class FinishedImages(BatchJournal journal,
    IEnumerable<JournalLine> own, IEnumerable<JournalLine> elsewhere)
{
    private readonly Dictionary<string, JournalLine> _own = ByPath(own);
    private readonly Dictionary<string, JournalLine> _elsewhere = ByPath(elsewhere);

    /// <summary>One line a file, this run's own before others.</summary>
    public IReadOnlyList<JournalLine> Lines => [.. _own.Values.Concat(_elsewhere.Values)
        .DistinctBy(line => line.Path, StringComparer.OrdinalIgnoreCase)];

    /// <summary>Looks into a folder, which need not be there.</summary>
    public static FinishedImages Peek(string folder, Shard shard)
    {
        var journal = new BatchJournal(folder, shard.JournalName);
        return Directory.Exists(folder)
            ? new FinishedImages(journal, journal.Exists ? journal.Peek() : [], OfOthers(folder, journal))
            : new FinishedImages(journal, [], []);
    }

    /// <summary>Lines of all journals of a folder but one.</summary>
    public static IEnumerable<JournalLine> OfOthers(string folder, BatchJournal journal) =>
        BatchJournal.AllIn(folder).Where(other => other.Path != journal.Path).SelectMany(other => other.Peek());

    /// <summary>The planned images with what is known about each.</summary>
    /// <param name="planned">The images, named by <see cref="FinishedRows"/>.</param>
    /// <param name="settingsOf">What images of a recipe depend on now.</param>
    /// <exception cref="UsageException">A finished image was made otherwise than planned now.</exception>
    public IEnumerable<PlannedAndDone> Find(IReadOnlyList<PlannedImage> planned, Func<Recipe, RunSettings> settingsOf)
    {
        foreach (var image in planned)
        {
            var known = _own.GetValueOrDefault(image.FileName);
            var other = _elsewhere.GetValueOrDefault(image.FileName);
            yield return new PlannedAndDone(image, known,
                IsDone(known, isOwn: true) ? known : IsDone(other, isOwn: false) ? other : null);

            // Another machine may have made it otherwise, but nothing else.
            bool IsDone(JournalLine? line, bool isOwn)
            {
                if (line is null)
                    return false;
                if (BatchJournal.Difference(line, image, settingsOf(image.Recipe)) is not { } difference)
                    return journal.IsWhole(line);
                if (isOwn || RowContent.Of(line) != RowContent.Of(image.Request, image.Recipe, image.Source))
                    Refuse(image, difference);
                return false;
            }
        }
    }

    /// <summary>Whether a journal names the image, whatever became of it.</summary>
    public bool Has(PlannedImage image) =>
        _own.ContainsKey(image.FileName) || _elsewhere.ContainsKey(image.FileName);

    private static Dictionary<string, JournalLine> ByPath(IEnumerable<JournalLine> lines)
    {
        var last = new Dictionary<string, JournalLine>();
        foreach (var line in lines)
            last[line.Path] = line;
        return last;
    }

    private static void Refuse(PlannedImage image, string difference) =>
        throw new UsageException(
            $"--resume finds other settings than before; image {image.Number} (line {image.Line}): {difference}; give "
                + "the same options, another output or seed to a row that is meant to be new, or --overwrite without "
                + "--resume to begin again");
}

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

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
    private readonly Dictionary<ImageKey, JournalLine> _own = ByKey(own);
    private readonly Dictionary<ImageKey, JournalLine> _elsewhere = ByKey(elsewhere);

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
    /// <param name="planned">The images.</param>
    /// <param name="settingsOf">What images of a recipe depend on now.</param>
    /// <exception cref="UsageException">A finished image was made otherwise than planned now.</exception>
    public IEnumerable<PlannedAndDone> Find(IReadOnlyList<PlannedImage> planned, Func<Recipe, RunSettings> settingsOf)
    {
        var asked = planned.Select(ImageKey.Of).ToHashSet();
        var others = _own.Where(line => !asked.Contains(line.Key)).ToLookup(line => line.Key.Line, line => line.Value);
        foreach (var image in planned)
        {
            var known = _own.GetValueOrDefault(ImageKey.Of(image));
            if (known is null && others[image.Line].FirstOrDefault() is { } other)
                Refuse(image, $"seed was {other.Seed}, is {image.Request.Seed}");
            if (known is not null && BatchJournal.Difference(known, image, settingsOf(image.Recipe)) is { } difference)
                Refuse(image, difference);
            yield return new PlannedAndDone(image, known, known is not null && journal.IsWhole(known)
                ? known
                : FindElsewhere(image, settingsOf));
        }
    }

    /// <summary>Whether a journal names the image, whatever became of it.</summary>
    public bool Has(PlannedImage image) => _own.ContainsKey(ImageKey.Of(image))
        || _elsewhere.ContainsKey(ImageKey.Of(image));

    private static Dictionary<ImageKey, JournalLine> ByKey(IEnumerable<JournalLine> lines)
    {
        var last = new Dictionary<ImageKey, JournalLine>();
        foreach (var line in lines)
            last[ImageKey.Of(line)] = line;
        return last;
    }

    private static void Refuse(PlannedImage image, string difference) =>
        throw new UsageException(
            $"--resume finds other settings than before; image {image.Number} (line {image.Line}): {difference}; give "
                + $"the same options, or --overwrite without --resume to begin again");

    // What another division of the batch into shards has finished counts, if it is what is planned now.
    private JournalLine? FindElsewhere(PlannedImage image, Func<Recipe, RunSettings> settingsOf) =>
        _elsewhere.TryGetValue(ImageKey.Of(image), out var line)
            && BatchJournal.Difference(line, image, settingsOf(image.Recipe)) is null && journal.IsWhole(line) ? line
            : null;
}

/// <summary>What makes an image of a batch the same one in another run.</summary>
/// <param name="Line">Line of the batch file.</param>
/// <param name="Seed">Its seed.</param>
internal readonly record struct ImageKey(int Line, long Seed)
{
    public static ImageKey Of(PlannedImage image) => new(image.Line, image.Request.Seed);

    public static ImageKey Of(JournalLine line) => new(line.Line, line.Seed);
}

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

using Glide.Batches;
using Glide.Pipelines;

namespace Glide.Cli.Batches;

/// <summary>What the journals of a batch's folder say is finished. Changes no file.</summary>
/// <param name="journal">The journal of this run's share.</param>
/// <param name="own">Its lines.</param>
/// <param name="elsewhere">Lines of the folder's other journals.</param>
internal sealed class FinishedPictures(BatchJournal journal, IEnumerable<JournalLine> own, IEnumerable<JournalLine> elsewhere)
{
    private readonly Dictionary<PictureKey, JournalLine> _own = ByKey(own);
    private readonly Dictionary<PictureKey, JournalLine> _elsewhere = ByKey(elsewhere);

    /// <summary>Looks into a folder, which need not be there.</summary>
    public static FinishedPictures Peek(string folder, Shard shard)
    {
        var journal = new BatchJournal(folder, shard.JournalName);
        return Directory.Exists(folder)
            ? new FinishedPictures(journal, journal.Exists ? journal.Peek() : [], OfOthers(folder, journal))
            : new FinishedPictures(journal, [], []);
    }

    /// <summary>Lines of all journals of a folder but one.</summary>
    public static IEnumerable<JournalLine> OfOthers(string folder, BatchJournal journal) =>
        BatchJournal.AllIn(folder).Where(other => other.Path != journal.Path).SelectMany(other => other.Peek());

    /// <summary>The planned pictures with what is known about each.</summary>
    /// <param name="planned">The pictures.</param>
    /// <param name="settingsOf">What pictures of a recipe depend on now.</param>
    /// <exception cref="UsageException">A finished picture was made otherwise than planned now.</exception>
    public IEnumerable<PlannedAndDone> Find(IReadOnlyList<PlannedPicture> planned, Func<Recipe, RunSettings> settingsOf)
    {
        var asked = planned.Select(PictureKey.Of).ToHashSet();
        var others = _own.Where(line => !asked.Contains(line.Key)).ToLookup(line => line.Key.Line, line => line.Value);
        foreach (var picture in planned)
        {
            var known = _own.GetValueOrDefault(PictureKey.Of(picture));
            if (known is null && others[picture.Line].FirstOrDefault() is { } other)
                Refuse(picture, $"seed was {other.Seed}, is {picture.Request.Seed}");
            if (known is not null && BatchJournal.Difference(known, picture, settingsOf(picture.Recipe)) is { } difference)
                Refuse(picture, difference);
            yield return new PlannedAndDone(picture, known, known is not null && journal.IsWhole(known) ? known : FindElsewhere(picture, settingsOf));
        }
    }

    /// <summary>Whether a journal names the picture, whatever became of it.</summary>
    public bool Has(PlannedPicture picture) => _own.ContainsKey(PictureKey.Of(picture)) || _elsewhere.ContainsKey(PictureKey.Of(picture));

    private static Dictionary<PictureKey, JournalLine> ByKey(IEnumerable<JournalLine> lines)
    {
        var last = new Dictionary<PictureKey, JournalLine>();
        foreach (var line in lines)
            last[PictureKey.Of(line)] = line;
        return last;
    }

    private static void Refuse(PlannedPicture picture, string difference) =>
        throw new UsageException($"--resume finds other settings than before; picture {picture.Number} (line {picture.Line}): {difference}; give the same options, or --overwrite without --resume to begin again");

    // What another division of the batch into shards has finished counts, if it is what is planned now.
    private JournalLine? FindElsewhere(PlannedPicture picture, Func<Recipe, RunSettings> settingsOf) =>
        _elsewhere.TryGetValue(PictureKey.Of(picture), out var line) && BatchJournal.Difference(line, picture, settingsOf(picture.Recipe)) is null && journal.IsWhole(line) ? line : null;
}

/// <summary>What makes a picture of a batch the same one in another run.</summary>
/// <param name="Line">Line of the batch file.</param>
/// <param name="Seed">Its seed.</param>
internal readonly record struct PictureKey(int Line, long Seed)
{
    /// <summary>Of a planned picture.</summary>
    public static PictureKey Of(PlannedPicture picture) => new(picture.Line, picture.Request.Seed);

    /// <summary>Of a finished one.</summary>
    public static PictureKey Of(JournalLine line) => new(line.Line, line.Seed);
}

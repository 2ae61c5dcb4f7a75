namespace Glide.Batches;

/// <summary>The journals of a batch's shards put together.</summary>
/// <param name="Lines">Finished images in the batch's order; paths relative to the folder they were merged for.</param>
/// <param name="Missing">Numbers of the images that no journal has, or whose file is gone or changed.</param>
/// <param name="Total">Images of the whole batch; <c>null</c> where no journal knows.</param>
public sealed record MergedJournal(IReadOnlyList<JournalLine> Lines, IReadOnlyList<int> Missing, int? Total)
{
    /// <summary>Reads all journals of some folders. Images whose row was taken out of the file are left aside.</summary>
    /// <param name="folders">Where shards have written.</param>
    /// <param name="target">The folder that the joined journal is for.</param>
    /// <exception cref="UsageException">A folder has no journal, or the journals belong to different batches.</exception>
    public static MergedJournal Join(IReadOnlyList<string> folders, string target)
    {
        var found = new SortedDictionary<int, JournalLine>();
        var broken = new SortedSet<int>();
        int? total = null;
        foreach (string folder in folders)
        {
            List<BatchJournal> journals = Directory.Exists(folder) ? [.. BatchJournal.AllIn(folder)] : [];
            if (journals.Count == 0)
                throw new UsageException($"there is no journal in '{folder}'; looked for glide-batch*.jsonl; give the folders that the shards wrote to");
            foreach (var journal in journals)
            {
                foreach (var line in journal.Read().Where(line => line.Number > 0))
                {
                    if (line.Of is { } of && (total ??= of) != of)
                        throw new UsageException($"the journals belong to different batches; '{journal.Path}' has {of} images, another {total}; merge the shards of one batch");
                    if (found.TryGetValue(line.Number, out var other) && (other.Prompt != line.Prompt || other.Seed != line.Seed))
                        throw new UsageException($"the journals belong to different batches; image {line.Number} is '{other.Prompt}' and '{line.Prompt}'; merge the shards of one batch");
                    if (journal.IsWhole(line))
                        found[line.Number] = line with { Path = Path.GetRelativePath(target, Path.Combine(folder, line.Path)).Replace('\\', '/') };
                    else
                        broken.Add(line.Number);
                }
            }
        }
        int last = total ?? found.Keys.Concat(broken).DefaultIfEmpty(0).Max();
        return new MergedJournal([.. found.Values], [.. Enumerable.Range(1, last).Where(number => !found.ContainsKey(number))], total);
    }
}

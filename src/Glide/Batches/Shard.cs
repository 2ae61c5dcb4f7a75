using System.Globalization;

namespace Glide.Batches;

/// <summary>
/// A share of a batch: every <paramref name="Count"/>-th row, beginning with row <paramref name="Number"/>.
/// </summary>
/// <param name="Number">1 to <paramref name="Count"/>.</param>
/// <param name="Count">How many machines share the batch.</param>
internal sealed record Shard(int Number, int Count)
{
    private const string Allowed = "K/N with K from 1 to N, or auto";

    public static Shard Whole { get; } = new(1, 1);

    /// <summary>A share of this share: all <paramref name="count"/> together are this one.</summary>
    /// <param name="index">From 0.</param>
    /// <param name="count">How many share it.</param>
    public Shard Part(int index, int count) => new(Number + (Count * index), checked(Count * count));

    /// <summary>Whether row <paramref name="index"/>, from 0, belongs to it.</summary>
    public bool Has(int index) => index % Count == Number - 1;

    /// <summary>Name of its journal: <c>glide-batch.jsonl</c>, or <c>glide-batch.2-of-3.jsonl</c>.</summary>
    public string JournalName => Count == 1
        ? "glide-batch.jsonl"
        : string.Create(CultureInfo.InvariantCulture, $"glide-batch.{Number}-of-{Count}.jsonl");

    /// <summary>Reads <c>2/3</c>, or what Slurm and Kubernetes say for <c>auto</c>.</summary>
    /// <param name="text">What the user gave.</param>
    /// <param name="environment">Reads a variable; <c>null</c> when it is not set.</param>
    /// <exception cref="UsageException">It is neither, or there is nothing to read for <c>auto</c>.</exception>
    public static Shard Parse(string text, Func<string, string?> environment)
    {
        if (text == "auto")
            return FromEnvironment(environment);
        string[] parts = text.Split('/');
        return parts.Length == 2 && Whole32(parts[0]) is { } number && Whole32(parts[1]) is { } count && number >= 1
            && number <= count
            ? new Shard(number, count)
            : throw new UsageException($"bad value for --shard; found '{text}'; allowed is {Allowed}");
    }

    private static Shard FromEnvironment(Func<string, string?> environment)
    {
        if (environment("SLURM_ARRAY_TASK_ID") is { } task)
        {
            // An array may begin with any number.
            string least = environment("SLURM_ARRAY_TASK_MIN") ?? "0";
            return Numbered("SLURM_ARRAY_TASK_ID", task, least, "SLURM_ARRAY_TASK_COUNT",
                environment("SLURM_ARRAY_TASK_COUNT"));
        }
        if (environment("JOB_COMPLETION_INDEX") is { } index)
            return Numbered("JOB_COMPLETION_INDEX", index, "0", "GLIDE_SHARDS", environment("GLIDE_SHARDS"));
        throw new UsageException(
            "--shard auto finds neither SLURM_ARRAY_TASK_ID nor JOB_COMPLETION_INDEX; run it in a Slurm array or an "
                + "Indexed Job, or give --shard K/N");
    }

    private static Shard Numbered(string indexName, string index, string least, string countName, string? count)
    {
        if (Whole32(index) is { } number && Whole32(least) is { } first && count is not null
            && Whole32(count) is { } total &&
            number >= first && number - first < total)
        {
            return new Shard(number - first + 1, total);
        }
        throw new UsageException(
            $"--shard auto cannot use {indexName}={index} with {countName}={count ?? "(not set)"}; allowed are "
                + $"numbers from {least} on, fewer than {countName}; set both, or give --shard K/N");
    }

    private static int? Whole32(string text) =>
        int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out int value) ? value : null;
}

/// <summary>The journals of a batch's shards put together.</summary>
/// <param name="Lines">Finished images in the batch's order; paths relative to the folder they were merged for.</param>
/// <param name="Missing">Numbers of the images that no journal has, or whose file is gone or changed.</param>
/// <param name="Total">Images of the whole batch; <c>null</c> where no journal knows.</param>
internal sealed record MergedJournal(IReadOnlyList<JournalLine> Lines, IReadOnlyList<int> Missing, int? Total)
{
    /// <summary>
    /// Reads all journals of some folders. Images whose row was taken out of the file are left aside.
    /// </summary>
    /// <param name="folders">Where shards have written.</param>
    /// <param name="target">The folder that the joined journal is for.</param>
    /// <exception cref="UsageException">A folder has no journal, or the journals belong to different
    /// batches.</exception>
    public static MergedJournal Join(IReadOnlyList<string> folders, string target)
    {
        var found = new SortedDictionary<int, JournalLine>();
        var broken = new SortedSet<int>();
        int? total = null;
        foreach (string folder in folders)
        {
            List<BatchJournal> journals = Directory.Exists(folder) ? [.. BatchJournal.AllIn(folder)] : [];
            if (journals.Count == 0)
            {
                throw new UsageException(
                    $"there is no journal in '{folder}'; looked for glide-batch*.jsonl; give the folders that the "
                        + $"shards wrote to");
            }
            foreach (var (journal, line, isWhole) in Current(journals))
            {
                if (line.Of is { } of && (total ??= of) != of)
                {
                    throw new UsageException(
                        $"the journals belong to different batches; '{journal.Path}' has {Counted.Of(of, "image")}, "
                            + $"another {total}; merge the shards of one batch");
                }
                if (found.TryGetValue(line.Number, out var other)
                    && (other.Prompt != line.Prompt || other.Seed != line.Seed))
                {
                    throw new UsageException(
                        $"the journals belong to different batches; image {line.Number} is '{other.Prompt}' and "
                            + $"'{line.Prompt}'; merge the shards of one batch");
                }
                if (isWhole)
                {
                    string path = Path.GetRelativePath(target, Path.Combine(folder, line.Path)).Replace('\\', '/');
                    found[line.Number] = line with { Path = path };
                }
                else
                {
                    broken.Add(line.Number);
                }
            }
        }
        int last = total ?? found.Keys.Concat(broken).DefaultIfEmpty(0).Max();
        return new MergedJournal([.. found.Values],
            [.. Enumerable.Range(1, last).Where(number => !found.ContainsKey(number))], total);
    }

    // Of a file that several journals of a folder know, the one that was written last knows its number now.
    private static IEnumerable<(BatchJournal Journal, JournalLine Line, bool IsWhole)> Current(
        IEnumerable<BatchJournal> journals)
    {
        var known = new HashSet<string>();
        foreach (var journal in journals.OrderByDescending(journal => File.GetLastWriteTimeUtc(journal.Path)))
        {
            foreach (var line in journal.Read().Where(line => line.Number > 0 && !known.Contains(line.Path)).ToList())
            {
                bool isWhole = journal.IsWhole(line);
                if (isWhole)
                    known.Add(line.Path);
                yield return (journal, line, isWhole);
            }
        }
    }
}

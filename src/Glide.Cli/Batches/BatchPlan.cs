using Glide.Batches;
using Glide.Cli.Output;

namespace Glide.Cli.Batches;

/// <summary>Numbers and names the pictures of a batch; the same file gives the same plan to every shard.</summary>
internal sealed class BatchPlan(RowReader reader, Shard shard)
{
    private readonly HashSet<string> _names = new(StringComparer.OrdinalIgnoreCase);
    private int _rows;
    private int _pictures;

    /// <summary>Pictures planned so far, those of other shards too.</summary>
    public int Total => _pictures;

    /// <summary>This shard's pictures of some more rows.</summary>
    public List<PlannedPicture> Add(IEnumerable<BatchRow> rows, ICollection<RowFault> faults)
    {
        var planned = new List<PlannedPicture>();
        foreach (var row in rows)
        {
            var pictures = Read(row, faults);
            bool isOurs = shard.Has(_rows++);
            foreach (var picture in pictures)
            {
                string name = picture.Output ?? FreeName(picture);
                if (!_names.Add(name))
                {
                    faults.Add(new RowFault(picture.Line, $"the output '{name}' is that of an earlier row; give it another name"));
                    continue;
                }
                _pictures++;
                if (isOurs)
                    planned.Add(new PlannedPicture(_pictures, picture.Line, picture.Request, picture.Recipe, name) { Source = picture.Source });
            }
        }
        return planned;
    }

    private IReadOnlyList<RowPicture> Read(BatchRow row, ICollection<RowFault> faults)
    {
        try
        {
            return reader.Read(row, faults);
        }
        catch (UsageException refusal)
        {
            faults.Add(new RowFault(row.Line, refusal.Message));
            return [];
        }
    }

    private string FreeName(RowPicture picture)
    {
        string name = OutputNames.For(picture.Request.Prompt, picture.Request.Seed);
        return Enumerable.Range(1, int.MaxValue).Select(number => OutputNames.Numbered(name, number)).First(candidate => !_names.Contains(candidate));
    }
}

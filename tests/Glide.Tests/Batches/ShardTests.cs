using Glide.Batches;

namespace Glide.Tests.Batches;

public sealed class ShardTests
{
    [Fact]
    public void Shards_share_all_rows_and_none_twice()
    {
        var shards = Enumerable.Range(1, 3).Select(number => Shard.Parse($"{number}/3", _ => null)).ToList();
        Assert.All(Enumerable.Range(0, 10), row => Assert.Single(shards, shard => shard.Has(row)));
        Assert.Equal("glide-batch.2-of-3.jsonl", shards[1].JournalName);
        Assert.Equal("glide-batch.jsonl", Shard.Parse("1/1", _ => null).JournalName);
    }

    [Fact]
    public void Parts_of_a_shard_are_together_that_shard()
    {
        var shard = new Shard(2, 3);
        var parts = Enumerable.Range(0, 4).Select(index => shard.Part(index, 4)).ToList();
        Assert.All(Enumerable.Range(0, 50), row =>
            Assert.Equal(shard.Has(row) ? 1 : 0, parts.Count(part => part.Has(row))));
    }

    public static TheoryData<string, string> Environments => new()
    {
        { "3/4", "SLURM_ARRAY_TASK_ID=2 SLURM_ARRAY_TASK_COUNT=4" },
        { "2/4", "SLURM_ARRAY_TASK_ID=2 SLURM_ARRAY_TASK_COUNT=4 SLURM_ARRAY_TASK_MIN=1" },
        { "1/5", "JOB_COMPLETION_INDEX=0 GLIDE_SHARDS=5" },
    };

    [Theory, MemberData(nameof(Environments))]
    public void Auto_asks_slurm_and_kubernetes(string expected, string variables)
    {
        var shard = Shard.Parse("auto", Variables(variables));
        Assert.Equal(expected, $"{shard.Number}/{shard.Count}");
    }

    [Theory]
    [InlineData("0/3", ""), InlineData("4/3", ""), InlineData("1", ""), InlineData("1/0", ""), InlineData("-1/3", ""),
        InlineData("a/b", "")]
    [InlineData("auto", ""), InlineData("auto", "JOB_COMPLETION_INDEX=0"),
        InlineData("auto", "JOB_COMPLETION_INDEX=5 GLIDE_SHARDS=5")]
    [InlineData("auto", "SLURM_ARRAY_TASK_ID=9 SLURM_ARRAY_TASK_COUNT=4")]
    public void What_is_no_shard_is_refused(string text, string variables) =>
        Assert.Contains("--shard", Assert.Throws<UsageException>(() => Shard.Parse(text, Variables(variables))).Message,
            StringComparison.Ordinal);

    private static Func<string, string?> Variables(string text)
    {
        var values = text.Split(' ', StringSplitOptions.RemoveEmptyEntries).Select(pair => pair.Split('='))
            .ToDictionary(pair => pair[0], pair => pair[1]);
        return name => values.GetValueOrDefault(name);
    }
}

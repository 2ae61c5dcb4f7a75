using Glide.Batches;
using Glide.Cli.Batches;
using Glide.Pipelines;

namespace Glide.Cli.Tests.Batches;

/// <summary>Rows that were inserted, removed and moved, and what is missing then.</summary>
public sealed class FinishedRowsTests
{
    private static readonly Recipe[] s_recipes = [.. new[] { "10", "20" }.Select(steps =>
        Recipe.Of(new StageRecipe { Network = "base", Sampler = "ddpm", Steps = steps }))];

    /// <summary>What a row says, wherever it stands; without a seed it is the line's number.</summary>
    private sealed record Row(string Prompt, int Recipe, long? Seed, int Count, string? Output);

    [Fact]
    public void Exactly_what_no_earlier_row_has_made_is_missing()
    {
        var random = new Random(3);
        for (int round = 0; round < 500; round++)
        {
            var before = Enumerable.Range(0, random.Next(1, 8)).Select(_ => NewRow(random)).ToList();
            var lines = Make([], before, out _);
            var after = before.Where(_ => random.Next(4) > 0).OrderBy(_ => random.Next()).ToList();
            for (int added = random.Next(3); added > 0; added--)
                after.Insert(random.Next(after.Count + 1), NewRow(random));

            // Counted without any line number: rows of equal text are the same row.
            int expected = after.CountBy(row => row).Sum(same =>
                Math.Max(0, same.Value - before.Count(row => row == same.Key)) * same.Key.Count);
            var all = Make(lines, after, out int missing);
            Assert.Equal(expected, missing);
            Make(all, after, out int again);
            Assert.Equal(0, again);
        }
    }

    // Prompts differ where the seeds of rows could meet by chance.
    private static Row NewRow(Random random)
    {
        bool isSeeded = random.Next(2) == 0;
        int count = random.Next(1, 4);
        return new Row($"{(isSeeded ? "seeded" : "free")} {random.Next(2)} {count}", random.Next(2),
            isSeeded ? 100 * random.Next(2) : null, count, null);
    }

    // The lines of all images, whose names no two share.
    private static List<JournalLine> Make(List<JournalLine> lines, List<Row> rows, out int missing)
    {
        var finished = new FinishedRows(lines);
        var images = rows.SelectMany((row, index) => Images(row, index + 1)).ToList();
        var all = lines.ToList();
        missing = 0;
        foreach (var (image, done) in finished.Recognize(images))
        {
            if (done is not null)
            {
                Assert.Equal(done.Seed, image.Request.Seed);
                all[all.IndexOf(done)] = done with { Line = image.Line, SeedLine = image.SeedLine };
                continue;
            }
            missing++;
            string name = OutputNames.For(image.Request.Prompt, image.Request.Seed);
            string free = Enumerable.Range(1, 100).Select(number => OutputNames.Numbered(name, number))
                .First(candidate => all.All(line => line.Path != candidate));
            all.Add(new JournalLine
            {
                Number = all.Count + 1,
                Line = image.Line,
                SeedLine = image.SeedLine,
                Prompt = image.Request.Prompt,
                Seed = image.Request.Seed,
                Settings = new RunSettings
                {
                    Model = "mini",
                    ModelHash = "",
                    Version = "",
                    Device = "cpu",
                    Dtype = "fp32",
                    Recipe = image.Recipe,
                },
                Path = free,
                Sha256 = "",
                Seconds = 0,
            });
        }
        return all;
    }

    private static IEnumerable<RowImage> Images(Row row, int line) => Enumerable.Range(0, row.Count).Select(index =>
        new RowImage(line, new ImageRequest(row.Prompt, (row.Seed ?? line) + index), s_recipes[row.Recipe], null)
        {
            RowOutput = row.Output,
            Count = row.Count,
            SeedLine = row.Seed is null ? line : null,
        });

    [Theory]
    [InlineData("a-red-circle-7.png", true)]
    [InlineData("a-red-circle-7-2.png", true)]
    [InlineData("a-red-circle-7-10.png", true)]
    [InlineData("a-red-circle-7-1.png", false)]
    [InlineData("a-red-circle-7-02.png", false)]
    [InlineData("a-red-circle-72.png", false)]
    [InlineData("a-red-circle-7-2.jpg", false)]
    [InlineData("sub/a-red-circle-7.png", false)]
    public void A_name_of_our_own_choice_is_known_again(string name, bool isOurs) =>
        Assert.Equal(isOurs, OutputNames.IsFor(name, "a red circle", 7));
}

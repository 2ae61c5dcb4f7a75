using Glide.Diagnostics;
using Glide.Pipelines;

namespace Glide.Tests.Pipelines;

public sealed class RunCostTests
{
    private static readonly ImageSize s_size = new(256, 256);

    private static readonly StageCost s_base =
        new("base", BatchSize: 4, LoadSeconds: 3, PassSeconds: 0.5, OtherSeconds: 1, HasWeights: true);
    private static readonly StageCost s_upsample =
        new("upsample", BatchSize: 4, LoadSeconds: 5, PassSeconds: 2, OtherSeconds: 0, HasWeights: true);

    /// <summary>
    /// Images, sampler, guidance interval, and seconds by hand: a batch of 4 costs 1 + 10·0.5 + 3·2 = 12.
    /// </summary>
    public static TheoryData<int, string, string?, double> Runs => new()
    {
        { 4, "ddpm", null, 12 },
        { 8, "ddpm", null, 24 },
        { 6, "ddpm", null, 18 },         // one and a half batches
        { 2, "ddpm", null, 6 },          // half of a batch
        { 4, "heun", null, 16.5 },       // 19 passes
        { 4, "ddpm", "0.2:0.7", 10.75 }, // half of the steps cost half
    };

    [Theory, MemberData(nameof(Runs))]
    public void Time_follows_from_passes_and_batches(int images, string sampler, string? interval, double seconds)
    {
        var recipe = Recipe.Of(new StageRecipe
        {
            Network = "base",
            Sampler = sampler,
            Steps = "10",
            GuidanceInterval = interval
        }, new StageRecipe { Network = "upsample", Sampler = "ddim", Steps = "3" });
        var cost = new RunCost([s_base, s_upsample], null, s_size);
        Assert.Equal(seconds, cost.SecondsFor(Workload.Of(recipe, images)), 9);
    }

    /// <summary>Guidance interval, and seconds by hand: with two further prompts an image has four rows.</summary>
    [Theory]
    [InlineData(null, 12)]
    [InlineData("0.2:0.7", 1 + (5 * 0.5) + (5 * 0.5 / 4) + (3 * 2))]
    public void Steps_without_guidance_leave_all_further_prompts_out(string? interval, double seconds)
    {
        var recipe = Recipe.Of(new StageRecipe
        {
            Network = "base",
            Sampler = "ddpm",
            Steps = "10",
            GuidanceInterval = interval
        }, new StageRecipe { Network = "upsample", Sampler = "ddim", Steps = "3" });
        Assert.Equal(seconds,
            new RunCost([s_base, s_upsample], null, s_size).SecondsFor(Workload.Of(recipe, 4, further: 2)), 9);
    }

    /// <summary>
    /// Guidance interval, and seconds by hand: eight are begun, four drawn, two enlarged; twelve scores.
    /// </summary>
    [Theory]
    [InlineData(null, (8 * 0.25) + (((8 * 4) + (4 * 6)) * 0.125) + (2 * 3 * 0.5) + (12 * 0.1))]
    [InlineData("0:0.4", (8 * 0.25) + (((8 * 4) + (4 * 6 * 0.5)) * 0.125) + (2 * 3 * 0.5) + (12 * 0.1))]
    [InlineData("0.2:0.4", (8 * 0.25) + (((8 * 3) + (4 * 6 * 0.5)) * 0.125) + (2 * 3 * 0.5) + (12 * 0.1))]
    public void Candidates_cost_what_is_made_of_them(string? interval, double seconds)
    {
        var recipe = Recipe.Of(new StageRecipe
        {
            Network = "base",
            Sampler = "ddpm",
            Steps = "10",
            GuidanceInterval = interval
        }, new StageRecipe { Network = "upsample", Sampler = "ddim", Steps = "3" });
        ImageRequest[] candidates = [.. Enumerable.Range(0, 8).Select(seed => new ImageRequest("a ring", seed))];
        var work = Workload.Of(candidates, recipe, keepBest: 2, new EarlyPruning(0.5, 0.4));
        var scoring = new ScoringCost(LoadSeconds: 7, ScoreSeconds: 0.1, HasWeights: true);
        Assert.Equal(seconds, new RunCost([s_base, s_upsample], scoring, s_size).SecondsFor(work), 9);
    }

    [Fact]
    public void Files_are_at_most_as_large_as_their_pixels_and_their_record()
    {
        // 256 rows of 768 bytes and a filter byte, which the bound rounds up to a pixel.
        Assert.InRange(new RunCost([s_base], null, s_size).MostBytesFor(10), 10 * 256 * 769, 10 * ((256 * 771) + 5000));
    }
}

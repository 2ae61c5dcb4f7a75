using Glide.Diagnostics;
using Glide.ModelSets;
using Glide.Pipelines;
using Glide.Tests.Support;

namespace Glide.Tests.Pipelines;

/// <summary>What a run is said to do, against the steps that it reports.</summary>
[Collection(TorchCollection.Name)]
public sealed class WorkloadTests
{
    private const int Steps = 5;
    private const int UpsampleSteps = 3;

    /// <summary>
    /// Prompts, images of each, kept of each, culling; then by hand passes of base and upsampler, and scores.
    /// </summary>
    public static TheoryData<int, int, int?, string?, int, int, int> Runs => new()
    {
        { 1, 3, null, null, 15, 9, 0 },
        { 1, 6, 2, null, 30, 6, 6 },
        { 1, 6, 2, "0.5@0.4", (2 * 6) + (3 * 3), 6, 6 + 3 },
        { 2, 5, 1, "0.3@0.5", (2 * 10) + (3 * 8), 6, 10 + 8 }, // one and a half of five are one
        { 1, 6, 2, "0.5@0.01", (1 * 6) + (4 * 3), 6, 6 + 3 }, // not before the first step
    };

    [Theory, MemberData(nameof(Runs))]
    public void Passes_are_those_that_a_run_reports(int prompts, int each, int? kept, string? cull, int basePasses,
        int upsamplePasses, int scores)
    {
        var models = ModelSet.Read(Path.Combine(GoldenFiles.Checkout, "models", "mini"));
        var published = Recipe.For(models, "sample");
        var recipe = published.WithBase(stage => stage with { Steps = $"{Steps}" })
            .WithLater(stage => stage with { Steps = $"{UpsampleSteps}" });
        ImageRequest[] requests = [.. Enumerable.Range(0, prompts * each)
            .Select(index => new ImageRequest(index < each ? "a red circle" : "a blue square", index))];
        var culling = cull is null ? null : EarlyPruning.Parse(cull);
        var work = Workload.Of(requests, recipe, kept, culling);
        Assert.Equal((basePasses, upsamplePasses, scores), (work.BasePasses, work.PassesOf(1), work.Scores));

        var made = new MadeSteps();
        int finished = 0;
        using var pipeline = GlidePipeline.Open(models,
            new DeviceOptions { Device = "cpu", Dtype = "fp32", Threads = 1 });
        pipeline.Run(requests, recipe, new RunOptions
        {
            BatchSize = 4,
            KeepBest = kept,
            Cull = culling,
            Progress = made,
            Finished = _ => finished++
        });
        Assert.Equal((made.Of("base"), made.Of("upsample"), finished),
            (work.BasePasses, work.PassesOf(1), work.Finished));
    }

    [Theory]
    [InlineData("heun", null, null, 6 * 9)]
    [InlineData("heun", "0.5@0.4", null, (6 * 4) + (3 * 5))]
    [InlineData("plms", "0.5@0.4", null, (6 * 3) + (3 * 3))] // the first step asks twice
    [InlineData("ddim", null, 0.4, 6 * 2)]
    public void Passes_are_those_of_the_sampler(string sampler, string? cull, double? strength, int passes)
    {
        var recipe = Recipe.Of(new StageRecipe
        {
            Network = "base",
            Sampler = sampler,
            Steps = $"{Steps}",
            Strength = strength
        });
        ImageRequest[] requests = [.. Enumerable.Range(0, 6).Select(seed => new ImageRequest("a ring", seed))];
        Assert.Equal(passes, Workload.Of(requests, recipe, 1, cull is null
            ? null
            : EarlyPruning.Parse(cull)).BasePasses);
    }

    /// <summary>Counts steps, each image of a batch for itself.</summary>
    private sealed class MadeSteps : IProgress<GenerationProgress>
    {
        private readonly Dictionary<string, long> _made = [];
        private int _last = int.MinValue;

        public long Of(string stage) => _made.GetValueOrDefault(stage);

        // The first report of a batch says where it stands and is no step.
        public void Report(GenerationProgress value)
        {
            if (value.Step == _last + 1)
                _made[value.Stage] = Of(value.Stage) + value.Rows;
            _last = value.Step;
        }
    }
}

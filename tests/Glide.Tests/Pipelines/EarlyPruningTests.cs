using Glide.ModelSets;
using Glide.Pipelines;
using Glide.Tests.Support;
using static TorchSharp.torch;

namespace Glide.Tests.Pipelines;

/// <summary>Candidates that are dropped on the way.</summary>
[Collection(TorchCollection.Name)]
public sealed class EarlyPruningTests
{
    private const int Steps = 5;

    private static readonly ModelSet s_models = ModelSet.Read(Path.Combine(GoldenFiles.Checkout, "models", "mini"));
    private static readonly long[] s_seeds = [11, 12, 13, 14, 15];

    // Each kind of sampler remembers something else from step to step.
    public static TheoryData<string, bool> Samplers { get; } = new()
    {
        { "ddpm", false }, { "plms", false }, { "unipc-3", false }, { "heun", false }, { "dpmpp-2m", true },
    };

    [Theory, MemberData(nameof(Samplers))]
    public void What_is_left_is_what_it_would_be_without_culling(string sampler, bool plusPlus)
    {
        var stage = Stage(sampler) with { CfgPlusPlus = plusPlus, GuidanceScale = plusPlus ? 0.6 : 3 };
        var all = Make(stage, ["a red circle"], batch: 5, keepBest: 5, cull: null);
        var left = Make(stage, ["a red circle"], batch: 2, keepBest: 2, new EarlyPruning(0.5, 0.4));
        Assert.Equal(2, left.Count);
        foreach (var image in left)
        {
            var whole = all.Single(other => other.Record.Seed == image.Record.Seed);
            int most = whole.Image.Pixels.Zip(image.Image.Pixels, (a, b) => Math.Abs(a - b)).Max();
            Assert.InRange(most, 0, Bounds.BatchLevels);
        }
    }

    [Fact]
    public void In_batches_of_one_every_byte_is_the_same()
    {
        var all = Make(Stage("ddpm"), ["a red circle"], batch: 1, keepBest: 5, cull: null);
        var left = Make(Stage("ddpm"), ["a red circle"], batch: 1, keepBest: 3, new EarlyPruning(0.5, 0.4));
        Assert.Equal(3, left.Count);
        Assert.All(left, image => Assert.Equal(all.Single(other => other.Record.Seed == image.Record.Seed).Image.Pixels,
            image.Image.Pixels));
    }

    [Fact]
    public void Each_prompt_loses_its_worst_wherever_they_were_drawn()
    {
        string[] prompts = ["a red circle", "a blue square"];
        var culling = new EarlyPruning(0.4, 0.4);
        var all = Make(Stage("ddpm"), prompts, batch: 3, keepBest: 5, new EarlyPruning(0.01, 0.4));
        var left = Make(Stage("ddpm"), prompts, batch: 3, keepBest: 3, culling);
        Assert.Equal(6, left.Count);
        foreach (string prompt in prompts)
        {
            var candidates = all.Where(image => image.Record.Prompt == prompt).ToArray();
            Assert.Equal(5, candidates.Length);
            var best = candidates.OrderByDescending(image => image.Record.Choice!.ScoreAtCull).Take(3)
                .Select(image => image.Record.Seed).Order();
            Assert.Equal(best, left.Where(image => image.Record.Prompt == prompt).Select(image => image.Record.Seed));
        }
        Assert.All(left, image => Assert.Equal((5, "0.4@0.4"),
            (image.Record.Choice!.BestOf, image.Record.Choice.Cull)));
    }

    [Fact]
    public void Noisy_images_are_scored_at_their_own_timestep()
    {
        using var noGradient = no_grad();
        using var judge = ClipModel.Load(s_models,
            TorchRuntime.Start(new DeviceOptions { Device = "cpu", Dtype = "fp32" }));
        using var generator = new Generator(3);
        using var x = randn([2, 3, 32, 32], generator: generator);
        double[] late = judge.ScoresOfNoisy(x, 26.6, ["a red circle", "a blue square"]);
        Assert.Equal(late, judge.ScoresOfNoisy(x, 27, ["a red circle", "a blue square"]));
        Assert.NotEqual(late, judge.ScoresOfNoisy(x, 900, ["a red circle", "a blue square"]));
        using var second = x.narrow(0, 1, 1);
        Assert.Equal([late[1]], judge.ScoresOfNoisy(second, 27, ["a blue square"]));
    }

    [Fact]
    public void Dropped_images_cost_no_more_passes()
    {
        var heard = new List<GenerationProgress>();
        Make(Stage("ddpm"), ["a red circle"], batch: 4, keepBest: 1, new EarlyPruning(0.5, 0.4), new Each(heard.Add));
        // Two steps of 4 and 1 images; then three steps of the 3 that stay, in one batch or two.
        var steps = heard.Zip(heard.Skip(1)).Where(pair => pair.Second.Step == pair.First.Step + 1)
            .Select(pair => pair.Second).ToArray();
        Assert.Equal((2 * s_seeds.Length) + (3 * 3), steps.Sum(report => report.Rows));
        Assert.Equal([1, 2, 1, 2], steps.Take(4).Select(report => report.Step));
        Assert.Equal([3, 4, 5], steps.Skip(4).Take(3).Select(report => report.Step));
    }

    [Fact]
    public void A_run_holds_no_tensors_behind() =>
        TensorLeak.None(() => Make(Stage("plms"), ["a red circle"], batch: 2, keepBest: 1, new EarlyPruning(0.5, 0.4)));

    [Theory]
    [InlineData(0.5, 8, 4)]
    [InlineData(0.5, 5, 3)]
    [InlineData(0.29, 100, 71)]
    [InlineData(0.9, 1, 1)]
    public void Parts_of_an_image_are_not_dropped(double share, int candidates, int kept) =>
        Assert.Equal(kept, new EarlyPruning(share, 0.4).Kept(candidates));

    [Theory]
    [InlineData("0.5")]
    [InlineData("1@0.4")]
    [InlineData("0.5@0")]
    [InlineData("0,5@0.4")]
    [InlineData("half@0.4")]
    [InlineData("-0.5@0.4")]
    [InlineData("0.5@0.4@0.6")]
    [InlineData("NaN@0.4")]
    public void Other_texts_are_refused(string text) =>
        Assert.Contains("such as 0.5@0.4", Assert.Throws<UsageException>(() => EarlyPruning.Parse(text)).Message,
            StringComparison.Ordinal);

    [Fact]
    public void A_culling_is_written_as_it_is_read() =>
        Assert.Equal("0.5@0.4", EarlyPruning.Parse(" .50@0.4 ").ToString());

    [Fact]
    public void One_step_leaves_no_place_for_it() =>
        Assert.Contains("takes 1 step", Assert.Throws<UsageException>(() =>
            Make(Stage("ddpm") with { Steps = "1" }, ["a"], 2, 1, new EarlyPruning(0.5, 0.4))).Message,
            StringComparison.Ordinal);

    private static StageRecipe Stage(string sampler) =>
        Recipe.For(s_models, "sample").Base with { Sampler = sampler, Steps = $"{Steps}" };

    private static List<GeneratedImage> Make(StageRecipe stage, string[] prompts, int batch,
        int keepBest, EarlyPruning? cull, IProgress<GenerationProgress>? progress = null)
    {
        using var pipeline = GlidePipeline.Open(s_models, new DeviceOptions { Device = "cpu", Dtype = "fp32" });
        var made = new List<GeneratedImage>();
        pipeline.Run(
            [.. prompts.SelectMany(prompt => s_seeds.Select(seed => new ImageRequest(prompt, seed)))],
            Recipe.Of(stage),
            new RunOptions
            {
                BatchSize = batch,
                KeepBest = keepBest,
                Cull = cull,
                Finished = made.Add,
                Progress = progress
            });
        return made;
    }

    private sealed class Each(Action<GenerationProgress> hear) : IProgress<GenerationProgress>
    {
        public void Report(GenerationProgress value) => hear(value);
    }
}

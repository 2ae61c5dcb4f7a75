using Glide.ModelSets;
using Glide.Pipelines;
using Glide.Tests.Support;
using Glide.Tokenizers;
using static TorchSharp.torch;

namespace Glide.Tests.Pipelines;

/// <summary>Which networks lie in memory together.</summary>
[Collection(TorchCollection.Name)]
public sealed class ModelCacheTests
{
    // The built-in base and upsampler need 73 MB together.
    private const long Plenty = 4L << 30;
    private const long Little = 200L << 20;

    private static readonly ModelSet s_models = ModelSet.Read(Path.Combine(GoldenFiles.Checkout, "models", "mini"));

    [Theory]
    [InlineData(Little, new[] { "base" }, new[] { "upsample" })]
    [InlineData(Plenty, new[] { "base" }, new[] { "base", "upsample" })]
    public void The_base_is_freed_before_the_upsampler_is_loaded_unless_memory_is_plenty(long available,
        string[] drawing, string[] enlarging)
    {
        using var noGradient = no_grad();
        var runtime = TorchRuntime.Start(new DeviceOptions { Device = "cpu", Dtype = "fp32" });
        using var pool = new ModelCache(s_models, runtime) { AvailableBytes = () => available };
        var published = Recipe.For(s_models, "sample");
        var recipe = published.WithBase(stage => stage with { Steps = "1" })
            .WithLater(stage => stage with { Steps = "1" });
        var loaded = new Dictionary<string, string[]>();
        var options = new RunOptions
        {
            Finished = _ => { },
            Progress = new Immediate(progress => loaded[progress.Stage] = [.. pool.Loaded.Order()]),
        };
        var prompts = new PromptEncoder(GlideTokenizer.Load(), warn: null);
        var run = new Cascade(
            new RunContext(s_models, new ModelHashes(s_models), runtime, pool, prompts), recipe, options,
            new Lazy<ClipModel>(() => throw new InvalidOperationException("CLIP is not wanted")));
        run.Make([new ImageRequest("a red circle", 1), new ImageRequest("a blue square", 2)]);
        Assert.Equal(drawing, loaded["base"]);
        Assert.Equal(enlarging, loaded["upsample"]);
    }

    private sealed class Immediate(Action<GenerationProgress> report) : IProgress<GenerationProgress>
    {
        public void Report(GenerationProgress value) => report(value);
    }
}

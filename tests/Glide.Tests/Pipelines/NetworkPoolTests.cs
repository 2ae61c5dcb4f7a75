using Glide.ModelSets;
using Glide.Pipelines;
using Glide.Runtime;
using Glide.Tests.Support;
using Glide.Tokenizers;
using static TorchSharp.torch;

namespace Glide.Tests.Pipelines;

/// <summary>Which networks lie in memory together.</summary>
[Collection(TorchCollection.Name)]
public sealed class NetworkPoolTests
{
    // The built-in base and upsampler need 73 MB together.
    private const long Plenty = 4L << 30;
    private const long Little = 200L << 20;

    private static readonly ModelSet s_models = ModelSet.Read(Path.Combine(GoldenFiles.Checkout, "models", "mini"));

    [Theory]
    [InlineData(Little, new[] { "base" }, new[] { "upsample" })]
    [InlineData(Plenty, new[] { "base" }, new[] { "base", "upsample" })]
    public void The_base_is_freed_before_the_upsampler_is_loaded_unless_memory_is_plenty(long available, string[] drawing, string[] enlarging)
    {
        using var noGradient = no_grad();
        var engine = Engine.Start(new EngineOptions { Device = "cpu", Dtype = "fp32" });
        using var pool = new NetworkPool(s_models, engine) { AvailableBytes = () => available };
        var published = Recipe.For(s_models, "sample");
        var recipe = published with { Base = published.Base with { Steps = "1" }, Upsample = published.Upsample! with { Steps = "1" } };
        var loaded = new Dictionary<string, string[]>();
        var options = new RunOptions
        {
            Finished = _ => { },
            Progress = new Immediate(progress => loaded[progress.Stage] = [.. pool.Loaded.Order()]),
        };
        var run = new CascadeRun(
            s_models, new ModelHashes(s_models), engine, pool, new PromptEncoder(GlideTokenizer.Load(), warn: null), recipe, options,
            new Lazy<ClipJudge>(() => throw new InvalidOperationException("CLIP is not wanted")));
        run.Make([new PictureRequest("a red circle", 1), new PictureRequest("a blue square", 2)]);
        Assert.Equal(drawing, loaded["base"]);
        Assert.Equal(enlarging, loaded["upsample"]);
    }

    private sealed class Immediate(Action<GenerationProgress> report) : IProgress<GenerationProgress>
    {
        public void Report(GenerationProgress value) => report(value);
    }
}

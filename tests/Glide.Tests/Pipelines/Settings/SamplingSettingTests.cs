using Glide.ModelSets;
using Glide.Pipelines;
using Glide.Tests.Support;

namespace Glide.Tests.Pipelines.Settings;

/// <summary>The finer settings of sampling, on the small networks.</summary>
[Collection(TorchCollection.Name)]
public sealed class SamplingSettingTests : IDisposable
{
    private static readonly string[] s_prompts =
        ["a red circle", "a blue square", "a green triangle", "a yellow circle above a red square"];

    private readonly ModelSet _models = ModelSet.Read(Path.Combine(GoldenFiles.Checkout, "models", "mini"));
    private readonly GlidePipeline _pipeline;

    public SamplingSettingTests() =>
        _pipeline = GlidePipeline.Open(_models, new DeviceOptions { Device = "cpu", Dtype = "fp32", Threads = 1 });

    public void Dispose() => _pipeline.Dispose();

    [Fact]
    public void An_interval_of_the_whole_run_changes_no_byte() =>
        Assert.Equal(Draw(Ddim("4")), Draw(Ddim("4") with { GuidanceInterval = "0:1" }));

    [Fact]
    public void Dynamic_thresholding_halves_the_saturated_bytes_at_scale_8()
    {
        var strong = Ddim("20") with { GuidanceScale = 8 };
        double clamped = Saturated(Draw(strong));
        double scaled = Saturated(Draw(strong with { Threshold = "dynamic" }));
        Assert.True(clamped > 0);
        Assert.True(scaled <= clamped / 2, $"{scaled:P2} of the bytes are saturated, {clamped:P2} without");
    }

    [Fact]
    public void Reuse_in_every_pass_changes_no_byte() =>
        Assert.Equal(Draw(Ddim("4")), Draw(Ddim("4") with { Reuse = 1 }));

    [Fact]
    public void Reuse_is_near_the_whole_computation()
    {
        // A root mean square of a twentieth of the range: the same images at first sight.
        const double Near = 255.0 / 20;
        byte[] whole = Draw(Ddim("20"));
        byte[] reused = Draw(Ddim("20") with { Reuse = 2, GuidanceInterval = "0.2:0.7" });
        Assert.NotEqual(whole, reused);
        Assert.InRange(Distance(Draw(Ddim("20") with { GuidanceInterval = "0.2:0.7" }), reused), 0, Near);
    }

    public static TheoryData<string> Settings => ["spacing", "rescale", "cfgpp", "churn", "threshold"];

    [Theory, MemberData(nameof(Settings))]
    public void A_setting_reaches_the_sampler(string setting)
    {
        var plain = Ddim("4") with { Sampler = "heun" };
        var changed = setting switch
        {
            "spacing" => plain with { Spacing = "karras" },
            "rescale" => plain with { GuidanceRescale = 0.7 },
            "cfgpp" => plain with { CfgPlusPlus = true, GuidanceScale = 0.6 },
            "churn" => plain with { Churn = 4 },
            _ => plain with { Threshold = "dynamic:0.9" },
        };
        Assert.NotEqual(Draw(plain), Draw(changed));
    }

    [Fact]
    public void Normal_takes_at_most_a_quarter_of_the_passes_of_paper()
    {
        Assert.Equal(127, Passes("paper"));
        Assert.Equal(277, Passes("eval"));
        Assert.True(Passes("normal") * 4 <= Passes("paper"));
        Assert.True(Passes("draft") < Passes("fast") && Passes("fast") < Passes("normal"));
    }

    [Fact]
    public void Paper_is_the_published_recipe()
    {
        var published = Recipe.For(_models, "sample");
        Assert.Equal(published, QualityPreset.Parse("paper").Apply(published));
    }

    private int Passes(string quality)
    {
        var recipe = QualityPreset.Parse(quality).Apply(Recipe.For(_models, "sample"));
        return recipe.Base.CountPasses() + recipe.Stages[1].CountPasses();
    }

    private StageRecipe Ddim(string steps) =>
        Recipe.For(_models, "sample").Base with { Sampler = "ddim", Steps = steps };

    private byte[] Draw(StageRecipe stage)
    {
        var made = new List<byte>();
        _pipeline.Run(
            [.. s_prompts.Select((prompt, index) => new ImageRequest(prompt, index))],
            Recipe.Of(stage),
            new RunOptions { BatchSize = s_prompts.Length, Finished = image => made.AddRange(image.Image.Pixels) });
        return [.. made];
    }

    private static double Saturated(byte[] pixels) => (double)pixels.Count(value => value is 0 or 255) / pixels.Length;

    private static double Distance(byte[] a, byte[] b) =>
        Math.Sqrt(a.Zip(b, (x, y) => (double)(x - y) * (x - y)).Average());
}

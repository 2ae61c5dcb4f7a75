using Glide.Diffusion;
using Glide.Models.UNet;
using Glide.ModelSets;
using Glide.Pipelines;
using Glide.Tests.Support;
using Glide.Tokenizers;
using static TorchSharp.torch;

namespace Glide.Tests.Pipelines;

/// <summary>Images that several prompts guide.</summary>
[Collection(TorchCollection.Name)]
public sealed class ComposedPromptTests : IDisposable
{
    private const string Prompt = "a red circle";

    private static readonly ModelSet s_models = ModelSet.Read(Path.Combine(GoldenFiles.Checkout, "models", "mini"));
    private static readonly Recipe s_recipe = Recipe.For(s_models, "sample")
        .WithBase(stage => stage with { Sampler = "ddim", Steps = "4", GuidanceScale = 3 })
        .WithLater(stage => stage with { Steps = "2" });

    private readonly GlidePipeline _pipeline =
        GlidePipeline.Open(s_models, new DeviceOptions { Device = "cpu", Dtype = "fp32" });

    [Theory]
    [InlineData(3)]
    [InlineData(1)]
    public void Every_prompt_adds_its_weighted_difference(double scale)
    {
        using var noGradient = no_grad();
        using var scope = NewDisposeScope();
        using var networks = new ModelCache(s_models, TorchRuntime.Start(new DeviceOptions { Device = "cpu" }));
        var network = networks.Get("base");
        var encoder = new PromptEncoder(GlideTokenizer.Load(), warn: null);
        var stage = new Stage(network, s_recipe.Base with { GuidanceScale = scale }, encoder);
        ImageRequest request = new(Prompt, 7)
        {
            Negative = "a ring",
            And = ComposedPrompts.Parse("a blue square:0.7 | a star:-0.5"),
        };
        using var noise = stage.NewNoise([7]);
        using var sameNoise = stage.NewNoise([7]);
        var made = stage.Run(StageInputs.Of([request], composes: true), noise, new StepCallbacks());

        // DDIM by hand in float64, with one call of the network for each prompt.
        var tables = new DiffusionTables(BetaTable.SquaredCosine(1000), TimestepRespacing.Parse("4", 1000));
        var x = sameNoise.Draw().to(ScalarType.Float64);
        for (int step = 3; step >= 0; step--)
        {
            Tensor Eps(string prompt)
            {
                using var text = encoder.Encode(network, [prompt]);
                return network.call(new UNetInput(x.to(ScalarType.Float32)),
                    tensor(new[] { (float)tables.Timesteps[step] }), text).narrow(1, 0, 3).to(ScalarType.Float64);
            }

            var nothing = Eps("a ring");
            var eps = nothing + (scale * (Eps(Prompt) - nothing)) + (scale * 0.7 * (Eps("a blue square") - nothing))
                + (scale * -0.5 * (Eps("a star") - nothing));
            double alphaBar = tables.AlphasCumprod[step];
            double alphaBarPrev = tables.AlphasCumprodPrev[step];
            var x0 = ((x - (eps * Math.Sqrt(1 - alphaBar))) / Math.Sqrt(alphaBar)).clamp(-1, 1);
            eps = (x - (x0 * Math.Sqrt(alphaBar))) / Math.Sqrt(1 - alphaBar);
            x = (x0 * Math.Sqrt(alphaBarPrev)) + (eps * Math.Sqrt(1 - alphaBarPrev));
        }
        Assert.InRange(Closeness.InDeviations(x.to(ScalarType.Float32), made), 0, Bounds.NetworkInDeviations);
    }

    [Fact]
    public void A_prompt_of_weight_0_changes_no_byte() =>
        Assert.Equal(Pixels(Request(null)), Pixels(Request("a blue square:0")));

    [Fact]
    public void The_order_of_the_prompts_does_not_matter()
    {
        byte[] one = Pixels(Request("a blue square:0.5 | a star:-0.3"));
        byte[] other = Pixels(Request("a star:-0.3 | a blue square:0.5"));
        Assert.InRange(Largest(one, other), 0, Bounds.BatchLevels);
        Assert.NotEqual(Pixels(Request(null)), one);
    }

    [Fact]
    public void An_image_is_the_same_beside_others_with_more_or_fewer_prompts()
    {
        string?[] and = ["a blue square", null, "a star:-0.5 | a ring:0.5 | a heart", "a blue square:0"];
        var requests = and.Select((prompts, index) => Request(prompts) with { Seed = index }).ToArray();
        var together = Make(requests, s_recipe.BaseOnly());
        Assert.All(requests.Zip(together), pair => Assert.InRange(
            Largest(Make([pair.First], s_recipe.BaseOnly())[0].Image.Pixels, pair.Second.Image.Pixels), 0,
            Bounds.BatchLevels));
    }

    [Fact]
    public void The_upsampler_reads_those_that_are_wanted_as_one_prompt()
    {
        var composed = Make([Request("a blue square:0.5 | a star:-0.3 | a heart")], s_recipe)[0];
        var joined = new ImageRequest("a red circle and a blue square and a heart", 7) { Small = composed.Base };
        Assert.Equal(Make([joined], s_recipe)[0].Image.Pixels, composed.Image.Pixels);
    }

    [Fact]
    public void Clip_scores_those_that_are_wanted_as_one_prompt()
    {
        var made = Make([Request("a blue square | a star:-1")], s_recipe.BaseOnly(), keepBest: 1)[0];
        using var clip = ClipModel.Load(s_models, TorchRuntime.Start(new DeviceOptions { Device = "cpu" }));
        double expected = clip.ScoresOfPairs([made.Image], ["a red circle and a blue square"])[0];
        // Float32, with an image that was rounded to 8 bits in both.
        Assert.Equal(expected, made.Record.Score!.Value, 6);
    }

    public static TheoryData<string> Samplers => [.. StageRecipe.SamplerNames];

    [Theory, MemberData(nameof(Samplers))]
    public void Prompts_guide_every_sampler(string sampler) => AssertGuides(stage => stage with { Sampler = sampler });

    [Fact]
    public void Prompts_guide_with_every_kind_of_guidance()
    {
        AssertGuides(stage => stage with { Reuse = 2 });
        AssertGuides(stage => stage with { GuidanceInterval = "0.25:0.75" });
        AssertGuides(stage => stage with { GuidanceRescale = 0.7 });
        AssertGuides(stage => stage with { CfgPlusPlus = true, GuidanceScale = 0.6 });
    }

    [Fact]
    public void Each_prompt_takes_a_row_of_memory()
    {
        var network = s_models.Network("base").UNet!;
        var size = ImageSize.Of(network);
        Assert.Equal(2 * BatchSizes.BytesFor(network, size, images: 3, further: 0),
            BatchSizes.BytesFor(network, size, images: 3, further: 2));
    }

    [Theory]
    [InlineData("a blue square", "a blue square", "a blue square=1")]
    [InlineData(" a : 0.50 |b:-2", "a:0.5 | b:-2", "a=0.5;b=-2")]
    [InlineData("a clock at 10:30:1", "a clock at 10:30:1", "a clock at 10:30=1")]
    [InlineData("note: a star", "note: a star", "note: a star=1")]
    [InlineData("a:", "a:", "a:=1")]
    public void Prompts_are_written_as_they_are_read(string text, string written, string parts)
    {
        var prompts = ComposedPrompts.Parse(text);
        Assert.Equal(written, prompts.ToString());
        Assert.Equal(prompts.All, ComposedPrompts.Parse(written).All);
        Assert.Equal(parts, string.Join(';', prompts.All
            .Select(each => FormattableString.Invariant($"{each.Prompt}={each.Weight}"))));
    }

    [Theory]
    [InlineData("", "a prompt that is not empty")]
    [InlineData("a | | b", "a prompt that is not empty")]
    [InlineData(":0.5", "a prompt that is not empty")]
    [InlineData("a clock at 10:30", "the weight '30'; allowed is a number from -10 to 10")]
    [InlineData("a:0,5", "the weight '0,5'; allowed is a number from -10 to 10")]
    [InlineData("1|2|3|4|5|6|7|8|9|10|11|12|13|14|15|16|17", "found 17; allowed are 16")]
    public void Other_texts_are_refused(string text, string message) =>
        Assert.Contains(message, Assert.Throws<UsageException>(() => ComposedPrompts.Parse(text)).Message,
            StringComparison.Ordinal);

    public void Dispose() => _pipeline.Dispose();

    private static ImageRequest Request(string? and) =>
        new(Prompt, 7) { And = ComposedPrompts.FromRecord(and) };

    private void AssertGuides(Func<StageRecipe, StageRecipe> change)
    {
        var recipe = s_recipe.BaseOnly().WithBase(change);
        Assert.NotEqual(Make([Request(null)], recipe)[0].Image.Pixels,
            Make([Request("a blue square")], recipe)[0].Image.Pixels);
    }

    private byte[] Pixels(ImageRequest request) => Make([request], s_recipe.BaseOnly())[0].Image.Pixels;

    private static int Largest(byte[] a, byte[] b) => a.Zip(b, (x, y) => Math.Abs(x - y)).Max();

    private List<GeneratedImage> Make(ImageRequest[] requests, Recipe recipe, int? keepBest = null)
    {
        var made = new List<GeneratedImage>();
        _pipeline.Run(requests, recipe, new RunOptions
        {
            BatchSize = requests.Length,
            KeepBest = keepBest,
            Finished = made.Add,
        });
        return made;
    }
}

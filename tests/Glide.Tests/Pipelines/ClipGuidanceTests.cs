using Glide.Diffusion;
using Glide.Editing;
using Glide.Images;
using Glide.Models;
using Glide.Models.Clip;
using Glide.Models.UNet;
using Glide.ModelSets;
using Glide.Pipelines;
using Glide.Tests.Models;
using Glide.Tests.Support;
using Glide.Tokenizers;
using TorchSharp;
using static TorchSharp.torch;

namespace Glide.Tests.Pipelines;

/// <summary>
/// Runs that CLIP guides; its weights follow from the formula, so that they do not depend on training.
/// </summary>
[Collection(TorchCollection.Name)]
public sealed class ClipGuidanceTests
{
    private const string Prompt = "a red circle";
    private const double Scale = 3;

    private static readonly ModelSet s_models = ModelSet.Read(Path.Combine(GoldenFiles.Checkout, "models", "mini"));
    private static readonly StageRecipe s_recipe = Recipe.For(s_models, "clip").Base with { Steps = "3" };

    [Fact]
    public void A_guided_run_is_the_one_composed_by_hand()
    {
        using var noGradient = no_grad();
        using var scope = NewDisposeScope();
        using var pool = Pool();
        using var judge = Judge();
        using var texts = judge.Read([Prompt]);
        var prompts = new PromptEncoder(GlideTokenizer.Load(), warn: null);
        var network = pool.Get("base");
        var made = Run(pool, prompts, judge.Towards(texts, Scale), s_recipe);

        var betas = BetaTable.SquaredCosine(1000);
        var tables = new DiffusionTables(betas, TimestepRespacing.Parse("3", 1000));
        using var encoder = Images();
        using var generator = new Generator(7);
        var x = randn([1, 3, 32, 32], generator: generator);
        using var read = prompts.Encode(network, [Prompt]);
        for (int step = 2; step >= 0; step--)
        {
            var t = tensor(new[] { (float)tables.Timesteps[step] });
            var output = network.call(new UNetInput(x), t, read);
            double alphaBar = tables.AlphasCumprod[step];
            var x0 = ((x - output.narrow(1, 0, 3) * Math.Sqrt(1 - alphaBar)) / Math.Sqrt(alphaBar)).clamp(-1, 1);
            var fraction = (output.narrow(1, 3, 3) + 1) / 2;
            var logVariance = fraction * Math.Log(tables.Betas[step]) + (1 - fraction)
                * tables.LogPosteriorVariance[step];
            var gradient = new ClipGradient(encoder).Gradient(x, t, texts, Scale);
            var mean = x0 * tables.PosteriorMeanX0[step] + x * tables.PosteriorMeanX[step] + logVariance.exp()
                * gradient;
            x = step == 0 ? mean : mean + (logVariance * 0.5).exp() * randn([1, 3, 32, 32], generator: generator);
        }
        Assert.InRange(Closeness.InDeviations(x, made), 0, 1e-3);
    }

    [Fact]
    public void Scale_0_is_no_guidance_to_the_byte()
    {
        byte[] Pixels(double? scale)
        {
            using var pipeline = GlidePipeline.Open(s_models, new DeviceOptions { Device = "cpu", Dtype = "fp32" });
            GeneratedImage? made = null;
            var recipe = Recipe.Of(s_recipe with { GuidanceScale = 1, ClipScale = scale });
            pipeline.Run([new ImageRequest(Prompt, 7)], recipe, new RunOptions { Finished = image => made = image });
            return made!.Image.Pixels;
        }

        Assert.Equal(Pixels(null), Pixels(0));
    }

    public static TheoryData<string> Samplers => [.. StageRecipe.SamplerNames];

    [Theory, MemberData(nameof(Samplers))]
    public void Guidance_reaches_every_sampler(string sampler)
    {
        using var noGradient = no_grad();
        using var scope = NewDisposeScope();
        using var pool = Pool();
        using var judge = Judge();
        using var texts = judge.Read([Prompt]);
        var prompts = new PromptEncoder(GlideTokenizer.Load(), warn: null);
        foreach (var recipe in new[] { s_recipe, s_recipe with { GuidanceScale = 3 },
            s_recipe with { GuidanceScale = 0.6, CfgPlusPlus = true } })
        {
            var free = Run(pool, prompts, null, recipe with { Sampler = sampler });
            var guided = Run(pool, prompts, judge.Towards(texts, 100), recipe with { Sampler = sampler });
            Assert.True(Closeness.InDeviations(free, guided) > 1e-3);
            Assert.True(guided.isfinite().all().item<bool>());
        }
    }

    [Theory]
    [InlineData(1)]
    [InlineData(3)]
    public void Guidance_works_where_an_image_is_painted_or_drawn_anew(double guidanceScale)
    {
        using var pipeline = GlidePipeline.Open(s_models, new DeviceOptions { Device = "cpu", Dtype = "fp32" });
        var image = new RgbImage(128, 128);
        new Random(3).NextBytes(image.Pixels);
        var mask = MaskRules.FromRectangles([new(32, 32, 64, 64)], 128, 128);
        RgbImage Inpaint(string task, double clipScale) => Made(options =>
            new Inpainting(pipeline, Small(task, clipScale))
                .Run(image, [new(mask)], [new ImageRequest(Prompt, 7)], options));
        RgbImage Edit(double clipScale) => Made(options =>
            new Img2Img(pipeline, Small("sample", clipScale)) { Strength = 0.7 }.Run(image,
                [new ImageRequest(Prompt, 7)], options));
        Recipe Small(string task, double clipScale)
        {
            var published = Recipe.For(s_models, task);
            return published.WithBase(stage => stage with
            {
                Steps = "3",
                GuidanceScale = guidanceScale,
                ClipScale = clipScale
            }).WithLater(stage => stage with { Steps = "3" });
        }

        foreach (string task in new[] { "inpaint", "sample" })
        {
            var guided = Inpaint(task, 3);
            Assert.NotEqual(Inpaint(task, 0).Pixels, guided.Pixels);
            for (int y = 0; y < 128; y++)
            {
                for (int x = 0; x < 128; x++)
                {
                    Assert.True(!mask[x, y] || guided.Row(y).Slice(3 * x, 3)
                        .SequenceEqual(image.Row(y).Slice(3 * x, 3)), $"({x}, {y})");
                }
            }
        }
        Assert.NotEqual(Edit(0).Pixels, Edit(3).Pixels);
    }

    [Fact]
    public void Too_little_memory_is_told_before_anything_is_loaded()
    {
        using var folder = new Checkpoints.TempFolder();
        string mini = Path.Combine(GoldenFiles.Checkout, "models", "mini");
        foreach (string file in Directory.GetFiles(mini, "clip-*"))
            File.Copy(file, Path.Combine(folder.Path, Path.GetFileName(file)));
        File.WriteAllText(Path.Combine(folder.Path, "model.json"), File.ReadAllText(Path.Combine(mini, "model.json"))
            .Replace("\"width\": 64,", "\"width\": 4096,", StringComparison.Ordinal)
                .Replace("\"layers\": 2,\n        \"heads\": 2,\n        \"embedding\"",
                    "\"layers\": 2000,\n        \"heads\": 2,\n        \"embedding\"", StringComparison.Ordinal));
        var refusal = Assert.Throws<ResourceException>(() =>
            ClipModel.Load(ModelSet.Read(folder.Path),
                TorchRuntime.Start(new DeviceOptions { Device = "cpu", Dtype = "fp32" })));
        Assert.Contains("not enough memory for the networks of CLIP", refusal.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_guided_run_holds_no_more_tensors_than_after_its_third_step()
    {
        using var noGradient = no_grad();
        using var pool = Pool();
        using var judge = Judge();
        using var texts = judge.Read([Prompt]);
        var alive = new List<long>();
        var stage = new Stage(pool.Get("base"), s_recipe with { Steps = "100" },
            new PromptEncoder(GlideTokenizer.Load(), warn: null));
        using var noise = stage.NewNoise([7]);
        stage.Run(Rows(judge.Towards(texts, Scale)), noise, new StepCallbacks
        {
            Progress = new Each(() => alive.Add(DisposeScopeManager.Statistics.TensorStatistics.ThreadTotalLiveCount)),
        }).Dispose();
        Assert.Equal(100, alive.Count);
        Assert.All(alive.Skip(3), count => Assert.Equal(alive[2], count));
    }

    [Fact]
    public void Another_size_of_image_is_refused()
    {
        using var judge = Judge();
        using var texts = judge.Read([Prompt]);
        using var x = zeros(1, 3, 64, 64);
        using var t = zeros(1);
        var refusal = Assert.Throws<UsageException>(() => judge.Towards(texts, Scale)(x, t));
        Assert.Contains("32×32", refusal.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Scores_are_cosines_of_every_image_with_every_prompt()
    {
        using var noGradient = no_grad();
        using var judge = Judge();
        var images = new[] { new RgbImage(32, 32), new RgbImage(50, 40) };
        Array.Fill(images[1].Pixels, (byte)200);
        double[][] scores = judge.Scores(images, [Prompt, "a blue square"]);
        Assert.All(scores, row => Assert.All(row, score => Assert.InRange(score, -1, 1)));
        Assert.Equal([scores[0][1], scores[1][0]], judge.ScoresOfPairs(images, ["a blue square", Prompt]));
    }

    private static Tensor Run(ModelCache pool, PromptEncoder prompts, Func<Tensor, Tensor, Tensor>? gradient,
        StageRecipe recipe)
    {
        var stage = new Stage(pool.Get("base"), recipe, prompts);
        using var noise = stage.NewNoise([7]);
        return stage.Run(Rows(gradient), noise, new StepCallbacks());
    }

    private static RgbImage Made(Action<RunOptions> make)
    {
        RgbImage? made = null;
        make(new RunOptions { Finished = image => made = image.Image });
        return made!;
    }

    private static StageInputs Rows(Func<Tensor, Tensor, Tensor>? gradient) =>
        new() { Prompts = [Prompt], Negatives = [""], Seeds = [7], Gradient = gradient };

    private static ModelCache Pool() => new(s_models,
        TorchRuntime.Start(new DeviceOptions { Device = "cpu", Dtype = "fp32" }));

    private static ClipModel Judge()
    {
        var text = new ClipTextEncoder(Networks.MiniClipText, CPU);
        SyntheticWeights.Fill(text);
        return new ClipModel(Images(), text, new FramedGlideTokenizer(GlideTokenizer.Load(), 50257, 50256),
            ClipScore.LogitScale);
    }

    private static ClipImageEncoder Images()
    {
        var image = new ClipImageEncoder(Networks.MiniClipImage, CPU);
        SyntheticWeights.Fill(image);
        return image;
    }

    private sealed class Each(Action action) : IProgress<SamplingProgress>
    {
        public void Report(SamplingProgress value) => action();
    }
}

using Glide.Images;
using Glide.Inversion;
using Glide.ModelSets;
using Glide.Pipelines;
using Glide.Tests.Support;

namespace Glide.Tests.Inversion;

/// <summary>Images to noise and back, on the mini models.</summary>
[Collection(TorchCollection.Name)]
public sealed class InversionTests : IDisposable
{
    private static readonly string[] s_prompts = ["a red circle", "a red triangle and a blue circle"];

    private readonly ModelSet _models = ModelSet.Read(Path.Combine(GoldenFiles.Checkout, "models", "mini"));
    private readonly GlidePipeline _pipeline;

    public InversionTests() => _pipeline = GlidePipeline.Open(_models,
        new DeviceOptions { Device = "cpu", Dtype = "fp32" });

    public void Dispose() => _pipeline.Dispose();

    [Fact]
    public void After_250_steps_there_and_back_the_models_own_images_are_within_5_levels_on_average()
    {
        const double MostOff = 5;
        var drawn = new List<RgbImage>();
        var guided = Recipe.For(_models, "sample");
        guided = guided.WithBase(stage => stage with { Sampler = "dpmpp-2m", Steps = "20" }).BaseOnly();
        _pipeline.Run([.. s_prompts.Select((prompt, seed) => new ImageRequest(prompt, seed))], guided, To(drawn));

        var recipe = Way(steps: "250");
        var noises = _pipeline.Invert(
            [.. drawn.Zip(s_prompts, (image, prompt) => new ImageRequest(prompt, 0) { Start = image })],
                DeterministicRecipe.InversionOf(recipe.Base), To([]));
        foreach (var (noise, image) in noises.Zip(drawn))
        {
            // Standard normal: 3072 draws have this deviation within 0.05 in all but one of ten thousand cases.
            Assert.InRange(Math.Sqrt(noise.Values.Average(value => (double)value * value)), 0.95, 1.05);
            Assert.InRange(Distance(image, Back(noise, recipe)), 0, MostOff);
        }
        Assert.True(Distance(drawn[0], drawn[1]) > 2 * MostOff,
            "the two images are hardly different, so that being near says little");
    }

    [Fact]
    public void Inverted_noise_says_what_it_was_made_from_and_how()
    {
        var image = new RgbImage(40, 30);
        var recipe = Way(steps: "3");
        var noise = _pipeline.Invert(
            [new ImageRequest("a red circle", 0) { Negative = "a star", Start = image }],
                DeterministicRecipe.InversionOf(recipe.Base with { GuidanceScale = 2 }), To([]))[0];
        Assert.Equal((40, 30, 32), (noise.Record.Width, noise.Record.Height, noise.Record.Size));
        Assert.Equal(("a red circle", "a star", "mini"),
            (noise.Record.Prompt, noise.Record.Negative, noise.Record.Model));
        Assert.Equal(("3", 2), (noise.Record.Inversion.Steps, noise.Record.Inversion.GuidanceScale));
        Assert.Equal(_pipeline.SettingsOf(recipe).ModelHash, noise.Record.ModelHash);
        var back = DeterministicRecipe.BackFrom(noise.Record, Recipe.For(_models, "sample"));
        Assert.Equal(("ddim", "3", 2), (back.Base.Sampler, back.Base.Steps, back.Base.GuidanceScale));
    }

    public static TheoryData<string, string> Strangers => new()
    {
        { "size", "the noise is 64×64, model set 'mini' draws 32×32; it was made with 'other'" },
        { "hash", "the noise is of another model; it was made with 'other' (0123)" },
        { "ddpm", "ddpm draws noise at every step" },
        { "eta", "ddim with --eta draws noise at every step" },
        { "churn", "heun with --churn draws noise at every step" },
    };

    [Theory, MemberData(nameof(Strangers))]
    public void What_cannot_come_back_is_refused(string fault, string message)
    {
        var recipe = Way(steps: "2");
        var noise = _pipeline.Invert([new ImageRequest("", 0) { Start = new RgbImage(32, 32) }],
            DeterministicRecipe.InversionOf(recipe.Base), To([]))[0];
        noise = fault switch
        {
            "size" => noise with { Record = noise.Record with { Size = 64, Model = "other" } },
            "hash" => noise with { Record = noise.Record with { ModelHash = "0123", Model = "other" } },
            _ => noise,
        };
        recipe = recipe.WithBase(_ => fault switch
            {
                "ddpm" => recipe.Base with { Sampler = "ddpm" },
                "eta" => recipe.Base with { Eta = 0.5 },
                "churn" => recipe.Base with { Sampler = "heun", Churn = 3 },
                _ => recipe.Base,
            });
        var error = Assert.Throws<UsageException>(() => Back(noise, recipe));
        Assert.Contains(message, error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Nothing_is_left_behind()
    {
        var recipe = Way(steps: "3");
        var requests = new[] { new ImageRequest("a red circle", 0) { Start = new RgbImage(20, 30) } };
        Back(_pipeline.Invert(requests, DeterministicRecipe.InversionOf(recipe.Base), To([]))[0], recipe);
        TensorLeak.None(() => Back(_pipeline.Invert(requests, DeterministicRecipe.InversionOf(recipe.Base), To([]))[0],
            recipe));
    }

    private Recipe Way(string steps)
    {
        var recipe = DeterministicRecipe.Of(Recipe.For(_models, "sample"));
        return recipe.WithBase(stage => stage with { Steps = steps }).BaseOnly();
    }

    private RgbImage Back(InvertedNoise noise, Recipe recipe)
    {
        var made = new List<RgbImage>();
        new InvertedNoiseSampling(_pipeline, recipe).Run(noise, [new ImageRequest(noise.Record.Prompt, 1)], To(made));
        return made[0];
    }

    private static RunOptions To(List<RgbImage> images) => new() { Finished = image => images.Add(image.Image) };

    private static double Distance(RgbImage a, RgbImage b) => a.Pixels.Zip(b.Pixels)
        .Average(pair => Math.Abs(pair.First - pair.Second));
}

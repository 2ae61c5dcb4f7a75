using Glide.ModelSets;
using Glide.Pipelines;
using Glide.Tests.Support;

namespace Glide.Tests.Pipelines;

[Collection(TorchCollection.Name)]
public sealed class StepPreviewTests
{
    [Fact]
    public void Every_step_of_both_stages_shows_x0_and_the_last_is_the_image()
    {
        var models = ModelSet.Read(Path.Combine(GoldenFiles.Checkout, "models", "mini"));
        var published = Recipe.For(models, "sample");
        var recipe = published.WithBase(stage => stage with { Steps = "3" })
            .WithLater(stage => stage with { Steps = "2" });
        var seen = new List<StepPreview>();
        var made = new List<GeneratedImage>();
        using var pipeline = GlidePipeline.Open(models, new DeviceOptions { Device = "cpu", Dtype = "fp32" });
        void Run(Action<StepPreview>? preview, List<GeneratedImage> images) => pipeline.Run(
            [.. Enumerable.Range(0, 3).Select(seed => new ImageRequest("a red circle", seed))], recipe,
            new RunOptions { BatchSize = 2, Finished = images.Add, Preview = preview });
        Run(seen.Add, made);

        string[] expected =
        [
            "base 1/3 [0 1] 32", "base 2/3 [0 1] 32", "base 3/3 [0 1] 32", "upsample 1/2 [0 1] 128",
                "upsample 2/2 [0 1] 128",
            "base 1/3 [2] 32", "base 2/3 [2] 32", "base 3/3 [2] 32", "upsample 1/2 [2] 128", "upsample 2/2 [2] 128",
        ];
        Assert.Equal(expected, seen.Select(step =>
            $"{step.Stage} {step.Step}/{step.Steps} [{string.Join(' ', step.Numbers)}] {step.Images[0].Width}"));
        Assert.Equal([0, 1, 2], made.Select(image => image.Number));
        // DDPM and DDIM end on x₀ itself, so the last of each stage is what the stage gave.
        Assert.Equal(made[1].Base.Pixels, seen[2].Images[1].Pixels);
        Assert.Equal(made[1].Image.Pixels, seen[4].Images[1].Pixels);
        Assert.NotEqual(seen[3].Images[1].Pixels, seen[4].Images[1].Pixels);

        var unwatched = new List<GeneratedImage>();
        Run(null, unwatched);
        Assert.All(made.Zip(unwatched), pair => Assert.Equal(pair.Second.Image.Pixels, pair.First.Image.Pixels));
    }
}

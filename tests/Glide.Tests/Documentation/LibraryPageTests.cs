using System.Text.RegularExpressions;
using Glide.Checkpoints;
using Glide.Diffusion;
using Glide.Diffusion.Samplers;
using Glide.Editing;
using Glide.Images;
using Glide.ModelSets;
using Glide.Pipelines;
using Glide.Tests.Support;
using static TorchSharp.torch;

namespace Glide.Tests.Documentation;

/// <summary>The examples of <c>docs/library.md</c>, compiled and run as they stand there.</summary>
public sealed partial class LibraryPageTests : IDisposable
{
    private static readonly string s_folder = Path.Combine(GoldenFiles.Checkout, "models", "mini");
    private readonly string _target = Directory.CreateTempSubdirectory("glide-library-").FullName;

    public void Dispose() => Directory.Delete(_target, recursive: true);

    [Fact]
    public void Every_example_of_the_page_is_run_here()
    {
        string page = File.ReadAllText(Path.Combine(GoldenFiles.Checkout, "docs", "library.md"));
        string source = Compact(File.ReadAllText(Path.Combine(
            GoldenFiles.Checkout, "tests", "Glide.Tests", "Documentation", "LibraryPageTests.cs")));
        var examples = Examples().Matches(page);
        Assert.Equal(6, examples.Count);
        Assert.All(examples, example => Assert.Contains(Compact(example.Groups[1].Value), source,
            StringComparison.Ordinal));
    }

    [Fact]
    public void Draw()
    {
        string folder = s_folder, file = Path.Combine(_target, "circle.png");
        var models = ModelSet.Read(folder);
        using var pipeline = GlidePipeline.Open(models, new DeviceOptions());
        var recipe = QualityPreset.Parse("draft").Apply(Recipe.For(models, "sample"));
        pipeline.Run([new ImageRequest("a red circle", Seed: 7)], recipe, new RunOptions
        {
            Finished = image => GeneratedImageFile.TryWrite(file, image, replace: true),
        });
        Assert.Equal("a red circle", GeneratedImageFile.ReadRecord(file)!.Prompt);
    }

    [Fact]
    public void Inpaint()
    {
        string folder = s_folder, photo = Path.Combine(GoldenFiles.Checkout, "docs", "images", "shelf.png");
        GeneratedImage? painted = null;
        var models = ModelSet.Read(folder);
        using var pipeline = GlidePipeline.Open(models, new DeviceOptions());
        var recipe = QualityPreset.Parse("draft").Apply(Recipe.For(models, "inpaint"));
        var image = InitImage.Load(photo).Image;
        var mask = MaskRules.FromRectangles([new PixelRectangle(110, 30, 100, 100)], image.Width, image.Height);
        new Inpainting(pipeline, recipe).Run(
            image, [new PaintStep(mask)], [new ImageRequest("a green star", Seed: 2)],
            new RunOptions { Task = "inpaint", Finished = drawn => painted = drawn });
        Assert.Equal((image.Width, image.Height), (painted!.Image.Width, painted.Image.Height));
        Assert.Equal(image.Pixels[..3], painted.Image.Pixels[..3]);
    }

    [Fact]
    public void Batch_with_progress_and_cancellation()
    {
        string folder = s_folder;
        var steps = new List<GenerationProgress>();
        var images = new List<GeneratedImage>();
        var models = ModelSet.Read(folder);
        using var pipeline = GlidePipeline.Open(models, new DeviceOptions());
        using var stop = new CancellationTokenSource(TimeSpan.FromMinutes(10));
        var recipe = QualityPreset.Parse("draft").Apply(Recipe.For(models, "sample")).BaseOnly();
        ImageRequest[] requests = [new("a red circle", Seed: 1), new("a blue star", Seed: 2),
            new("a green ring", Seed: 3)];
        pipeline.Run(requests, recipe, new RunOptions
        {
            BatchSize = 2,
            Finished = images.Add,
            Progress = new Progress<GenerationProgress>(steps.Add),
            StopAfterBatch = stop.Token,
        });
        Assert.Equal([0, 1, 2], images.Select(image => image.Number));
    }

    [Fact]
    public void Own_sampler()
    {
        string folder = s_folder;
        var images = new List<GeneratedImage>();
        SamplerFactory.Register(new SamplerKind("ode-euler", "Euler's method", StartsCapped: false, SpacingKind.Trained,
            (tables, rule, settings) => new EulerSampler(tables, rule)));
        var models = ModelSet.Read(folder);
        using var pipeline = GlidePipeline.Open(models, new DeviceOptions());
        var recipe = Recipe.For(models, "sample").BaseOnly()
            .WithBase(stage => stage with { Sampler = "ode-euler", Steps = "20" });
        pipeline.Run([new ImageRequest("a red circle", Seed: 7)], recipe, new RunOptions { Finished = images.Add });
        // In exact arithmetic it is DDIM with η = 0 (Karras et al. 2022, appendix D).
        pipeline.Run([new ImageRequest("a red circle", Seed: 7)],
            recipe.WithBase(stage => stage with { Sampler = "ddim" }), new RunOptions { Finished = images.Add });
        Assert.All(images[0].Image.Pixels.Zip(images[1].Image.Pixels), pair =>
            Assert.InRange(pair.First - pair.Second, -1, 1));
        Assert.Throws<UsageException>(() => SamplerFactory.Register(SamplerFactory.Kinds[^1]));
    }

    [Fact]
    public void Read_a_checkpoint()
    {
        string file = Path.Combine(s_folder, "base.safetensors.gz");
        var lines = new List<string>();
        using var checkpoint = Checkpoint.Open(file);
        foreach (var tensor in checkpoint.Tensors.Values)
            lines.Add($"{tensor.Name}: {tensor.Type} [{string.Join(", ", tensor.Shape)}]");
        float[] weights = checkpoint.ReadSingles(checkpoint.Tensors["out.2.weight"]);
        Assert.Contains("out.2.weight: Float16 [6, 64, 3, 3]", lines);
        Assert.Equal(6 * 64 * 3 * 3, weights.Length);
    }

    private static string Compact(string code) => Spaces().Replace(code, " ").Trim();

    [GeneratedRegex("```csharp\n(.*?)```", RegexOptions.Singleline)]
    private static partial Regex Examples();

    [GeneratedRegex(@"\s+")]
    private static partial Regex Spaces();
}

internal sealed class EulerSampler(DiffusionTables tables, X0Transform rule) : ISampler
{
    public DiffusionTables Tables => tables;

    public X0Transform Rule => rule;

    public Tensor Step(Denoiser denoise, Tensor x, int step, NoiseSource noise)
    {
        using var scope = NewDisposeScope();
        noise.Skip();
        double alphaBar = tables.AlphasCumprod[step], next = tables.AlphasCumprodPrev[step];
        var clean = DenoisedPrediction.Predict(
            denoise, x, tables.Timesteps[step], alphaBar, rule, knownPixelsLast: true);
        double change = Math.Sqrt((1 / next) - 1) - Math.Sqrt((1 / alphaBar) - 1);
        return (((x / Math.Sqrt(alphaBar)) + (clean.Eps * change)) * Math.Sqrt(next)).MoveToOuterDisposeScope();
    }

    public void Dispose()
    {
    }
}

using System.Text.RegularExpressions;
using Glide.Editing;
using Glide.Images;
using Glide.ModelSets;
using Glide.Pipelines;
using Glide.Tests.Support;

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
        Assert.Equal(3, examples.Count);
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

    private static string Compact(string code) => Spaces().Replace(code, " ").Trim();

    [GeneratedRegex("```csharp\n(.*?)```", RegexOptions.Singleline)]
    private static partial Regex Examples();

    [GeneratedRegex(@"\s+")]
    private static partial Regex Spaces();
}

using System.Text.Json;
using Glide.Images;
using Glide.ModelSets;
using Glide.Pipelines;
using Glide.Tests.Support;

namespace Glide.Tests.Pipelines;

/// <summary>Whole inpainting runs on the mini models against the original's images.</summary>
[Collection(TorchCollection.Name)]
public sealed class InpaintGoldenTests
{
    public static TheoryData<string> Runs => [.. PipelineGoldens.Lines("inpaint.jsonl")];

    [Theory, MemberData(nameof(Runs))]
    public void A_run_makes_the_originals_images(string line)
    {
        var run = JsonDocument.Parse(line).RootElement;
        var models = ModelSet.Read(Path.Combine(GoldenFiles.Checkout, "models", "mini"));
        var recipe = PipelineGoldens.Apply(run, Recipe.For(models, "inpaint"));
        var image = ImageFile.Load(PathOf(run, "image")).Image;
        var mask = ImageFile.Load(PathOf(run, "mask")).Image;
        var known = new KnownMask(mask.Width, mask.Height, [.. mask.ToGray().Select(gray => gray < 128)]);
        var request = new ImageRequest(run.GetProperty("prompt").GetString()!, run.GetProperty("seed").GetInt64())
        {
            Known = new KnownImage(image, known),
        };
        using var pipeline = GlidePipeline.Open(models, new DeviceOptions { Device = "cpu", Dtype = "fp32" });
        GeneratedImage? made = null;
        pipeline.Run([request], recipe, new RunOptions { Finished = image => made = image });
        PipelineGoldens.AssertClose(run.GetProperty("base_file").GetString()!, made!.Base);
        PipelineGoldens.AssertClose(run.GetProperty("file").GetString()!, made.Image);
    }

    private static string PathOf(JsonElement run, string property) =>
        GoldenFiles.PathOf(Path.Combine("pipelines", run.GetProperty(property).GetString()!));
}

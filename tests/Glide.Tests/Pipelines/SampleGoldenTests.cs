using System.Text.Json;
using Glide.ModelSets;
using Glide.Pipelines;
using Glide.Tests.Support;

namespace Glide.Tests.Pipelines;

/// <summary>Whole runs on the mini models against the original's images.</summary>
[Collection(TorchCollection.Name)]
public sealed class SampleGoldenTests
{
    public static TheoryData<string> Runs =>
        [.. PipelineGoldens.Lines("sample.jsonl").Where(line => !PipelineGoldens.IsClipGuided(line))];

    [Theory, MemberData(nameof(Runs))]
    public void A_run_makes_the_originals_images(string line)
    {
        var run = JsonDocument.Parse(line).RootElement;
        var models = ModelSet.Read(Path.Combine(GoldenFiles.Checkout, "models", "mini"));
        var recipe = PipelineGoldens.Apply(run, Recipe.For(models, "sample"));
        var request = new ImageRequest(run.GetProperty("prompt").GetString()!, run.GetProperty("seed").GetInt64())
        {
            Negative = run.TryGetProperty("negative", out var negative) ? negative.GetString()! : "",
        };
        using var pipeline = GlidePipeline.Open(models, new DeviceOptions { Device = "cpu", Dtype = "fp32" });
        GeneratedImage? made = null;
        pipeline.Run([request], recipe, new RunOptions { Finished = image => made = image });
        PipelineGoldens.AssertClose(run.GetProperty("base_file").GetString()!, made!.Base);
        PipelineGoldens.AssertClose(run.GetProperty("file").GetString()!, made.Image);
    }
}

using System.Text.Json;
using Glide.Diagnostics;
using Glide.ModelSets;
using Glide.Pipelines;
using Glide.Runtime;
using Glide.Tests.Support;
using static TorchSharp.torch;

namespace Glide.Tests.Pipelines;

/// <summary>Whole runs on a GPU.</summary>
[Collection(TorchCollection.Name)]
public sealed class CudaPipelineTests
{
    // Bounds of the project: levels of 255 in 16 bits, and the whole cascade in fp16 at batch 1.
    private const double MostMeanDifference = 2;
    private const long MostBytes = 4_000_000_000;

    public static TheoryData<string> Runs =>
        [.. PipelineGoldens.Lines("sample.jsonl").Where(line => !PipelineGoldens.IsClipGuided(line))];

    public static TheoryData<string, string> SixteenBitRuns
    {
        get
        {
            var runs = new TheoryData<string, string>();
            foreach (string line in PipelineGoldens.Lines("sample.jsonl")
                .Where(line => !PipelineGoldens.IsClipGuided(line)).Take(3))
            {
                runs.Add("fp16", line);
                runs.Add("bf16", line);
            }
            return runs;
        }
    }

    // The seeds are the CPU's, so the images are.
    [CudaTheory, MemberData(nameof(Runs))]
    public void A_run_makes_the_originals_images(string line)
    {
        var run = JsonDocument.Parse(line).RootElement;
        var made = Make(run, "fp32");
        PipelineGoldens.AssertClose(run.GetProperty("base_file").GetString()!, made.Base);
        PipelineGoldens.AssertClose(run.GetProperty("file").GetString()!, made.Image);
    }

    [CudaTheory, MemberData(nameof(SixteenBitRuns))]
    public void Images_stay_near_those_of_the_original_in_16_bits(string dtype, string line)
    {
        var run = JsonDocument.Parse(line).RootElement;
        var made = Make(run, dtype);
        Assert.InRange(PipelineGoldens.MeanDifference(run.GetProperty("base_file").GetString()!, made.Base), 0,
            MostMeanDifference);
        Assert.InRange(PipelineGoldens.MeanDifference(run.GetProperty("file").GetString()!, made.Image), 0,
            MostMeanDifference);
    }

    [CudaTheory, InlineData("fp32"), InlineData("fp16")]
    public void The_same_run_makes_the_same_bytes(string dtype)
    {
        var run = JsonDocument.Parse(PipelineGoldens.Lines("sample.jsonl").First()).RootElement;
        Assert.Equal(Make(run, dtype).Image.Pixels, Make(run, dtype).Image.Pixels);
    }

    // Enough steps that both passes are recorded, which takes memory of its own.
    [CudaLibraryFact]
    public void The_published_cascade_needs_less_than_4_GB()
    {
        using var formula = new SyntheticModels(ModelSet.Read(Path.Combine(GoldenFiles.Checkout, "models", "openai")));
        var recipe = Recipe.For(ModelSet.Read(Path.Combine(GoldenFiles.Checkout, "models", "openai")), "sample");
        formula.With(recipe.Base.Network);
        var models = formula.With(recipe.Stages[1].Network);
        recipe = recipe.WithBase(stage => stage with { Steps = "5" }).WithLater(stage => stage with { Steps = "5" });
        CudaLibrary.TakePeakBytes(CUDA);
        using (var pipeline = GlidePipeline.Open(models, new DeviceOptions { Device = "cuda", Dtype = "fp16" }))
        {
            pipeline.Run([new ImageRequest("a red circle", 1)], recipe,
                new RunOptions { BatchSize = 1, Finished = _ => { } });
        }
        Assert.InRange(CudaLibrary.TakePeakBytes(CUDA)!.Value, 1, MostBytes);
    }

    private static GeneratedImage Make(JsonElement run, string dtype)
    {
        var models = ModelSet.Read(Path.Combine(GoldenFiles.Checkout, "models", "mini"));
        var request = new ImageRequest(run.GetProperty("prompt").GetString()!, run.GetProperty("seed").GetInt64())
        {
            Negative = run.TryGetProperty("negative", out var negative) ? negative.GetString()! : "",
        };
        using var pipeline = GlidePipeline.Open(models, new DeviceOptions { Device = "cuda", Dtype = dtype });
        GeneratedImage? made = null;
        pipeline.Run([request], PipelineGoldens.Apply(run, Recipe.For(models, "sample")),
            new RunOptions { Finished = image => made = image });
        return made!;
    }
}

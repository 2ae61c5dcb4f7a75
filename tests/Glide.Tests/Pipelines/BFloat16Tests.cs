using System.Text.Json;
using Glide.Models;
using Glide.Models.Ops;
using Glide.ModelSets;
using Glide.Pipelines;
using Glide.Tests.Support;
using static TorchSharp.torch;

namespace Glide.Tests.Pipelines;

/// <summary>What bf16 does to images, and when it is chosen unasked.</summary>
[Collection(TorchCollection.Name)]
public sealed class BFloat16Tests
{
    // The bound of the project, in levels of 255.
    private const double MostMeanDifference = 2;

    public static TheoryData<string> Runs =>
        [.. PipelineGoldens.Lines("sample.jsonl").Where(line => !PipelineGoldens.IsClipGuided(line)).Take(3)];

    [Theory, MemberData(nameof(Runs))]
    public void Images_stay_near_those_of_the_original_in_float32(string line)
    {
        var run = JsonDocument.Parse(line).RootElement;
        var models = Set("mini");
        var request = new ImageRequest(run.GetProperty("prompt").GetString()!, run.GetProperty("seed").GetInt64())
        {
            Negative = run.TryGetProperty("negative", out var negative) ? negative.GetString()! : "",
        };
        using var pipeline = GlidePipeline.Open(models, new DeviceOptions { Device = "cpu", Dtype = "bf16" });
        GeneratedImage? made = null;
        var recipe = PipelineGoldens.Apply(run, Recipe.For(models, "sample"));
        pipeline.Run([request], recipe, new RunOptions { Finished = image => made = image });
        Assert.InRange(PipelineGoldens.MeanDifference(run.GetProperty("base_file").GetString()!, made!.Base), 0,
            MostMeanDifference);
        Assert.InRange(PipelineGoldens.MeanDifference(run.GetProperty("file").GetString()!, made.Image), 0,
            MostMeanDifference);
    }

    [Fact]
    public void Auto_is_float32_for_the_built_in_networks_and_bf16_for_the_published_ones_where_the_processor_has_it()
    {
        var options = new DeviceOptions { Device = "cpu" };
        Assert.Equal(Precision.Float32, TorchRuntime.Start(options, Set("mini")).Precision);
        bool isPlainAsked = Environment.GetEnvironmentVariable("GLIDE_KERNELS") == "plain";
        var expected = NativeOpsLibrary.Computes(ScalarType.BFloat16) && !isPlainAsked
            ? Precision.BFloat16
            : Precision.Float32;
        Assert.Equal(expected, TorchRuntime.Start(options, Set("openai")).Precision);
        Assert.Equal(Precision.Float32, TorchRuntime.Start(options with { Dtype = "fp32" }, Set("openai")).Precision);
        Assert.Equal(Precision.Float32, TorchRuntime.Start(options).Precision);
    }

    private static ModelSet Set(string name) => ModelSet.Read(Path.Combine(GoldenFiles.Checkout, "models", name));
}

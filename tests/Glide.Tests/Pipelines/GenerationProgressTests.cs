using Glide.ModelSets;
using Glide.Pipelines;
using Glide.Tests.Support;

namespace Glide.Tests.Pipelines;

[Collection(TorchCollection.Name)]
public sealed class GenerationProgressTests
{
    [Fact]
    public void Every_step_of_every_batch_is_reported_with_the_images_it_belongs_to()
    {
        var models = ModelSet.Read(Path.Combine(GoldenFiles.Checkout, "models", "mini"));
        var published = Recipe.For(models, "sample");
        var recipe = published.WithBase(stage => stage with { Steps = "2" }).BaseOnly();
        var reports = new Reports();
        using var pipeline = GlidePipeline.Open(models, new DeviceOptions { Device = "cpu", Dtype = "fp32" });
        pipeline.Run(
            [.. Enumerable.Range(0, 5).Select(seed => new ImageRequest("a red circle", seed))],
            recipe,
            new RunOptions { BatchSize = 2, Finished = _ => { }, Progress = reports });

        (int First, int Rows, int Done)[] batches = [(0, 2, 0), (2, 2, 2), (4, 1, 4)];
        var expected = batches.SelectMany(batch =>
            Enumerable.Range(0, 3).Select(step =>
                new GenerationProgress("base", step, 2, batch.First, batch.Rows, batch.Done, 5)));
        Assert.Equal(expected, reports.Seen);
    }

    private sealed class Reports : IProgress<GenerationProgress>
    {
        public List<GenerationProgress> Seen { get; } = [];

        public void Report(GenerationProgress value) => Seen.Add(value);
    }
}

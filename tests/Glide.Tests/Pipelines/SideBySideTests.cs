using System.Collections.Concurrent;
using Glide.Imaging;
using Glide.ModelStore;
using Glide.Pipelines;
using Glide.Tests.Support;
using TorchSharp;

namespace Glide.Tests.Pipelines;

[Collection(TorchCollection.Name)]
public sealed class SideBySideTests
{
    [Fact]
    public void Pictures_made_at_the_same_time_are_those_made_alone_to_the_byte()
    {
        var models = ModelSet.Read(Path.Combine(GoldenFiles.Checkout, "models", "mini"));
        var published = Recipe.For(models, "sample");
        var recipe = published with
        {
            Base = published.Base with { Steps = "5" },
            Upsample = published.Upsample! with { Steps = "2" },
        };
        PictureRequest[] requests = [new("a red circle", 7), new("a blue square", 8), new("a red circle", 9)];
        var options = new EngineOptions { Device = "cpu", Dtype = "fp32", Threads = 2 };
        var together = new List<Picture>();
        var oneByOne = new List<Picture>();
        var alone = new List<Picture>();
        var events = new ConcurrentQueue<GenerationProgress>();
        using (var pipeline = GlidePipeline.Open(models, options))
        {
            pipeline.RunSideBySide(requests, recipe, new RunOptions { Finished = together.Add, Progress = new Listener(events.Enqueue) });
            Assert.Equal(2, torch.get_num_threads());
            foreach (var request in requests)
                pipeline.RunSideBySide([request], recipe, new RunOptions { Finished = oneByOne.Add });
        }
        using (var pipeline = GlidePipeline.Open(models, options with { Threads = 1 }))
            pipeline.Run(requests, recipe, new RunOptions { Finished = alone.Add, BatchSize = 1 });
        Assert.Equal([7L, 8, 9], together.Select(picture => picture.Record.Seed));
        for (int k = 0; k < requests.Length; k++)
        {
            Assert.Equal(alone[k].Image.Pixels, together[k].Image.Pixels);
            Assert.Equal(oneByOne[k].Image.Pixels, together[k].Image.Pixels);
            Assert.Equal(oneByOne[k].Record.ToTexts(), together[k].Record.ToTexts());
        }
        Assert.All(events, item => Assert.Equal(3, item.Pictures));
        Assert.Equal([0, 2], events.Select(item => item.PicturesDone).Distinct().Order());
    }

    [Fact]
    public void Pictures_before_one_that_fails_are_handed_on_and_the_error_is_its_own()
    {
        var made = new List<long>();
        var side = new SideBySide(2, 1, (requests, options) =>
        {
            if (requests[0].Seed == 4)
                throw new NumericsException("not finite");
            options.Finished(new Picture(new RgbImage(1, 1, new byte[3]), new RgbImage(1, 1, new byte[3]), null!, requests[0].Seed));
        });
        Assert.Throws<NumericsException>(() => side.Make(
            [.. Enumerable.Range(1, 6).Select(seed => new PictureRequest("a", seed))], lanes: 3, new RunOptions { Finished = picture => made.Add((long)Math.Round(picture.Seconds * 3)) }));
        Assert.Equal([1, 2, 3], made);
    }

    private sealed class Listener(Action<GenerationProgress> hear) : IProgress<GenerationProgress>
    {
        public void Report(GenerationProgress value) => hear(value);
    }
}

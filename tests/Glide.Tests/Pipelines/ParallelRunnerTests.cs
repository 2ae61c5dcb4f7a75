using System.Collections.Concurrent;
using Glide.Images;
using Glide.ModelSets;
using Glide.Pipelines;
using Glide.Tests.Support;
using TorchSharp;

namespace Glide.Tests.Pipelines;

[Collection(TorchCollection.Name)]
public sealed class ParallelRunnerTests
{
    [Fact]
    public void Images_made_at_the_same_time_are_those_made_alone_to_the_byte()
    {
        var models = ModelSet.Read(Path.Combine(GoldenFiles.Checkout, "models", "mini"));
        var published = Recipe.For(models, "sample");
        var recipe = published.WithBase(stage => stage with { Steps = "5" })
            .WithLater(stage => stage with { Steps = "2" });
        ImageRequest[] requests = [new("a red circle", 7), new("a blue square", 8), new("a red circle", 9)];
        var options = new DeviceOptions { Device = "cpu", Dtype = "fp32", Threads = 2 };
        var together = new List<GeneratedImage>();
        var oneByOne = new List<GeneratedImage>();
        var alone = new List<GeneratedImage>();
        var events = new ConcurrentQueue<GenerationProgress>();
        using (var pipeline = GlidePipeline.Open(models, options))
        {
            pipeline.RunInParallel(requests, recipe,
                new RunOptions { Finished = together.Add, Progress = new Listener(events.Enqueue) });
            Assert.Equal(2, torch.get_num_threads());
            foreach (var request in requests)
                pipeline.RunInParallel([request], recipe, new RunOptions { Finished = oneByOne.Add });
        }
        using (var pipeline = GlidePipeline.Open(models, options with { Threads = 1 }))
            pipeline.Run(requests, recipe, new RunOptions { Finished = alone.Add, BatchSize = 1 });
        Assert.Equal([7L, 8, 9], together.Select(image => image.Record.Seed));
        for (int k = 0; k < requests.Length; k++)
        {
            Assert.Equal(alone[k].Image.Pixels, together[k].Image.Pixels);
            Assert.Equal(oneByOne[k].Image.Pixels, together[k].Image.Pixels);
            Assert.Equal(oneByOne[k].Record.ToTexts(), together[k].Record.ToTexts());
        }
        Assert.NotEmpty(events);
        Assert.All(events, item => Assert.Equal(3, item.Images));
        Assert.Equal(events.Select(item => item.ImagesDone).Order(), events.Select(item => item.ImagesDone));
        Assert.All(events, item => Assert.Equal((item.ImagesDone, Math.Min(2, 3 - item.ImagesDone)),
            (item.First, item.Rows)));
    }

    [Fact]
    public void Images_before_one_that_fails_are_handed_on_and_the_error_is_its_own()
    {
        var made = new List<long>();
        var side = new ParallelRunner(2, 1, (requests, options) =>
        {
            if (requests[0].Seed == 4)
                throw new NumericsException("not finite");
            options.Finished(new GeneratedImage(new RgbImage(1, 1, new byte[3]), new RgbImage(1, 1, new byte[3]), null!,
                requests[0].Seed));
        });
        Assert.Throws<NumericsException>(() => side.Make(
            [.. Enumerable.Range(1, 6).Select(seed => new ImageRequest("a", seed))], lanes: 3,
                new RunOptions { Finished = image => made.Add((long)Math.Round(image.Seconds * 3)) }));
        Assert.Equal([1, 2, 3], made);
    }

    [Fact]
    public void A_lane_goes_on_while_another_is_busy_and_the_order_stays()
    {
        var made = new List<int>();
        var threads = new HashSet<int>();
        using var others = new CountdownEvent(4);
        var side = new ParallelRunner(2, 1, (requests, options) =>
        {
            // The first image ends after all others: only a lane of its own can have made those.
            if (requests[0].Seed == 0)
                Assert.True(others.Wait(TimeSpan.FromSeconds(20)));
            options.Finished(Blank);
            options.Progress?.Report(new GenerationProgress("base", 1, 1, 0, 1, 0, 1));
            if (requests[0].Seed != 0)
                others.Signal();
        });
        side.Make([.. Enumerable.Range(0, 5).Select(seed => new ImageRequest("a", seed))], lanes: 2, new RunOptions
        {
            Finished = image =>
            {
                made.Add(image.Number);
                threads.Add(Environment.CurrentManagedThreadId);
            },
            Progress = new Listener(_ => threads.Add(Environment.CurrentManagedThreadId)),
        });
        Assert.Equal([0, 1, 2, 3, 4], made);
        Assert.Equal([Environment.CurrentManagedThreadId], threads);
    }

    [Fact]
    public void Stopping_lets_what_is_under_way_finish_and_begins_nothing()
    {
        using var stop = new CancellationTokenSource();
        using var both = new Barrier(2);
        var made = new List<int>();
        var side = new ParallelRunner(2, 1, (_, options) =>
        {
            Assert.True(both.SignalAndWait(TimeSpan.FromSeconds(20)));
            stop.Cancel();
            options.Cancellation.ThrowIfCancellationRequested();
            options.Finished(Blank);
        });
        Assert.Throws<OperationCanceledException>(() => side.Make(
            [.. Enumerable.Range(0, 5).Select(seed => new ImageRequest("a", seed))], lanes: 2,
                new RunOptions { Finished = image => made.Add(image.Number), StopAfterBatch = stop.Token }));
        Assert.Equal([0, 1], made);
    }

    [Fact]
    public void What_cannot_be_put_away_stops_the_lanes()
    {
        int begun = 0;
        // The first image always ends, so that there is one to put away; the others wait to be stopped.
        var side = new ParallelRunner(2, 1, (requests, options) =>
        {
            Interlocked.Increment(ref begun);
            if (requests[0].Seed != 0)
                Assert.True(options.Cancellation.WaitHandle.WaitOne(TimeSpan.FromSeconds(20)));
            options.Cancellation.ThrowIfCancellationRequested();
            options.Finished(Blank);
        });
        Assert.Throws<ResourceException>(() => side.Make(
            [.. Enumerable.Range(0, 50).Select(seed => new ImageRequest("a", seed))], lanes: 2,
                new RunOptions { Finished = _ => throw new ResourceException("disk full") }));
        Assert.InRange(begun, 1, 3);
    }

    private static GeneratedImage Blank { get; } =
        new(new RgbImage(1, 1, new byte[3]), new RgbImage(1, 1, new byte[3]), null!, 1);

    private sealed class Listener(Action<GenerationProgress> hear) : IProgress<GenerationProgress>
    {
        public void Report(GenerationProgress value) => hear(value);
    }
}

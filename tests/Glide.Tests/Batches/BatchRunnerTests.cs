using Glide.Batches;
using Glide.Images;
using Glide.Pipelines;

namespace Glide.Tests.Batches;

public sealed class BatchRunnerTests
{
    private readonly List<string> _calls = [];
    private readonly List<int> _saved = [];

    [Fact]
    public void Images_with_equal_recipes_go_together()
    {
        var runner = Runner(_ => null);
        runner.Make([Planned(1, "10"), Planned(2, "20"), Planned(3, "10")]);
        Assert.Equal(["8: 1 3", "8: 2"], _calls);
        Assert.Equal([1, 3, 2], _saved);
    }

    [Fact]
    public void Images_that_are_painted_into_others_go_apart_from_those_that_are_not()
    {
        // With --mode implicit their recipe is that of whole images.
        var source = new RowSource(new SourceFiles { Image = "room.png", ImageSha256 = "0" }, () =>
            throw new InvalidOperationException(), Window: null);
        Runner(_ => null).Make([Planned(1, "10"), Planned(2, "10") with { Source = source }, Planned(3, "10"),
            Planned(4, "10") with { Source = source }]);
        Assert.Equal(["8: 1 3", "8: 2 4"], _calls);
    }

    [Fact]
    public void One_bad_image_does_not_stop_the_others()
    {
        var runner = Runner(request => request.Seed == 3 ? new NumericsException("not finite", null) : null);
        runner.Make([.. Enumerable.Range(1, 20).Select(number => Planned(number, "10"))]);
        Assert.Equal(Enumerable.Range(1, 20).Where(number => number != 3), _saved.Order());
        Assert.Equal(3, Assert.Single(runner.Failures).Image.Number);
    }

    [Fact]
    public void Fail_fast_stops_at_the_first()
    {
        var runner = Runner(request => request.Seed == 3 ? new NumericsException("not finite", null) : null,
            failsFast: true);
        Assert.Throws<BatchStoppedException>(() =>
            runner.Make([.. Enumerable.Range(1, 20).Select(number => Planned(number, "10"))]));
        Assert.Equal([1, 2], _saved);
    }

    [Fact]
    public void Out_of_memory_halves_the_batch()
    {
        var runner = Runner(_ => null, most: 3);
        runner.Make([.. Enumerable.Range(1, 9).Select(number => Planned(number, "10"))]);
        Assert.Equal(Enumerable.Range(1, 9), _saved);
        Assert.Equal(["8", "4", "2"], _calls.Select(call => call.Split(':')[0]));
        Assert.Empty(runner.Failures);
    }

    [Fact]
    public void Out_of_memory_for_one_image_ends_the_run()
    {
        var runner = Runner(_ => null, most: 0);
        Assert.Throws<ResourceException>(() => runner.Make([Planned(1, "10"), Planned(2, "10")]));
    }

    [Fact]
    public void A_full_disk_ends_the_run_at_once()
    {
        var runner = new BatchRunner(Sampler(_ => null, int.MaxValue), _ => 8, (planned, _) =>
        {
            if (planned.Number == 2)
                throw new ResourceException("disk full", null);
            _saved.Add(planned.Number);
        }, Options);
        Assert.Throws<ResourceException>(() => runner.Make(
            [.. Enumerable.Range(1, 5).Select(number => Planned(number, "10"))]));
        Assert.Equal([1], _saved);
        Assert.Single(_calls);
    }

    [Fact]
    public void Missing_weights_end_the_run()
    {
        var runner = Runner(_ => new CheckpointException("no weights", null));
        Assert.Throws<CheckpointException>(() => runner.Make([Planned(1, "10")]));
    }

    private static RunOptions Options => new() { Finished = _ => { } };

    private BatchRunner Runner(Func<ImageRequest, Exception?> fault, int most = int.MaxValue, bool failsFast = false) =>
        new(Sampler(fault, most), _ => 8, (planned, _) => _saved.Add(planned.Number),
            Options)
        { FailsFast = failsFast };

    // Stands in for the pipeline: batches of the size asked for, all of one lost where one fails.
    private BatchSampler Sampler(Func<ImageRequest, Exception?> fault, int most) => (images, options) =>
    {
        _calls.Add($"{options.BatchSize}: {string.Join(' ', images.Select(image => image.Request.Seed))}");
        foreach (var chunk in images.Chunk(options.BatchSize!.Value))
        {
            if (chunk.Length > most)
                throw new ResourceException("out of memory", null);
            if (chunk.Select(image => fault(image.Request)).FirstOrDefault(error => error is not null) is { } error)
                throw error;
            foreach (var image in chunk)
                options.Finished(new GeneratedImage(Pixel, Pixel, null!, 0));
        }
    };

    private static RgbImage Pixel => new(1, 1, new byte[3]);

    private static PlannedImage Planned(int number, string steps) =>
        new(number, number, new ImageRequest("a cat", number),
            Recipe.Of(new StageRecipe { Network = "base", Sampler = "ddpm", Steps = steps }), $"{number}.png");
}

using Glide.Images;
using Glide.Pipelines;

namespace Glide.Tests.Pipelines;

public sealed class ChunkedRunnerTests
{
    private static GeneratedImage Blank { get; } =
        new(new RgbImage(1, 1, new byte[3]), new RgbImage(1, 1, new byte[3]), null!, 1);

    [Fact]
    public void A_group_is_finished_before_the_next_begins_and_counts_go_on()
    {
        var events = new List<string>();
        var groups = new ChunkedRunner(2, (requests, options) =>
        {
            events.Add(string.Join(' ', requests.Select(request => request.Seed)));
            for (int number = 0; number < requests.Count; number++)
            {
                options.Progress!.Report(new GenerationProgress("base", 1, 1, number, 1, number, requests.Count));
                options.Finished(Blank with { Number = number });
            }
        });
        groups.Make([.. Enumerable.Range(10, 5).Select(seed => new ImageRequest("a", seed))], new RunOptions
        {
            Finished = image => events.Add($"image {image.Number}"),
            Progress = new Listener(value => events.Add($"{value.First} {value.ImagesDone} of {value.Images}")),
        });
        Assert.Equal(
            ["10 11", "0 0 of 5", "image 0", "1 1 of 5", "image 1", "12 13", "2 2 of 5", "image 2", "3 3 of 5",
                "image 3", "14", "4 4 of 5", "image 4"],
            events);
    }

    [Fact]
    public void Stopping_begins_no_other_group()
    {
        using var stop = new CancellationTokenSource();
        int runs = 0;
        var groups = new ChunkedRunner(1, (_, _) =>
        {
            runs++;
            stop.Cancel();
        });
        Assert.Throws<OperationCanceledException>(() =>
            groups.Make([new ImageRequest("a", 1), new ImageRequest("a", 2)],
                new RunOptions { Finished = _ => { }, StopAfterBatch = stop.Token }));
        Assert.Equal(1, runs);
    }

    private sealed class Listener(Action<GenerationProgress> hear) : IProgress<GenerationProgress>
    {
        public void Report(GenerationProgress value) => hear(value);
    }
}

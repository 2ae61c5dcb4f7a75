using Glide.Models;
using Glide.Runtime;

namespace Glide.Pipelines;

/// <summary>
/// Makes many images in runs of a few. Where memory is not plenty a run draws all its small images before it enlarges
/// the first: what is lost when the process is killed, and what a stopped run has still to finish, is one group then.
/// </summary>
internal sealed class ChunkedRunner(int size, Action<IReadOnlyList<ImageRequest>, RunOptions> run)
{
    /// <summary>Makes the images and hands them on in order.</summary>
    /// <param name="requests">The images.</param>
    /// <param name="options">As of one run over all of them.</param>
    public void Make(IReadOnlyList<ImageRequest> requests, RunOptions options)
    {
        for (int first = 0; first < requests.Count; first += size)
        {
            options.StopAfterBatch.ThrowIfCancellationRequested();
            run(Group(requests, first), Shifted(options, first, requests.Count));
        }
    }

    // All of them stay as they are: requests may read what they show when they are asked for.
    private IReadOnlyList<ImageRequest> Group(IReadOnlyList<ImageRequest> requests, int first) =>
        size >= requests.Count ? requests : [.. Enumerable.Range(first, Math.Min(size, requests.Count - first))
            .Select(number => requests[number])];

    private static RunOptions Shifted(RunOptions options, int first, int total) => options with
    {
        Finished = image => options.Finished(image with { Number = image.Number + first }),
        Progress = options.Progress is { } progress ? new OfAll(progress, first, total) : null,
        Preview = options.Preview is { } show ? preview =>
            show(preview with { Numbers = [.. preview.Numbers.Select(number => number + first)] }) : null,
    };

    /// <summary>The progress of a group as that of all.</summary>
    private sealed class OfAll(IProgress<GenerationProgress> progress, int first, int total)
        : IProgress<GenerationProgress>
    {
        public void Report(GenerationProgress value) =>
            progress.Report(value with
            {
                First = value.First + first,
                ImagesDone = value.ImagesDone + first,
                Images = total
            });
    }
}

/// <summary>How many images go through a network together when the user does not say.</summary>
internal static class BatchSizes
{
    // Measured on full-size and mini networks: the live activations of a step are at most this many planes of
    // NumChannels at full resolution, in float32, for each row of the doubled batch.
    private const long LivePlanes = 24;

    /// <summary>
    /// On a CPU the time of an image hardly falls beyond this; on a GPU it falls until the card is full.
    /// </summary>
    public const int MostOnCpu = 8;

    private const int MostOnGpu = 64;

    // Ten of the mini network and four of the published one, which then take 1 and 2.5 GB in bf16.
    private const long BytesOfWindows = 1L << 30;
    private const int FewestWindows = 4;

    /// <summary>The batch size of a run: for its largest network, and for the one with the most rows.</summary>
    /// <param name="networks">Knows the networks.</param>
    /// <param name="recipe">The run.</param>
    /// <param name="runtime">Where it runs.</param>
    /// <param name="further">Further prompts of an image at most.</param>
    public static int Choose(ModelCache networks, Recipe recipe, TorchRuntime runtime, int further)
    {
        int most = Choose(networks, recipe.Last, runtime, further: 0);
        return further == 0 ? most : Math.Min(most, Choose(networks, recipe.Base, runtime, further));
    }

    /// <summary>The batch size for a stage.</summary>
    public static int Choose(ModelCache networks, StageRecipe stage, TorchRuntime runtime, int further)
    {
        var network = networks.SettingsOf(stage.Network);
        var size = networks.SizeOf(stage);
        if (runtime.IsCuda)
        {
            long most = Math.Min(MostOnGpu, MostOnGpu * 64 / network.ImageSize) * 2 / (2 + further);
            return (int)Math.Clamp(most * ImageSize.Of(network).Pixels / size.Pixels, 1, MostOnGpu);
        }
        return (int)Math.Clamp(
            MemoryBudget.AvailableBytes() / 4 / BytesFor(network, size, images: 1, further), 1, MostOnCpu);
    }

    /// <summary>Bytes that the activations of a step take at most.</summary>
    /// <param name="network">The network.</param>
    /// <param name="size">Size of the images that it makes.</param>
    /// <param name="images">Images that go together.</param>
    /// <param name="further">Rows of each image beside those of guidance.</param>
    public static long BytesFor(UNetConfig network, ImageSize size, int images, int further) =>
        (2 + further) * images * BytesOfRow(network, size);

    /// <summary>
    /// How many windows of an image go through a network together: the image depends on it, so it is the same on every
    /// machine.
    /// </summary>
    public static int WindowsAtOnce(UNetConfig network) =>
        (int)Math.Max(FewestWindows, BytesOfWindows / BytesOfRow(network, ImageSize.Of(network)));

    private static long BytesOfRow(UNetConfig network, ImageSize size) =>
        LivePlanes * size.Pixels * network.NumChannels * sizeof(float);
}

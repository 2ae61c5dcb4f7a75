using Glide.ModelSets;
using Glide.Runtime;

namespace Glide.Pipelines;

/// <summary>
/// Makes many pictures in runs of a few. Where memory is not plenty a run draws all its small pictures before it enlarges the
/// first: what is lost when the process is killed, and what a stopped run has still to finish, is one group then.
/// </summary>
/// <param name="size">Pictures of a group.</param>
/// <param name="run">Makes some pictures.</param>
internal sealed class InGroups(int size, Action<IReadOnlyList<PictureRequest>, RunOptions> run)
{
    /// <summary>Makes the pictures and hands them on in order.</summary>
    /// <param name="requests">The pictures.</param>
    /// <param name="options">As of one run over all of them.</param>
    public void Make(IReadOnlyList<PictureRequest> requests, RunOptions options)
    {
        for (int first = 0; first < requests.Count; first += size)
        {
            options.StopAfterBatch.ThrowIfCancellationRequested();
            run(Group(requests, first), Shifted(options, first, requests.Count));
        }
    }

    // All of them stay as they are: requests may read what they show when they are asked for.
    private IReadOnlyList<PictureRequest> Group(IReadOnlyList<PictureRequest> requests, int first) =>
        size >= requests.Count ? requests : [.. Enumerable.Range(first, Math.Min(size, requests.Count - first)).Select(number => requests[number])];

    private static RunOptions Shifted(RunOptions options, int first, int total) => options with
    {
        Finished = picture => options.Finished(picture with { Number = picture.Number + first }),
        Progress = options.Progress is { } progress ? new OfAll(progress, first, total) : null,
        Forming = options.Forming is { } show ? forming => show(forming with { Numbers = [.. forming.Numbers.Select(number => number + first)] }) : null,
    };

    /// <summary>The progress of a group as that of all.</summary>
    private sealed class OfAll(IProgress<GenerationProgress> progress, int first, int total) : IProgress<GenerationProgress>
    {
        public void Report(GenerationProgress value) =>
            progress.Report(value with { First = value.First + first, PicturesDone = value.PicturesDone + first, Pictures = total });
    }
}

/// <summary>How many pictures go through a network together when the user does not say.</summary>
internal static class BatchSizes
{
    // Measured on full-size and mini networks: the live activations of a step are at most this many planes of
    // NumChannels at full resolution, in float32, for each row of the doubled batch.
    private const long LivePlanes = 24;

    /// <summary>On a CPU the time of a picture hardly falls beyond this; on a GPU it falls until the card is full.</summary>
    public const int MostOnCpu = 8;

    private const int MostOnGpu = 64;

    // Ten of the mini network and four of the published one, which then take 1 and 2.5 GB in bf16.
    private const long BytesOfWindows = 1L << 30;
    private const int FewestWindows = 4;

    /// <summary>The batch size for the largest network of a run.</summary>
    public static int Choose(UNetSettings network, Engine engine)
    {
        if (engine.IsCuda)
            return Math.Min(MostOnGpu, MostOnGpu * 64 / network.ImageSize);
        return (int)Math.Clamp(MemoryBudget.AvailableBytes() / 4 / BytesFor(network, pictures: 1), 1, MostOnCpu);
    }

    /// <summary>Bytes that the activations of a step take at most.</summary>
    public static long BytesFor(UNetSettings network, int pictures) => 2 * pictures * BytesOfRow(network);

    /// <summary>How many windows of a picture go through a network together: the picture depends on it, so it is the same on every machine.</summary>
    public static int WindowsAtOnce(UNetSettings network) => (int)Math.Max(FewestWindows, BytesOfWindows / BytesOfRow(network));

    private static long BytesOfRow(UNetSettings network) =>
        LivePlanes * network.ImageSize * network.ImageSize * network.NumChannels * sizeof(float);
}

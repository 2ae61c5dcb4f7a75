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

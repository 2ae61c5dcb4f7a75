using static TorchSharp.torch;

namespace Glide.Pipelines;

/// <summary>
/// Makes several pictures at a time, each alone on its share of the CPU's threads. That is as fast as one forward pass for
/// all of them, and every picture comes to the same bytes whatever is made beside it: in a pass with others, or on more
/// threads, the sums are added in another order. So a share stays as it is also where fewer pictures are made than could be.
/// </summary>
/// <param name="threads">Threads of libtorch, which are set again at the end.</param>
/// <param name="share">Threads of one picture.</param>
/// <param name="run">Makes pictures one after the other; may be called by several threads at once.</param>
internal sealed class SideBySide(int threads, int share, Action<IReadOnlyList<PictureRequest>, RunOptions> run)
{
    /// <summary>Makes the pictures and hands them on in order.</summary>
    /// <param name="requests">The pictures.</param>
    /// <param name="lanes">How many at a time.</param>
    /// <param name="options">As of one run over all of them.</param>
    public void Make(IReadOnlyList<PictureRequest> requests, int lanes, RunOptions options)
    {
        int done = 0;
        foreach (var round in requests.Chunk(lanes))
        {
            options.StopAfterBatch.ThrowIfCancellationRequested();
            var pictures = new Picture?[round.Length];
            var errors = new Exception?[round.Length];
            MakeRound(round, pictures, errors, options, done, requests.Count);
            for (int lane = 0; lane < round.Length; lane++)
            {
                if (errors[lane] is { } error)
                    System.Runtime.ExceptionServices.ExceptionDispatchInfo.Throw(error);
                done++;
                options.Finished(pictures[lane]!);
            }
        }
    }

    private void MakeRound(PictureRequest[] round, Picture?[] pictures, Exception?[] errors, RunOptions options, int done, int total)
    {
        Parallel.For(0, round.Length, new ParallelOptions { MaxDegreeOfParallelism = round.Length }, lane =>
        {
            set_num_threads(share);
            try
            {
                run([round[lane]], options with
                {
                    BatchSize = 1,
                    StopAfterBatch = CancellationToken.None,
                    Progress = lane == 0 && options.Progress is { } progress ? new OfRound(progress, done, round.Length, total) : null,
                    Finished = picture => pictures[lane] = picture with { Seconds = picture.Seconds / round.Length },
                });
            }
#pragma warning disable CA1031 // Kept for its turn: the pictures before it are handed on first.
            catch (Exception error)
#pragma warning restore CA1031
            {
                errors[lane] = error;
            }
        });
        set_num_threads(threads);
    }

    /// <summary>The steps of one picture as those of all that are made with it.</summary>
    private sealed class OfRound(IProgress<GenerationProgress> progress, int first, int rows, int total) : IProgress<GenerationProgress>
    {
        public void Report(GenerationProgress value) => progress.Report(value with { First = first, Rows = rows, PicturesDone = first, Pictures = total });
    }
}

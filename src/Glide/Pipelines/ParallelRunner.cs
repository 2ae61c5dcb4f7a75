using System.Collections.Concurrent;
using System.Runtime.ExceptionServices;
using static TorchSharp.torch;

namespace Glide.Pipelines;

/// <summary>
/// Makes several images at a time, each alone on its share of the CPU's threads. That is as fast as one forward pass
/// for all of them, and every image comes to the same bytes whatever is made beside it: in a pass with others, or on
/// more threads, the sums are added in another order. So a share stays as it is also where fewer images are made than
/// could be.
/// </summary>
/// <remarks>
/// A lane begins its next image as soon as it is through with one, while finished ones are being written: the caller's
/// thread does that, and it alone hears of progress.
/// </remarks>
/// <param name="threads">Threads of libtorch, which are set again at the end.</param>
/// <param name="share">Threads of one image.</param>
/// <param name="run">Makes images one after the other; may be called by several threads at once.</param>
internal sealed class ParallelRunner(int threads, int share, Action<IReadOnlyList<ImageRequest>, RunOptions> run)
{
    /// <summary>Makes the images and hands them on in order.</summary>
    /// <param name="requests">The images.</param>
    /// <param name="lanes">How many at a time.</param>
    /// <param name="options">As of one run over all of them.</param>
    public void Make(IReadOnlyList<ImageRequest> requests, int lanes, RunOptions options)
    {
        lanes = Math.Min(lanes, requests.Count);
        using var work = new Work(requests, lanes, options);
        var running = Enumerable.Range(0, lanes)
            .Select(lane => new Thread(() => RunLane(work, lane)) { IsBackground = true, Name = $"lane {lane}" })
            .ToList();
        running.ForEach(lane => lane.Start());
        try
        {
            work.HandOn();
        }
        finally
        {
            work.Stop();
            running.ForEach(lane => lane.Join());
            set_num_threads(threads);
        }
        if (work.Done < requests.Count)
            options.StopAfterBatch.ThrowIfCancellationRequested();
    }

    private void RunLane(Work work, int lane)
    {
        set_num_threads(share);
        while (work.TryBegin(out int number))
        {
            try
            {
                run([work.Request(number)], work.OptionsFor(number, isShown: lane == 0));
            }
#pragma warning disable CA1031 // Kept for its turn: the images before it are handed on first.
            catch (Exception error)
#pragma warning restore CA1031
            {
                work.Fail(number, error);
            }
        }
        work.Leave();
    }

    /// <summary>What the lanes share: which image is next, and what they have to tell the caller's thread.</summary>
    private sealed class Work(IReadOnlyList<ImageRequest> requests, int lanes, RunOptions options) : IDisposable
    {
        private readonly BlockingCollection<Action> _news = [];
        private readonly CancellationTokenSource _stop =
            CancellationTokenSource.CreateLinkedTokenSource(options.Cancellation);
        private readonly Dictionary<int, GeneratedImage> _waiting = [];
        private readonly Dictionary<int, Exception> _errors = [];
        private int _next = -1;
        private int _left = lanes;
        private volatile bool _hasFailed;

        public int Done { get; private set; }

        private int Lanes { get; } = lanes;

        private int Count => requests.Count;

        /// <summary>Takes the next image; not once the run shall stop.</summary>
        public bool TryBegin(out int number)
        {
            number = Count;
            if (!_hasFailed && !_stop.IsCancellationRequested && !options.StopAfterBatch.IsCancellationRequested)
                number = Interlocked.Increment(ref _next);
            return number < Count;
        }

        public ImageRequest Request(int number) => requests[number];

        public RunOptions OptionsFor(int number, bool isShown) => options with
        {
            BatchSize = 1,
            StopAfterBatch = CancellationToken.None,
            Cancellation = _stop.Token,
            Progress = isShown && options.Progress is { } progress ? new Posted(this, progress) : null,
            Preview = isShown && options.Preview is { } show ? preview =>
                _news.Add(() => show(preview with { Numbers = [number] })) : null,
            Finished = image => _news.Add(() => Take(number,
                image with { Number = number, Seconds = image.Seconds / Lanes })),
        };

        /// <summary>An image could not be made; those before it are still waited for.</summary>
        public void Fail(int number, Exception error)
        {
            _hasFailed = true;
            _news.Add(() =>
            {
                _errors.Add(number, error);
                HandOnWaiting();
            });
        }

        /// <summary>A lane has come to its end.</summary>
        public void Leave()
        {
            if (Interlocked.Decrement(ref _left) == 0)
                _news.CompleteAdding();
        }

        /// <summary>Lets no lane begin another image, and those under way stop at their next step.</summary>
        public void Stop() => _stop.Cancel();

        /// <summary>Hears the lanes until all have come to their end.</summary>
        public void HandOn()
        {
            foreach (var news in _news.GetConsumingEnumerable())
                news();
        }

        public void Dispose()
        {
            _news.Dispose();
            _stop.Dispose();
        }

        private void Take(int number, GeneratedImage image)
        {
            _waiting.Add(number, image);
            HandOnWaiting();
        }

        private void HandOnWaiting()
        {
            while (_waiting.Remove(Done, out var image))
            {
                Done++;
                options.Finished(image);
            }
            if (_errors.TryGetValue(Done, out var error))
                ExceptionDispatchInfo.Throw(error);
        }

        /// <summary>
        /// The steps of one image as those of all that are made with it: the first that are not handed on yet.
        /// </summary>
        private sealed class Posted(Work work, IProgress<GenerationProgress> progress) : IProgress<GenerationProgress>
        {
            public void Report(GenerationProgress value) => work._news.Add(() => progress.Report(value with
            {
                First = work.Done,
                Rows = Math.Min(work.Lanes, work.Count - work.Done),
                ImagesDone = work.Done,
                Images = work.Count,
            }));
        }
    }
}

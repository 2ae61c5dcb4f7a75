namespace Glide.Datasets;

/// <summary>Makes things ahead of their use on several threads and hands them out in their order.</summary>
internal sealed class OrderedAhead<T> : IDisposable
{
    private readonly Queue<Task<T>> _started = new();
    private readonly CancellationTokenSource _stop = new();
    private readonly TaskFactory _factory;
    private readonly Func<long, CancellationToken, T> _make;
    private readonly long _end;
    private long _next;

    /// <summary>Starts.</summary>
    /// <param name="range">The first number, and the one after the last.</param>
    /// <param name="threads">How many are made at the same time.</param>
    /// <param name="ahead">How many are made or wait to be taken.</param>
    /// <param name="make">Makes one from its number, on any thread.</param>
    public OrderedAhead(
        (long First, long End) range, int threads, int ahead, Func<long, CancellationToken, T> make)
    {
        (_next, _end) = range;
        _make = make;
        var pair = new ConcurrentExclusiveSchedulerPair(TaskScheduler.Default, threads);
        _factory = new TaskFactory(_stop.Token, TaskCreationOptions.None, TaskContinuationOptions.None,
            pair.ConcurrentScheduler);
        for (int i = 0; i < ahead; i++)
            Start();
    }

    /// <summary>Waits for the next one. A failure stays: it is thrown again by the next call.</summary>
    /// <exception cref="InvalidOperationException">The last one was taken.</exception>
    public T Next(CancellationToken cancellation)
    {
        ObjectDisposedException.ThrowIf(_stop.IsCancellationRequested, this);
        var first = _started.Peek();
        Task.WaitAny([first], cancellation);
        var made = first.GetAwaiter().GetResult();
        _started.Dequeue();
        Start();
        return made;
    }

    /// <summary>Stops; what was made and not taken is disposed.</summary>
    public void Dispose()
    {
        _stop.Cancel();
        foreach (var task in _started)
        {
            Task.WaitAny(task);
            if (task.IsCompletedSuccessfully)
                (task.Result as IDisposable)?.Dispose();
        }
        _started.Clear();
        _stop.Dispose();
    }

    private void Start()
    {
        if (_next == _end)
            return;
        long number = _next++;
        _started.Enqueue(_factory.StartNew(() => _make(number, _stop.Token)));
    }
}

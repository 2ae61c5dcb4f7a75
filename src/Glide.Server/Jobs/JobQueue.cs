using Glide.Pipelines;
using Glide.Server.Gallery;

namespace Glide.Server.Jobs;

/// <summary>
/// The jobs that wait, and the thread that makes them one after another with models that are loaded once.
/// </summary>
internal sealed class JobQueue : IDisposable
{
    private const int MostKnown = 2000;

    private readonly ServedFolder _folder;
    private readonly JobReader _reader;
    private readonly int _mostWaiting;
    private readonly Action<string> _warn;
    private readonly Lock _lock = new();
    private readonly SemaphoreSlim _available = new(0);
    private readonly LinkedList<Job> _waiting = new();
    private readonly Dictionary<string, Job> _jobs = [];
    private readonly Queue<Job> _order = new();
    private readonly JobRunner _runner;
    private readonly CancellationTokenSource _stop = new();
    private readonly TaskCompletionSource _opened = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private Thread? _worker;

    /// <summary>Takes up the jobs that an earlier run of the server left.</summary>
    /// <param name="folder">Where images and journals go.</param>
    /// <param name="reader">Reads the jobs of the journal again.</param>
    /// <param name="mostWaiting">Jobs that may wait.</param>
    /// <param name="warn">Gets what the person who runs the server should know.</param>
    public JobQueue(ServedFolder folder, JobReader reader, int mostWaiting, Action<string> warn)
    {
        (_folder, _reader, _mostWaiting, _warn) = (folder, reader, mostWaiting, warn);
        _runner = new JobRunner(folder, warn);
        foreach (var known in folder.Jobs.Read())
            Restore(known);
    }

    /// <summary>The job that is being made; <c>null</c> for none.</summary>
    public Job? Running { get; private set; }

    public int Waiting
    {
        get
        {
            lock (_lock)
                return _waiting.Count;
        }
    }

    /// <summary>The jobs that are not over, the running one first.</summary>
    public IReadOnlyList<Job> Open
    {
        get
        {
            lock (_lock)
                return [.. Running is { } running ? [running] : Array.Empty<Job>(), .. _waiting];
        }
    }

    /// <summary>Opens the models and begins to make jobs.</summary>
    /// <param name="open">Opens them, on the thread that will use them: libtorch keeps settings by thread.</param>
    /// <exception cref="GlideException">They cannot be opened.</exception>
    public void Start(Func<GlidePipeline> open)
    {
        _worker = new Thread(() => Work(open)) { IsBackground = true, Name = "jobs" };
        _worker.Start();
        _opened.Task.GetAwaiter().GetResult();
    }

    public Job? Find(string id)
    {
        lock (_lock)
            return _jobs.GetValueOrDefault(id);
    }

    /// <summary>Refuses at once what would be refused after all checks.</summary>
    /// <exception cref="QueueFullException">Too many wait, or the server stops.</exception>
    public void RequireRoom()
    {
        lock (_lock)
        {
            if (_waiting.Count >= _mostWaiting || _stop.IsCancellationRequested)
                throw new QueueFullException(_waiting.Count);
        }
    }

    /// <summary>Accepts a job: it is on disk when this returns.</summary>
    /// <exception cref="QueueFullException">Too many wait, or the server stops.</exception>
    public Job Add(JobRequest request, JobPlan plan)
    {
        var job = new Job(Guid.NewGuid().ToString("N"), request, plan);
        lock (_lock)
        {
            RequireRoom();
            _folder.Jobs.Accept(job);
            Know(job);
            _waiting.AddLast(job);
        }
        _available.Release();
        return job;
    }

    /// <summary>Takes a job out of the queue, or stops it before its next step.</summary>
    public void Cancel(Job job)
    {
        lock (_lock)
        {
            if (!_waiting.Remove(job))
            {
                job.RequestStop();
                return;
            }
            End(job, JobState.Cancelled);
        }
    }

    /// <summary>
    /// Lets the running image be finished and stops. Jobs that are not over are made by the next run of the server,
    /// unless a client waits for them, who is told.
    /// </summary>
    public void Stop()
    {
        lock (_lock)
        {
            if (_stop.IsCancellationRequested)
                return;
            _stop.Cancel();
        }
        _available.Release();
        _worker?.Join();
        lock (_lock)
        {
            foreach (var job in _waiting)
                Abandon(job);
            _waiting.Clear();
        }
    }

    public void Dispose()
    {
        Stop();
        foreach (var job in _jobs.Values)
            job.Dispose();
        _stop.Dispose();
        _available.Dispose();
    }

    private void Work(Func<GlidePipeline> open)
    {
        GlidePipeline pipeline;
        try
        {
            pipeline = open();
        }
        // Thrown again where the server is started.
        catch (Exception exception)
        {
            _opened.SetException(exception);
            return;
        }
        using (pipeline)
        {
            _opened.SetResult();
            while (Take() is { } job)
                Make(pipeline, job);
        }
    }

    private Job? Take()
    {
        while (true)
        {
            _available.Wait();
            lock (_lock)
            {
                if (_stop.IsCancellationRequested)
                    return null;
                if (_waiting.First is not { } first)
                    continue;
                _waiting.RemoveFirst();
                return Running = first.Value;
            }
        }
    }

    private void Make(GlidePipeline pipeline, Job job)
    {
        var outcome = _runner.Run(pipeline, job, _stop.Token);
        if (outcome is null)
            Abandon(job);
        else
            End(job, outcome.State, outcome.Error);
        Running = null;
    }

    private void End(Job job, JobState state, string? error = null)
    {
        job.End(state, error);
        try
        {
            _folder.Jobs.End(job);
        }
        // The next run makes it again; that is better than to make nothing more in this one.
        catch (ResourceException exception)
        {
            _warn(exception.Message);
        }
    }

    private void Abandon(Job job)
    {
        if (job.Request.IsWaitedFor)
            End(job, JobState.Lost, "the server was stopped");
        else
            job.Leave();
    }

    private void Restore(JournaledJob known)
    {
        var (state, error) = (known.State, known.Error);
        JobPlan? plan = null;
        if (state is null && known.Request.IsWaitedFor)
        {
            (state, error) = (JobState.Lost, "the server was stopped, and who waited for the images is gone");
        }
        else if (state is null)
        {
            try
            {
                plan = _reader.Plan(known.Request);
            }
            catch (GlideException exception)
            {
                (state, error) = (JobState.Failed, _folder.WithoutPath(exception.Message));
            }
        }
        var job = new Job(known.Id, known.Request, plan);
        job.Restore(known.Images);
        Know(job);
        if (state is not { } ended)
        {
            _waiting.AddLast(job);
            _available.Release();
        }
        else if (known.State is null)
        {
            End(job, ended, error);
        }
        else
        {
            job.End(ended, error);
        }
    }

    private void Know(Job job)
    {
        _jobs[job.Id] = job;
        _order.Enqueue(job);
        while (_order.Count > MostKnown && _order.Peek().IsOver)
        {
            var old = _order.Dequeue();
            _jobs.Remove(old.Id);
        }
    }
}

/// <summary>No more jobs are accepted now.</summary>
/// <param name="waiting">Jobs that wait.</param>
internal sealed class QueueFullException(int waiting) : Exception($"{waiting} jobs wait already; try again later");

using System.Text.Json.Nodes;
using System.Threading.Channels;
using Glide.Images;
using Glide.Pipelines;
using Glide.Server.Gallery;

namespace Glide.Server.Jobs;

/// <summary>Where a job stands.</summary>
internal enum JobState
{
    /// <summary>Accepted; others are before it.</summary>
    Queued,

    Running,

    Done,

    Failed,

    Cancelled,

    /// <summary>Whoever waited for its images is gone with an earlier run of the server.</summary>
    Lost,
}

/// <summary>A finished image of a job.</summary>
/// <param name="Name">Its file in the folder.</param>
/// <param name="Seed">Its seed.</param>
internal sealed record JobImage(string Name, long Seed)
{
    public JsonObject ToJson() => new() { ["name"] = Name, ["url"] = ImageIndex.UrlOf(Name), ["seed"] = Seed };
}

/// <summary>Something that happened to a job, as those who watch it get it.</summary>
/// <param name="Name">Name of the event.</param>
/// <param name="Json">Its data, on one line.</param>
internal sealed record JobEvent(string Name, string Json);

/// <summary>A job of the queue: its state, its images and who watches it. Threads may use it at once.</summary>
internal sealed class Job : IDisposable
{
    // A slow client loses old previews; the last event has all that counts.
    private const int MostEvents = 64;

    private const int MostPreviews = 9;

    private static readonly TimeSpan s_betweenPreviews = TimeSpan.FromMilliseconds(80);

    private readonly Lock _lock = new();
    private readonly List<JobImage> _images = [];
    private readonly List<Channel<JobEvent>> _watchers = [];
    private readonly CancellationTokenSource _stop = new();
    private readonly TaskCompletionSource _ended = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private StepPreview? _preview;
    private DateTime _lastPreview;

    public Job(string id, JobRequest request, JobPlan? plan)
    {
        Id = id;
        Request = request;
        Plan = plan;
    }

    public string Id { get; }

    public JobRequest Request { get; }

    /// <summary>What is made; <c>null</c> for a job that has ended in an earlier run of the server.</summary>
    public JobPlan? Plan { get; }

    public JobState State { get; private set; }

    /// <summary>Why it failed or was lost; <c>null</c> otherwise.</summary>
    public string? Error { get; private set; }

    public JobProgress? Progress { get; private set; }

    /// <summary>Stops it before the next step.</summary>
    public CancellationToken Stop => _stop.Token;

    /// <summary>Completed when the job is over, or when this run of the server will not end it.</summary>
    public Task Ended => _ended.Task;

    public bool IsOver => State is not (JobState.Queued or JobState.Running);

    public IReadOnlyList<JobImage> Images
    {
        get
        {
            lock (_lock)
                return [.. _images];
        }
    }

    /// <summary>The first image as far as it is; <c>null</c> before the first step.</summary>
    public RgbImage? Preview => _preview?.Images[0];

    public JsonObject ToJson()
    {
        lock (_lock)
        {
            var json = new JsonObject
            {
                ["id"] = Id,
                ["state"] = State.ToString().ToLowerInvariant(),
                ["request"] = Request.ToJson(),
                ["images"] = new JsonArray([.. _images.Select(image => image.ToJson())]),
            };
            if (Progress is { } progress)
                json["progress"] = progress.ToJson();
            if (Error is not null)
                json["error"] = Error;
            return json;
        }
    }

    /// <summary>Follows the job from now on: first its state, last its final state.</summary>
    public ChannelReader<JobEvent> Watch()
    {
        var channel = Channel.CreateBounded<JobEvent>(
            new BoundedChannelOptions(MostEvents) { FullMode = BoundedChannelFullMode.DropOldest });
        lock (_lock)
        {
            channel.Writer.TryWrite(new JobEvent("state", ToJson().ToJsonString()));
            if (_ended.Task.IsCompleted)
                channel.Writer.Complete();
            else
                _watchers.Add(channel);
        }
        return channel.Reader;
    }

    public void Unwatch(ChannelReader<JobEvent> reader)
    {
        lock (_lock)
            _watchers.RemoveAll(channel => channel.Reader == reader);
    }

    /// <summary>Asks a running job to stop before its next step.</summary>
    public void RequestStop()
    {
        // A job that has just ended has nothing left to stop.
        lock (_lock)
        {
            if (!IsOver)
                _stop.Cancel();
        }
    }

    public void Begin()
    {
        State = JobState.Running;
        Tell("state", ToJson());
    }

    public void Report(JobProgress progress)
    {
        Progress = progress;
        Tell("step", progress.ToJson());
    }

    /// <summary>Shows the images as far as they are.</summary>
    public void Show(StepPreview preview)
    {
        _preview = preview;
        lock (_lock)
        {
            if (_watchers.Count == 0 || DateTime.UtcNow - _lastPreview < s_betweenPreviews)
                return;
        }
        foreach (var (number, image) in preview.Numbers.Zip(preview.Images).Take(MostPreviews))
        {
            Tell("preview", new JsonObject
            {
                ["number"] = number,
                ["stage"] = preview.Stage,
                ["image"] = "data:image/png;base64," + Convert.ToBase64String(ImageFile.ToPng(image)),
            });
        }
        _lastPreview = DateTime.UtcNow;
    }

    public void Add(JobImage image)
    {
        lock (_lock)
            _images.Add(image);
        Tell("image", image.ToJson());
    }

    /// <summary>Takes over what an earlier run of the server has finished.</summary>
    public void Restore(IEnumerable<JobImage> images) => _images.AddRange(images);

    /// <summary>Ends the job and tells everybody who watches or waits.</summary>
    public void End(JobState state, string? error = null)
    {
        lock (_lock)
        {
            (State, Error) = (state, error);
            _preview = null;
        }
        Leave();
    }

    /// <summary>Lets go of those who watch or wait, though the job may not be over: the server stops.</summary>
    public void Leave()
    {
        lock (_lock)
        {
            foreach (var channel in _watchers)
            {
                channel.Writer.TryWrite(new JobEvent("state", ToJson().ToJsonString()));
                channel.Writer.Complete();
            }
            _watchers.Clear();
        }
        _ended.TrySetResult();
    }

    public void Dispose() => _stop.Dispose();

    private void Tell(string name, JsonObject data)
    {
        lock (_lock)
        {
            if (_watchers.Count == 0)
                return;
            var told = new JobEvent(name, data.ToJsonString());
            foreach (var channel in _watchers)
                channel.Writer.TryWrite(told);
        }
    }
}

using System.Text.Json;
using System.Text.Json.Nodes;
using Glide.Images;

namespace Glide.Server.Jobs;

// {"id":"5f0c...","accepted":{"prompt":"a red circle","seed":"7"}}
// {"id":"5f0c...","image":"a-red-circle-7.png","seed":7}
// {"id":"5f0c...","state":"done"}

/// <summary>
/// The jobs that were accepted and what became of them, on disk: a line is there before the client hears of it.
/// </summary>
internal sealed class JobJournal
{
    public const string Name = "glide-jobs.jsonl";

    // Ended jobs that are still known after a restart.
    private const int MostEnded = 1000;

    private readonly Lock _lock = new();
    private readonly string _path;

    public JobJournal(string folder) => _path = Path.Combine(folder, Name);

    public void Accept(Job job)
    {
        var line = new JsonObject { ["id"] = job.Id, ["accepted"] = job.Request.ToJson() };
        if (job.Request.IsWaitedFor)
            line["waited_for"] = true;
        Add(line);
    }

    public void AddImage(Job job, JobImage image) =>
        Add(new JsonObject { ["id"] = job.Id, ["image"] = image.Name, ["seed"] = image.Seed });

    public void End(Job job)
    {
        var line = new JsonObject { ["id"] = job.Id, ["state"] = job.State.ToString().ToLowerInvariant() };
        if (job.Error is not null)
            line["error"] = job.Error;
        Add(line);
    }

    /// <summary>Reads all jobs, and writes the file anew without the oldest that have ended.</summary>
    /// <exception cref="UsageException">The file is not one of ours.</exception>
    public IReadOnlyList<JournaledJob> Read()
    {
        var jobs = new Dictionary<string, JournaledJob>();
        int number = 0;
        foreach (string text in ReadLines())
        {
            number++;
            try
            {
                Take(JsonNode.Parse(text)!.AsObject(), jobs);
            }
            catch (Exception exception) when (exception is JsonException or InvalidOperationException
                or KeyNotFoundException or NullReferenceException or UsageException)
            {
                throw new UsageException(
                    $"the list of jobs is damaged; '{_path}' line {number}; {exception.Message}; remove that line, or "
                        + "choose another folder with --output", exception);
            }
        }
        int left = jobs.Values.Count(job => job.State is not null) - MostEnded;
        var kept = jobs.Values.Where(job => job.State is null || left-- <= 0).ToList();
        if (kept.Count < jobs.Count)
        {
            AtomicFile.Write(_path, stream =>
                kept.ForEach(job => job.Lines.ForEach(line => stream.Write(Bytes(line)))));
        }
        return kept;
    }

    // A line that was cut when the process died is no line.
    private string[] ReadLines()
    {
        if (!File.Exists(_path))
            return [];
        string text = File.ReadAllText(_path);
        int whole = text.LastIndexOf('\n') + 1;
        if (whole < text.Length)
            AtomicFile.Write(_path, stream => stream.Write(System.Text.Encoding.UTF8.GetBytes(text[..whole])));
        return text[..whole].Split('\n', StringSplitOptions.RemoveEmptyEntries);
    }

    private static void Take(JsonObject line, Dictionary<string, JournaledJob> jobs)
    {
        string id = (string)line["id"]!;
        if (line["accepted"] is { } accepted)
        {
            bool isWaitedFor = (bool?)line["waited_for"] == true;
            jobs[id] = new JournaledJob(id,
                JobRequest.Parse(accepted.ToJsonString()) with { IsWaitedFor = isWaitedFor });
        }
        var job = jobs[id];
        job.Lines.Add(line);
        if (line["image"] is { } image)
            job.Images.Add(new JobImage((string)image!, (long)line["seed"]!));
        if (line["state"] is { } state)
        {
            job.State = Enum.Parse<JobState>((string)state!, ignoreCase: true);
            job.Error = (string?)line["error"];
        }
    }

    private void Add(JsonObject line)
    {
        lock (_lock)
        {
            try
            {
                using var file = new FileStream(_path, FileMode.Append, FileAccess.Write, FileShare.Read, 1);
                file.Write(Bytes(line));
                file.Flush(flushToDisk: true);
            }
            catch (Exception exception) when (AtomicFile.Explain(_path, exception) is { } failure)
            {
                throw failure;
            }
        }
    }

    private static byte[] Bytes(JsonObject line) => [.. JsonSerializer.SerializeToUtf8Bytes(line), (byte)'\n'];
}

/// <summary>A job as the journal knows it.</summary>
internal sealed record JournaledJob(string Id, JobRequest Request)
{
    public List<JsonObject> Lines { get; } = [];

    public List<JobImage> Images { get; } = [];

    /// <summary>How it ended; <c>null</c> if it did not.</summary>
    public JobState? State { get; set; }

    public string? Error { get; set; }
}

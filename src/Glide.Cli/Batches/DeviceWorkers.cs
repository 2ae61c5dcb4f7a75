using System.Text.Json;
using Glide.Pipelines;

namespace Glide.Cli.Batches;

/// <summary>Makes a batch with one process a device, each with its own part of the rows and its own journal.</summary>
/// <param name="devices">Where they compute.</param>
/// <param name="output">Gets the lines that they print about finished images.</param>
/// <param name="events">Hears what they say beside that.</param>
/// <param name="progress">Hears how far they have come together.</param>
internal sealed class DeviceWorkers(IReadOnlyList<WorkerDevice> devices,
    TextWriter output, BatchEvents events, IProgress<GenerationProgress> progress)
{
    // The others may go on where one has these troubles: they may have none.
    private static readonly int[] s_endings = [ExitCode.Done, ExitCode.Partial];

    private const string ErrorPrefix = "error: ";

    private readonly Lock _lock = new();
    private readonly Dictionary<WorkerProcess, GenerationProgress?> _progress = [];
    private readonly List<string> _failures = [];
    private int _made;

    public IReadOnlyList<WorkerDevice> Devices => devices;

    public int Made => _made;

    /// <summary>What could not be made, a line each.</summary>
    public IReadOnlyList<string> Failures => _failures;

    /// <summary>Runs the workers to their end.</summary>
    /// <param name="argumentsOf">The command line of a worker by its number, from 0.</param>
    /// <param name="failsFast">Whether the first that fails stops the others.</param>
    /// <param name="stop">Lets all finish their running batch.</param>
    /// <returns>The exit code that they come to together.</returns>
    public int Run(Func<int, IReadOnlyList<string>> argumentsOf, bool failsFast, CancellationToken stop)
    {
        var workers = devices.Select((device, index) => Start(device, argumentsOf(index))).ToList();
        try
        {
            using var registration = stop.Register(() => workers.ForEach(worker => worker.Finish()));
            int[] codes = new int[workers.Count];
            Task.WaitAll([.. workers.Select((worker, index) => Task.Factory.StartNew(
                () =>
                {
                    codes[index] = worker.Wait();
                    if (failsFast && codes[index] != ExitCode.Done)
                        workers.ForEach(other => other.Stop());
                },
                TaskCreationOptions.LongRunning))]);
            stop.ThrowIfCancellationRequested();
            return Sum(workers, codes, failsFast);
        }
        finally
        {
            workers.ForEach(worker => worker.Dispose());
        }
    }

    private WorkerProcess Start(WorkerDevice device, IReadOnlyList<string> arguments)
    {
        lock (_lock)
        {
            WorkerProcess? worker = null;
            worker = new WorkerProcess(device, arguments, HearOutput, line => HearError(worker!, line));
            _progress[worker] = null;
            return worker;
        }
    }

    private int Sum(List<WorkerProcess> workers, int[] codes, bool failsFast)
    {
        foreach (var (worker, code) in workers.Zip(codes))
        {
            bool wasStopped = failsFast && code == ExitCode.Terminated;
            if (!s_endings.Contains(code) && !wasStopped)
            {
                events.Say($"error: the worker on {worker.Device.Name} ended with exit code {code}; what is missing "
                    + $"of its share is made by --resume");
            }
        }
        if (codes.Contains(ExitCode.Resource))
            return ExitCode.Resource;
        if (codes.All(code => code == ExitCode.Done))
            return ExitCode.Done;
        bool allRefused = codes.All(code => code == codes[0]) && codes[0] is ExitCode.Usage or ExitCode.Checkpoint
            or ExitCode.Download;
        return allRefused ? codes[0] : ExitCode.Partial;
    }

    private void HearOutput(string line)
    {
        lock (_lock)
        {
            _made++;
            output.WriteLine(line);
            output.Flush();
        }
    }

    private void HearError(WorkerProcess worker, string line)
    {
        lock (_lock)
        {
            if (!line.StartsWith('{') || !TryHearEvent(worker, line))
                events.Say(Labeled(worker.Device.Name, line));
        }
    }

    private bool TryHearEvent(WorkerProcess worker, string line)
    {
        try
        {
            using var document = JsonDocument.Parse(line);
            var root = document.RootElement;
            switch (root.GetProperty("event").GetString())
            {
                case "failed":
                    int number = root.GetProperty("line").GetInt32();
                    string message = root.GetProperty("message").GetString()!;
                    _failures.Add($"line {number}: {message}");
                    events.Failed(number, message);
                    return true;
                case "warning":
                    events.Warn($"{worker.Device.Name}: {root.GetProperty("message").GetString()}");
                    return true;
                case "progress":
                    _progress[worker] = new GenerationProgress(
                        root.GetProperty("stage").GetString()!, root.GetProperty("step").GetInt32(),
                            root.GetProperty("steps").GetInt32(),
                        0, 1, root.GetProperty("images_done").GetInt32(), root.GetProperty("images").GetInt32());
                    Report(_progress[worker]!);
                    return true;
                default:
                    return false;
            }
        }
        catch (Exception exception) when (exception is JsonException or KeyNotFoundException
            or InvalidOperationException)
        {
            return false;
        }
    }

    // For machines the worker's own steps; for people, who see one line, the images of all.
    private void Report(GenerationProgress last)
    {
        int done = _progress.Values.Sum(value => value?.ImagesDone ?? 0);
        int images = _progress.Values.Sum(value => value?.Images ?? 0);
        progress.Report(events.AreJson
            ? last with { ImagesDone = done, Images = images }
            : new GenerationProgress(Counted.Of(devices.Count, "worker"), done, images, 0, 1, done, 1));
    }

    private static string Labeled(string device, string line)
    {
        string prefix = line.StartsWith(ErrorPrefix, StringComparison.Ordinal) ? ErrorPrefix : "";
        return $"{prefix}{device}: {line[prefix.Length..]}";
    }
}

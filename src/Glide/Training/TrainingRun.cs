using System.Globalization;
using System.Text;
using Glide.Images;

namespace Glide.Training;

/// <summary>The folder of a run: plan, log, checkpoints, sheets of samples.</summary>
internal sealed class TrainingRun
{
    /// <summary>Name of the file with the plan.</summary>
    public const string PlanFile = "train.json";

    private const string CheckpointPattern = "step-*.safetensors";

    private TrainingRun(string folder, TrainingPlan plan)
    {
        Folder = folder;
        Plan = plan;
    }

    public string Folder { get; }

    public TrainingPlan Plan { get; }

    public string LogPath => Path.Combine(Folder, "log.jsonl");

    public string ChartPath => Path.Combine(Folder, "loss.svg");

    /// <summary>Where a run with <c>--lora</c> writes the adapters.</summary>
    public string LoraPath => Path.Combine(Folder, "lora.safetensors");

    private string Checkpoints => Path.Combine(Folder, "checkpoints");

    /// <summary>Begins a run in a new or empty folder.</summary>
    /// <exception cref="UsageException">The folder has a run already, or is a file.</exception>
    public static TrainingRun Begin(string folder, TrainingPlan plan)
    {
        if (File.Exists(folder))
            throw new UsageException($"-o '{folder}' is a file; a run needs a folder; choose another name");
        var run = new TrainingRun(folder, plan);
        if (File.Exists(Path.Combine(folder, PlanFile)) || run.FindCheckpoints().Count > 0)
        {
            throw new UsageException($"'{folder}' has a run already; go on with it with --resume, or choose another "
                + "folder with -o");
        }
        try
        {
            Directory.CreateDirectory(run.Checkpoints);
        }
        catch (Exception e) when (AtomicFile.Explain(folder, e) is { } failure)
        {
            throw failure;
        }
        AtomicFile.Write(Path.Combine(folder, PlanFile), stream => stream.Write(Encoding.UTF8.GetBytes(plan.ToJson())));
        return run;
    }

    /// <summary>Opens a run that was begun.</summary>
    /// <param name="folder">Its folder.</param>
    /// <param name="remedy">What else can be done where the folder has none.</param>
    /// <exception cref="UsageException">The folder has none, or its plan is damaged.</exception>
    public static TrainingRun Open(string folder, string remedy = "")
    {
        string plan = Path.Combine(folder, PlanFile);
        return File.Exists(plan)
            ? new TrainingRun(folder, TrainingPlan.Read(plan))
            : throw new UsageException($"'{folder}' has no run; there is no {PlanFile} in it; give the folder of "
                + $"'glide train -o'{remedy}");
    }

    /// <summary>The run with a plan that was changed where a run may change.</summary>
    /// <exception cref="ResourceException">The folder cannot be written to.</exception>
    public TrainingRun With(TrainingPlan plan)
    {
        AtomicFile.Write(Path.Combine(Folder, PlanFile), stream => stream.Write(Encoding.UTF8.GetBytes(plan.ToJson())));
        return new TrainingRun(Folder, plan);
    }

    /// <summary>
    /// Keeps other processes away from the run until the result is disposed, and removes what a killed one left.
    /// </summary>
    /// <exception cref="UsageException">Another process trains in this folder.</exception>
    public IDisposable Lock()
    {
        var held = LockFile.TryLock(Path.Combine(Folder, "lock")) ?? throw new UsageException(
            $"the run '{Folder}' is in use by another process; wait until it ends, or choose another folder with -o");
        Directory.CreateDirectory(Checkpoints);
        foreach (string unfinished in Directory.EnumerateFiles(Checkpoints, ".*.part"))
            File.Delete(unfinished);
        return held;
    }

    /// <summary>Path of the checkpoint after a number of steps.</summary>
    public string CheckpointPath(long step) =>
        Path.Combine(Checkpoints, string.Create(CultureInfo.InvariantCulture, $"step-{step:D8}.safetensors"));

    /// <summary>The checkpoints, oldest first.</summary>
    public IReadOnlyList<string> FindCheckpoints() => Directory.Exists(Checkpoints)
        ? [.. Directory.EnumerateFiles(Checkpoints, CheckpointPattern).Order(StringComparer.Ordinal)]
        : [];

    /// <summary>Deletes all but the last checkpoints.</summary>
    public void DeleteOldCheckpoints(int keep)
    {
        foreach (string old in FindCheckpoints().SkipLast(keep))
            File.Delete(old);
    }

    /// <summary>Path of the samples after a number of steps, in a folder that exists.</summary>
    public string SamplePath(long step)
    {
        string folder = Path.Combine(Folder, "samples");
        Directory.CreateDirectory(folder);
        return Path.Combine(folder, string.Create(CultureInfo.InvariantCulture, $"step-{step:D8}.png"));
    }
}

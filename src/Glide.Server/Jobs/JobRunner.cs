using Glide.Diffusion;
using Glide.Pipelines;
using Glide.Server.Gallery;

namespace Glide.Server.Jobs;

/// <summary>Makes one job after another and writes their images.</summary>
/// <param name="folder">Where images go.</param>
/// <param name="warn">Gets what the person who runs the server should know.</param>
internal sealed class JobRunner(ServedFolder folder, Action<string> warn)
{
    private readonly StageTimes _times = new();

    /// <summary>Makes those images of a job that an earlier run of the server has not made.</summary>
    /// <param name="pipeline">The models.</param>
    /// <param name="job">The job.</param>
    /// <param name="stop">Lets the running image be finished, and ends the run then.</param>
    /// <returns>How it ended; <c>null</c> if the run was stopped before the job's end.</returns>
    public JobOutcome? Run(GlidePipeline pipeline, Job job, CancellationToken stop)
    {
        var finished = job.Images.Select(image => image.Seed).ToHashSet();
        var plan = job.Plan! with
        {
            Requests = [.. job.Plan!.Requests.Where(request => !finished.Contains(request.Seed))],
        };
        try
        {
            job.Begin();
            if (plan.Requests.Count > 0)
                Make(pipeline, job, plan, stop);
            return new JobOutcome(JobState.Done);
        }
        catch (OperationCanceledException) when (job.Images.Count >= job.Plan!.Requests.Count)
        {
            return new JobOutcome(JobState.Done);
        }
        catch (OperationCanceledException) when (job.Stop.IsCancellationRequested)
        {
            return new JobOutcome(JobState.Cancelled);
        }
        catch (OperationCanceledException)
        {
            return null;
        }
        catch (GlideException exception)
        {
            warn($"job {job.Id} failed; {exception.Message}");
            return new JobOutcome(JobState.Failed, folder.WithoutPath(exception.Message));
        }
        // One job that meets a bug must not take the others with it.
        catch (Exception exception)
        {
            warn($"job {job.Id} failed; {exception.GetType().Name}; {exception.Message}");
            return new JobOutcome(JobState.Failed, "internal error; the server's own output says more");
        }
    }

    private void Make(GlidePipeline pipeline, Job job, JobPlan plan, CancellationToken stop)
    {
        var settings = pipeline.SettingsOf(plan.Recipe);
        var timer = _times.Follow(plan);
        plan.Run(pipeline, new RunOptions
        {
            Finished = image =>
            {
                var saved = new JobImage(folder.Save(image, settings, plan.Files), image.Record.Seed);
                folder.Jobs.AddImage(job, saved);
                job.Add(saved);
            },
            Warn = warn,
            Progress = new ImmediateProgress<GenerationProgress>(report => job.Report(timer.Progress(report))),
            Preview = job.Show,
            StopAfterBatch = stop,
            Cancellation = job.Stop,
        });
    }
}

/// <summary>How a job ended.</summary>
internal sealed record JobOutcome(JobState State, string? Error = null);

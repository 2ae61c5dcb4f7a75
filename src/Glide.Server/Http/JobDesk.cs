using Glide.Server.Gallery;
using Glide.Server.Jobs;
using Microsoft.AspNetCore.Http;

namespace Glide.Server.Http;

/// <summary>Takes jobs in from every API, and waits for those whose client does.</summary>
/// <param name="folder">Where images go.</param>
/// <param name="reader">Checks requests.</param>
/// <param name="queue">Makes the jobs.</param>
internal sealed class JobDesk(ServedFolder folder, JobReader reader, JobQueue queue) : IDisposable
{
    // Images are decoded to be checked: an image of 100 megapixels takes 400 MB while that lasts.
    private readonly SemaphoreSlim _checks = new(1);

    public ServedFolder Folder => folder;

    public JobQueue Queue => queue;

    /// <summary>Reads and checks a request and puts it into the queue.</summary>
    /// <param name="read">Gives the request, with its images as files of the folder; not called while the queue is
    /// full.</param>
    /// <param name="stop">Whether the client is gone.</param>
    /// <exception cref="UsageException">The request is refused.</exception>
    /// <exception cref="QueueFullException">Too many jobs wait.</exception>
    public async Task<Job> Accept(Func<JobRequest> read, CancellationToken stop)
    {
        queue.RequireRoom();
        await _checks.WaitAsync(stop);
        try
        {
            var seeded = JobReader.WithSeed(read());
            return queue.Add(seeded, reader.Plan(seeded));
        }
        finally
        {
            _checks.Release();
        }
    }

    /// <summary>Makes the images of a request; a client that goes away takes its job along.</summary>
    /// <inheritdoc cref="Accept"/>
    /// <exception cref="RequestException">The job failed, or was cancelled by somebody else.</exception>
    public async Task<Job> Make(Func<JobRequest> read, CancellationToken stop)
    {
        var job = await Accept(() => read() with { IsWaitedFor = true }, stop);
        try
        {
            await job.Ended.WaitAsync(stop);
        }
        catch (OperationCanceledException)
        {
            queue.Cancel(job);
            throw;
        }
        return job.State switch
        {
            JobState.Done => job,
            JobState.Cancelled =>
                throw new RequestException(StatusCodes.Status409Conflict, "the job was cancelled"),
            JobState.Failed => throw new RequestException(
                StatusCodes.Status500InternalServerError, job.Error ?? "the job failed"),
            _ => throw new RequestException(StatusCodes.Status503ServiceUnavailable, "the server is being stopped"),
        };
    }

    public void Dispose() => _checks.Dispose();
}

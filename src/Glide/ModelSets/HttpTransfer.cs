using System.Net;

namespace Glide.ModelSets;

/// <summary>Downloads a file from a server: resumes earlier tries and retries after transient errors.</summary>
/// <param name="connection">Sends the requests; not disposed.</param>
/// <param name="settings">Number of tries and waits between them.</param>
internal sealed class HttpTransfer(HttpConnection connection, DownloadSettings settings)
{
    private const long WorthOfProgress = 1 << 20;

    /// <summary>Completes the unfinished file.</summary>
    /// <exception cref="DownloadException">Every try failed, or the server gave something else.</exception>
    /// <exception cref="ResourceException">The disk has no room for it.</exception>
    public async Task RunAsync(DownloadJob job, CancellationToken cancellation)
    {
        var part = job.Part;
        job.Total = job.Request.File.Bytes ?? part.Record?.Bytes;
        job.CheckSpace();
        int failures = 0;
        long best = part.Length;
        for (; ; )
        {
            Interruption interruption;
            try
            {
                if (await TryOnceAsync(job, cancellation).ConfigureAwait(false))
                    return;

                interruption = new Interruption("the server's file has changed");
            }
            catch (InterruptedException error)
            {
                interruption = error.Interruption;
            }

            if (part.Length >= best + WorthOfProgress)
                failures = 0;

            best = Math.Max(best, part.Length);
            // A name that was resolved or a certificate that was valid before will be so again.
            bool isFinal = interruption.IsFinal && !(interruption.Inner is HttpRequestException && job.WasAnswered);
            if (++failures >= (job.WasAnswered ? settings.Attempts : settings.FirstAttempts) || isFinal)
            {
                string kept = part.Record is not null && part.Length > 0
                    ? $"{ByteSize.Text(part.Length)} are kept, the same command goes on from there"
                    : "nothing was kept";
                throw new DownloadException(
                    $"{job.Request.Source.Text} could not be downloaded; {interruption.Cause} ({Times(failures)} "
                        + $"tried); {kept}; {interruption.Hint ?? HttpConnection.Hint()}", interruption.Inner);
            }

            var wait = interruption.RetryAfter ?? TimeSpan.FromTicks(
                Math.Min(settings.LongestWait.Ticks, settings.FirstWait.Ticks << Math.Min(failures - 1, 20)));
            if (wait > settings.LongestRetryAfter)
            {
                throw new DownloadException(
                    $"{job.Request.Source.Text} could not be downloaded; {interruption.Cause} and asks to come back "
                        + $"in {wait.TotalSeconds:F0} seconds; try again then, or use a mirror with --from");
            }

            job.Report(FormattableString.Invariant($"{interruption.Cause}; trying again in {wait.TotalSeconds:0.#} s"));
            await settings.Wait(wait, cancellation).ConfigureAwait(false);
        }
    }

    /// <summary>
    /// Sends one request and receives its content; <c>false</c> if the part was discarded and a new request is needed.
    /// </summary>
    private async Task<bool> TryOnceAsync(DownloadJob job, CancellationToken cancellation)
    {
        var part = job.Part;
        long offset = part.Length;
        if (offset > 0 && part.Record is null)
        {
            part.StartOver();
            offset = 0;
        }

        using var response = await connection.SendAsync(job.Request.Source, part.Record, offset, cancellation)
            .ConfigureAwait(false);
        var status = response.StatusCode;
        job.WasAnswered = true;
        string? tag = response.Headers.ETag is { IsWeak: false } strong ? strong.Tag : null;
        var range = response.Content.Headers.ContentRange;
        bool sameFile = response.Headers.ETag is null || tag == part.Record?.ETag;
        if (offset > 0 && status == HttpStatusCode.RequestedRangeNotSatisfiable)
        {
            // A complete file has nothing left to send. It is complete if the server gives the same size; the hash is
            // checked later.
            if (sameFile && (range?.Length ?? job.Request.File.Bytes ?? part.Record!.Bytes) == offset)
                return true;

            part.StartOver();
            return false;
        }

        if (offset > 0 && status == HttpStatusCode.PartialContent)
        {
            bool fits = range is { Unit: "bytes", From: { } from } && from == offset
                && (range.Length is null || job.Total is null || range.Length == job.Total);
            if (!fits || !sameFile)
            {
                part.StartOver();
                return false;
            }

            job.Total ??= range!.Length;
            job.CheckSpace();
        }
        else if (status == HttpStatusCode.OK)
        {
            part.StartOver();
            DownloadedContent.CheckHead(job, response);
            job.CheckSpace();
            part.Identify(AcceptsRanges(response) ? tag : null, job.Total);
        }
        else
        {
            throw connection.Refused(response);
        }

        var body = await HttpConnection.Guard(() => response.Content.ReadAsStreamAsync(cancellation), cancellation)
            .ConfigureAwait(false);
        await using (body.ConfigureAwait(false))
        {
            await job.ReceiveAsync(body, stallTimeout: true, cancellation).ConfigureAwait(false);
        }

        return true;
    }

    private static bool AcceptsRanges(HttpResponseMessage response) => !response.Headers.AcceptRanges.Contains("none");

    private static string Times(int count) => count == 1 ? "once" : $"{count} times";
}

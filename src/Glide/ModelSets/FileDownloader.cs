using System.Net.Http.Headers;
using System.Net;
using System.Text;

namespace Glide.ModelSets;

/// <summary>Brings one file to its place: resumes, retries, checks, and only then gives it its name.</summary>
internal sealed class FileDownloader : IDisposable
{
    private const int MostRedirects = 10;
    private const long SpareSpace = 16 << 20;
    private const long WorthOfProgress = 1 << 20;

    private static readonly string[] ProxyVariables = ["https_proxy", "HTTPS_PROXY", "http_proxy", "all_proxy", "ALL_PROXY"];

    private readonly DownloadSettings _settings;
    private readonly HttpMessageInvoker _http;

    public FileDownloader(DownloadSettings settings)
    {
        _settings = settings;
        _http = new HttpMessageInvoker(settings.Handler(settings));
    }

    public void Dispose() => _http.Dispose();

    /// <summary>Downloads or copies a file to <paramref name="target"/>; what lay there stays until the new one is checked.</summary>
    /// <param name="file">The file, with size and hash where they are known.</param>
    /// <param name="isCheckpoint">Whether the content must be a checkpoint, as opposed to a file of another kind.</param>
    /// <param name="source">Where it comes from.</param>
    /// <param name="target">Its final path, in a folder that exists.</param>
    /// <param name="knownHash">The hash it must have, pinned or recorded at the first download; <c>null</c> if none is known.</param>
    /// <param name="progress">Told of every piece; may be <c>null</c>.</param>
    /// <param name="cancellation">Stops; what came stays for the next run.</param>
    /// <returns>The hash of the file that is there now.</returns>
    /// <exception cref="DownloadException">The file could not be got, or is not what it must be.</exception>
    /// <exception cref="ResourceException">The disk has no room for it.</exception>
    /// <exception cref="FileNotFoundException">Somebody removed the unfinished file.</exception>
    public async Task<string> FetchAsync(
        ModelFile file, bool isCheckpoint, DownloadSource source, string target, string? knownHash, IProgress<DownloadProgress>? progress, CancellationToken cancellation)
    {
        var job = new Job(file, isCheckpoint, source, target, knownHash, progress);
        try
        {
            using var part = PartialFile.Open(target, source.Text);
            for (bool secondTry = false; ; secondTry = true)
            {
                if (source.Path is not null)
                {
                    await CopyAsync(job, part, cancellation).ConfigureAwait(false);
                }
                else
                {
                    await DownloadAsync(job, part, cancellation).ConfigureAwait(false);
                }

                part.Flush();
                progress?.Report(new DownloadProgress(file.File, part.Length, part.Length, "checking"));
                bool wasContinued = part.WasContinued;
                if (Fault(job, part.Path, part.Length, out string hash, cancellation) is not { } fault)
                {
                    part.Finish();
                    FileRecords.Write(target, hash, source.Text);
                    return hash;
                }

                // What an earlier run left may have been damaged since: that deserves one fresh start.
                if (!wasContinued || secondTry)
                {
                    part.Discard();
                    throw new DownloadException($"{source.Text} did not give the right file; {fault}; it was removed, {Kept(target)}");
                }

                progress?.Report(new DownloadProgress(file.File, 0, job.Total, "the part of an earlier run was damaged; starting over"));
                part.StartOver();
            }
        }
        catch (IOException error) when (IsDiskFull(error))
        {
            throw new ResourceException($"the disk is full; writing {target}; {ByteSize.Text(Free(target))} are free there; make room and run the same command again to go on", error);
        }
        catch (Exception error) when (error is (IOException and not FileNotFoundException) or UnauthorizedAccessException)
        {
            throw new ResourceException($"{target} cannot be written; {error.Message}; set {ModelFolders.Variable} or give a folder with --folder that can be written to", error);
        }
    }

    /// <summary>Says what is wrong with a file that should be this one, or <c>null</c>.</summary>
    private string? Fault(Job job, string path, long length, out string hash, CancellationToken cancellation)
    {
        hash = "";
        if (job.File.Bytes is { } bytes && bytes != length)
        {
            return $"it has {length} bytes, {bytes} were expected";
        }

        byte[] start = new byte[512];
        using (var stream = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete))
        {
            start = start[..stream.ReadAtLeast(start, start.Length, throwOnEndOfStream: false)];
        }

        if (ForeignContent(start) is { } kind)
        {
            return $"it is {kind}, not weights";
        }

        hash = FileRecords.Compute(path, cancellation);
        if (job.KnownHash is { } known && known != hash)
        {
            return $"its SHA-256 is {hash}, expected was {known}" + (job.File.Sha256 is null
                ? $", which {FileRecords.PathFor(job.Target)} holds since the first download (delete that record if the publisher has changed the file)"
                : "");
        }

        try
        {
            if (job.IsCheckpoint && job.KnownHash is null)
            {
                _settings.Inspect(path);
            }

            return null;
        }
        catch (CheckpointException error)
        {
            return error.Message;
        }
    }

    private async Task CopyAsync(Job job, PartialFile part, CancellationToken cancellation)
    {
        part.StartOver();
        string path = job.Source.Path!;
        FileStream source;
        try
        {
            source = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.Read, bufferSize: 0, useAsync: true);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw new DownloadException($"{path} cannot be read; {error.Message}; the folder of --from must hold the files under their plain names", error);
        }

        await using (source.ConfigureAwait(false))
        {
            job.Total = source.Length;
            CheckSize(job, source.Length);
            CheckSpace(job, part);
            try
            {
                await ReceiveAsync(job, part, source, stallTimeout: false, cancellation).ConfigureAwait(false);
            }
            catch (InterruptedException error)
            {
                throw new DownloadException($"{path} could not be copied; {error.Message}; is it still being written?", error);
            }
        }
    }

    private async Task DownloadAsync(Job job, PartialFile part, CancellationToken cancellation)
    {
        job.Total = job.File.Bytes ?? part.Record?.Bytes;
        CheckSpace(job, part);
        int failures = 0;
        long best = part.Length;
        for (; ; )
        {
            Interruption interruption;
            try
            {
                if (await TryOnceAsync(job, part, cancellation).ConfigureAwait(false))
                {
                    return;
                }

                interruption = new Interruption("the server's file has changed");
            }
            catch (InterruptedException error)
            {
                interruption = error.Interruption;
            }

            if (part.Length >= best + WorthOfProgress)
            {
                failures = 0;
            }

            best = Math.Max(best, part.Length);
            // A name that once was found or a certificate that once was good will be so again.
            bool isFinal = interruption.IsFinal && !(interruption.Inner is HttpRequestException && job.WasAnswered);
            if (++failures >= (job.WasAnswered ? _settings.Attempts : _settings.FirstAttempts) || isFinal)
            {
                string kept = part.Record is not null && part.Length > 0
                    ? $"{ByteSize.Text(part.Length)} are kept, the same command goes on from there"
                    : "nothing was kept";
                throw new DownloadException($"{job.Source.Text} could not be downloaded; {interruption.Cause} ({Times(failures)} tried); {kept}; {interruption.Hint ?? NetworkHint()}", interruption.Inner);
            }

            var wait = interruption.RetryAfter ?? TimeSpan.FromTicks(
                Math.Min(_settings.LongestWait.Ticks, _settings.FirstWait.Ticks << Math.Min(failures - 1, 20)));
            if (wait > _settings.LongestRetryAfter)
            {
                throw new DownloadException(
                    $"{job.Source.Text} could not be downloaded; {interruption.Cause} and asks to come back in {wait.TotalSeconds:F0} seconds; try again then, or use a mirror with --from");
            }

            job.Progress?.Report(new DownloadProgress(job.File.File, part.Length, job.Total,
                FormattableString.Invariant($"{interruption.Cause}; trying again in {wait.TotalSeconds:0.#} s")));
            await _settings.Wait(wait, cancellation).ConfigureAwait(false);
        }
    }

    /// <summary>One request and what it brings; <c>false</c> if the part was thrown away and a fresh request is due.</summary>
    private async Task<bool> TryOnceAsync(Job job, PartialFile part, CancellationToken cancellation)
    {
        long offset = part.Length;
        if (offset > 0 && part.Record is null)
        {
            part.StartOver();
            offset = 0;
        }

        using var response = await SendAsync(job, part.Record, offset, cancellation).ConfigureAwait(false);
        var status = response.StatusCode;
        job.WasAnswered = true;
        string? tag = response.Headers.ETag is { IsWeak: false } strong ? strong.Tag : null;
        var range = response.Content.Headers.ContentRange;
        bool sameFile = response.Headers.ETag is null || tag == part.Record?.ETag;
        if (offset > 0 && status == HttpStatusCode.RequestedRangeNotSatisfiable)
        {
            // Of a whole file nothing is left to send. It is whole if the server says the same size; the hash comes after.
            if (sameFile && (range?.Length ?? job.File.Bytes ?? part.Record!.Bytes) == offset)
            {
                return true;
            }

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
            CheckSpace(job, part);
        }
        else if (status == HttpStatusCode.OK)
        {
            part.StartOver();
            Accept(job, response);
            CheckSpace(job, part);
            part.Identify(AcceptsRanges(response) ? tag : null, job.Total);
        }
        else
        {
            throw Refused(response);
        }

        var body = await Network(() => response.Content.ReadAsStreamAsync(cancellation), cancellation).ConfigureAwait(false);
        await using (body.ConfigureAwait(false))
        {
            await ReceiveAsync(job, part, body, stallTimeout: true, cancellation).ConfigureAwait(false);
        }

        return true;
    }

    private static bool AcceptsRanges(HttpResponseMessage response) => !response.Headers.AcceptRanges.Contains("none");

    /// <summary>Looks at the head of a whole file: size and type must be those of weights.</summary>
    private static void Accept(Job job, HttpResponseMessage response)
    {
        var headers = response.Content.Headers;
        if (headers.ContentType?.MediaType is "text/html" or "application/xhtml+xml")
        {
            throw new DownloadException(
                $"{job.Source.Text} gave a web page, not weights; is there a captive portal or a proxy that wants a log-in? nothing was stored; log in and run the same command again, or use a mirror with --from");
        }

        if (headers.ContentEncoding.Any(encoding => encoding != "identity"))
        {
            throw new DownloadException($"{job.Source.Text} gave a file encoded as {string.Join(", ", headers.ContentEncoding)}, which was not asked for; use a mirror with --from");
        }

        if (headers.ContentLength is { } length)
        {
            CheckSize(job, length);
            job.Total = length;
        }
        else
        {
            job.Total = job.File.Bytes;
        }
    }

    private async Task ReceiveAsync(Job job, PartialFile part, Stream body, bool stallTimeout, CancellationToken cancellation)
    {
        byte[] buffer = new byte[1 << 17];
        using var silence = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        for (; ; )
        {
            if (stallTimeout)
            {
                silence.CancelAfter(_settings.StallTimeout);
            }

            int count = await Network(() => body.ReadAsync(buffer, silence.Token).AsTask(), cancellation).ConfigureAwait(false);
            if (count == 0)
            {
                break;
            }

            if (part.Length == 0 && ForeignContent(buffer.AsSpan(0, count)) is { } kind)
            {
                throw new DownloadException($"{job.Source.Text} gave {kind}, not weights; nothing was stored; is the address right, or a captive portal in the way?");
            }

            if (part.Length + count > (job.Total ?? long.MaxValue))
            {
                part.StartOver();
                throw new InterruptedException(new Interruption($"more than the promised {job.Total} bytes came"));
            }

            part.Append(buffer.AsSpan(0, count));
            job.Progress?.Report(new DownloadProgress(job.File.File, part.Length, job.Total));
        }

        if (job.Total is { } total && part.Length != total)
        {
            throw new InterruptedException(new Interruption($"the connection ended after {part.Length} of {total} bytes"));
        }
    }

    /// <summary>Sends the request and follows redirects by hand, because each step must be allowed.</summary>
    private async Task<HttpResponseMessage> SendAsync(Job job, PartialRecord? record, long offset, CancellationToken cancellation)
    {
        var url = job.Source.Url!;
        for (int hop = 0; hop <= MostRedirects; hop++)
        {
            using var request = new HttpRequestMessage(HttpMethod.Get, url);
            request.Headers.UserAgent.Add(new ProductInfoHeaderValue("glide", typeof(FileDownloader).Assembly.GetName().Version?.ToString(3)));
            request.Headers.AcceptEncoding.Add(new StringWithQualityHeaderValue("identity"));
            if (offset > 0)
            {
                request.Headers.Range = new RangeHeaderValue(offset, null);
                request.Headers.IfRange = new RangeConditionHeaderValue(new EntityTagHeaderValue(record!.ETag));
            }

            using var silence = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
            silence.CancelAfter(_settings.StallTimeout);
            var response = await Network(() => _http.SendAsync(request, silence.Token), cancellation).ConfigureAwait(false);
            if (response.StatusCode is not (HttpStatusCode.MovedPermanently or HttpStatusCode.Found or HttpStatusCode.SeeOther
                or HttpStatusCode.TemporaryRedirect or HttpStatusCode.PermanentRedirect))
            {
                return response;
            }

            var location = response.Headers.Location;
            response.Dispose();
            if (location is null)
            {
                throw new DownloadException($"{DownloadSource.Shown(url)} redirects to nowhere; use a mirror with --from");
            }

            var next = new Uri(url, location);
            job.Source.Check(next, url);
            url = next;
        }

        throw new DownloadException($"{job.Source.Text} redirects more than {MostRedirects} times; use a mirror with --from");
    }

    /// <summary>Runs what waits for the network and gives its faults one form.</summary>
    private static async Task<T> Network<T>(Func<Task<T>> action, CancellationToken cancellation)
    {
        try
        {
            return await action().ConfigureAwait(false);
        }
        catch (OperationCanceledException error) when (!cancellation.IsCancellationRequested)
        {
            throw new InterruptedException(new Interruption("the server did not answer in time", error));
        }
        catch (HttpRequestException error)
        {
            bool isFinal = error.HttpRequestError is HttpRequestError.NameResolutionError or HttpRequestError.SecureConnectionError
                or HttpRequestError.ProxyTunnelError or HttpRequestError.UserAuthenticationError;
            throw new InterruptedException(new Interruption(Innermost(error), error, IsFinal: isFinal));
        }
        catch (IOException error)
        {
            throw new InterruptedException(new Interruption($"the connection was lost ({Innermost(error)})", error));
        }
    }

    private static string Innermost(Exception error)
    {
        // The outer message of a TLS fault names the fault, that of a socket fault the socket: both together tell all.
        var inner = error.GetBaseException();
        string text = inner == error || error.Message.Contains(inner.Message, StringComparison.Ordinal) ? error.Message : $"{error.Message} {inner.Message}";
        return text.TrimEnd('.').Replace(';', ',');
    }

    private InterruptedException Refused(HttpResponseMessage response)
    {
        int code = (int)response.StatusCode;
        string cause = $"the server answered {code} {response.ReasonPhrase}".TrimEnd();
        bool passes = code is 408 or 429 or 500 or 502 or 503 or 504;
        TimeSpan? after = response.Headers.RetryAfter switch
        {
            { Delta: { } delta } => delta,
            { Date: { } date } => date - _settings.Clock.GetUtcNow() is var left && left > TimeSpan.Zero ? left : TimeSpan.Zero,
            _ => null,
        };
        return new InterruptedException(new Interruption(cause, IsFinal: !passes, RetryAfter: passes ? after : null, Hint: "try again later, or use a mirror with --from"));
    }

    private static void CheckSize(Job job, long length)
    {
        if (job.File.Bytes is { } expected && expected != length)
        {
            throw new DownloadException($"{job.Source.Text} offers {length} bytes, {expected} were expected; nothing was stored, {Kept(job.Target)}; use a mirror with --from");
        }
    }

    private void CheckSpace(Job job, PartialFile part)
    {
        if (job.Total is not { } total)
        {
            return;
        }

        long needed = total - part.Length;
        long free = Free(job.Target);
        if (needed > 0 && free < needed + SpareSpace)
        {
            throw new ResourceException(
                $"there is not enough room for {job.File.File}; {ByteSize.Text(needed)} are still to come and {ByteSize.Text(free)} are free in " +
                $"{Path.GetDirectoryName(job.Target)}; make room, or set {ModelFolders.Variable} or --folder to a folder on a larger disk");
        }
    }

    private long Free(string target) => _settings.FreeSpace(Path.GetDirectoryName(target)!);

    private static string? ForeignContent(ReadOnlySpan<byte> start)
    {
        string text = Encoding.Latin1.GetString(start[..Math.Min(start.Length, 512)]).TrimStart('\u00ef', '\u00bb', '\u00bf', ' ', '\t', '\r', '\n');
        return text.StartsWith("<!doctype html", StringComparison.OrdinalIgnoreCase) || text.StartsWith("<html", StringComparison.OrdinalIgnoreCase) ? "a web page"
            : text.StartsWith("version https://git-lfs", StringComparison.Ordinal) ? "a Git LFS pointer"
            : null;
    }

    private static bool IsDiskFull(IOException error) =>
        OperatingSystem.IsWindows() ? (error.HResult & 0xffff) is 112 or 39 : error.HResult is 28 or 122 or 27; // ENOSPC, EDQUOT, EFBIG

    private static string Kept(string target) => File.Exists(target) ? $"the {Path.GetFileName(target)} that was there is untouched" : "no file was left";

    private static string Times(int count) => count == 1 ? "once" : $"{count} times";

    private static string NetworkHint()
    {
        string? proxy = ProxyVariables.FirstOrDefault(name => !string.IsNullOrEmpty(Environment.GetEnvironmentVariable(name)));
        return proxy is null
            ? "check the network; behind a proxy set HTTPS_PROXY; without a network use --from FOLDER or --offline"
            : $"check the network and the proxy that {proxy} names; without a network use --from FOLDER or --offline";
    }

    private sealed record Interruption(string Cause, Exception? Inner = null, bool IsFinal = false, TimeSpan? RetryAfter = null, string? Hint = null);

    private sealed class InterruptedException(Interruption interruption) : Exception(interruption.Cause, interruption.Inner)
    {
        public Interruption Interruption { get; } = interruption;
    }

    private sealed class Job(ModelFile file, bool isCheckpoint, DownloadSource source, string target, string? knownHash, IProgress<DownloadProgress>? progress)
    {
        public ModelFile File { get; } = file;

        public bool IsCheckpoint { get; } = isCheckpoint;

        public DownloadSource Source { get; } = source;

        public string Target { get; } = target;

        public string? KnownHash { get; } = knownHash;

        public IProgress<DownloadProgress>? Progress { get; } = progress;

        public long? Total { get; set; } = file.Bytes;

        public bool WasAnswered { get; set; }
    }
}

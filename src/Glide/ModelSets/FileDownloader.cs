namespace Glide.ModelSets;

/// <summary>Downloads or copies one file: resumes, retries, checks, and only then gives it its name.</summary>
internal sealed class FileDownloader : IDisposable
{
    private readonly DownloadSettings _settings;
    private readonly HttpConnection _connection;
    private readonly HttpTransfer _transfer;

    public FileDownloader(DownloadSettings settings)
    {
        _settings = settings;
        _connection = new HttpConnection(settings);
        _transfer = new HttpTransfer(_connection, settings);
    }

    public void Dispose() => _connection.Dispose();

    /// <summary>
    /// Downloads or copies a file to its target; a file that is already there stays until the new one is checked.
    /// </summary>
    /// <param name="request">The file.</param>
    /// <param name="progress">Called after every piece; may be <c>null</c>.</param>
    /// <param name="cancellation">Stops; what has arrived stays for the next run.</param>
    /// <returns>SHA-256 of the new file, in lower-case hex.</returns>
    /// <exception cref="DownloadException">The file could not be got, or is not what it must be.</exception>
    /// <exception cref="ResourceException">The disk has no room for it.</exception>
    /// <exception cref="FileNotFoundException">Somebody removed the unfinished file.</exception>
    public async Task<string> FetchAsync(
        DownloadRequest request, IProgress<DownloadProgress>? progress, CancellationToken cancellation)
    {
        var (source, target) = (request.Source, request.Target);
        try
        {
            using var part = PartialFile.Open(target, source.Text);
            var job = new DownloadJob(request, part, _settings, progress);
            for (bool secondTry = false; ; secondTry = true)
            {
                if (source.Path is not null)
                    await CopyAsync(job, cancellation).ConfigureAwait(false);
                else
                    await _transfer.RunAsync(job, cancellation).ConfigureAwait(false);

                part.Flush();
                progress?.Report(new DownloadProgress(request.File.File, part.Length, part.Length, "checking"));
                bool wasContinued = part.WasContinued;
                if (DownloadedContent.Fault(job, _settings.Inspect, out string hash, cancellation) is not { } fault)
                {
                    part.Finish();
                    FileRecords.Write(target, hash, source.Text);
                    return hash;
                }

                // The part of an earlier run may have been damaged since: one new start is allowed.
                if (!wasContinued || secondTry)
                {
                    part.Discard();
                    throw new DownloadException(
                        $"{source.Text} did not give the right file; {fault}; it was removed, {request.Kept()}");
                }

                progress?.Report(new DownloadProgress(request.File.File, 0, job.Total,
                    "the part of an earlier run was damaged; starting over"));
                part.StartOver();
            }
        }
        catch (IOException error) when (IsDiskFull(error))
        {
            throw new ResourceException(
                $"the disk is full; writing {target}; make room and run the same command again to go on", error);
        }
        catch (Exception error) when (error is (IOException and not FileNotFoundException)
            or UnauthorizedAccessException)
        {
            throw new ResourceException(
                $"{target} cannot be written; {error.Message}; set {ModelFolders.Variable} or give a folder with "
                    + $"--folder that can be written to", error);
        }
    }

    private static async Task CopyAsync(DownloadJob job, CancellationToken cancellation)
    {
        job.Part.StartOver();
        string path = job.Request.Source.Path!;
        FileStream source;
        try
        {
            source = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.Read, bufferSize: 0,
                useAsync: true);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw new DownloadException(
                $"{path} cannot be read; {error.Message}; the folder of --from must hold the files under their plain "
                    + $"names", error);
        }

        await using (source.ConfigureAwait(false))
        {
            job.Total = source.Length;
            job.CheckSize(source.Length);
            job.CheckSpace();
            try
            {
                await job.ReceiveAsync(source, stallTimeout: false, cancellation).ConfigureAwait(false);
            }
            catch (InterruptedException error)
            {
                throw new DownloadException($"{path} could not be copied; {error.Message}; is it still being written?",
                    error);
            }
        }
    }

    private static bool IsDiskFull(IOException error) =>
        // ENOSPC, EDQUOT, EFBIG
        OperatingSystem.IsWindows() ? (error.HResult & 0xffff) is 112 or 39 : error.HResult is 28 or 122 or 27;
}

namespace Glide.ModelSets;

/// <summary>A file to download, and where it goes.</summary>
/// <param name="File">The file, with size and hash if they are known.</param>
/// <param name="IsCheckpoint">Whether the content must be a checkpoint, as opposed to a file of another kind.</param>
/// <param name="Source">Where it comes from.</param>
/// <param name="Target">Its final path, in a folder that exists.</param>
/// <param name="KnownHash">The hash it must have, pinned or recorded at the first download; <c>null</c> if none is known.</param>
internal sealed record DownloadRequest(ModelFile File, bool IsCheckpoint, DownloadSource Source, string Target, string? KnownHash)
{
    /// <summary>The part of a message that says what is left after a failure.</summary>
    public string Kept() => System.IO.File.Exists(Target) ? $"the {Path.GetFileName(Target)} that was there is untouched" : "no file was left";
}

/// <summary>One download under way: what has arrived, how much is still to come, and whether it fits.</summary>
/// <param name="request">The file.</param>
/// <param name="part">The unfinished file; not disposed.</param>
/// <param name="settings">Timeouts and the disk's free space.</param>
/// <param name="progress">Called after every piece; may be <c>null</c>.</param>
internal sealed class DownloadJob(DownloadRequest request, PartialFile part, DownloadSettings settings, IProgress<DownloadProgress>? progress)
{
    private const long SpareSpace = 16 << 20;

    public DownloadRequest Request => request;

    public PartialFile Part => part;

    /// <summary>Size of the whole file in bytes; <c>null</c> while it is unknown.</summary>
    public long? Total { get; set; } = request.File.Bytes;

    /// <summary>Whether the server has answered at least once.</summary>
    public bool WasAnswered { get; set; }

    public void Report(string? notice = null) => progress?.Report(new DownloadProgress(request.File.File, part.Length, Total, notice));

    /// <summary>Appends a stream to the unfinished file.</summary>
    /// <param name="body">The rest of the file.</param>
    /// <param name="stallTimeout">Whether a stream that sends nothing is interrupted; folders have no such limit.</param>
    /// <param name="cancellation">Stops; what has arrived stays.</param>
    /// <exception cref="InterruptedException">The stream ended early, fell silent or had too many bytes.</exception>
    /// <exception cref="DownloadException">The content is not weights.</exception>
    public async Task ReceiveAsync(Stream body, bool stallTimeout, CancellationToken cancellation)
    {
        byte[] buffer = new byte[1 << 17];
        using var silence = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        for (; ; )
        {
            if (stallTimeout)
            {
                silence.CancelAfter(settings.StallTimeout);
            }

            int count = await HttpConnection.Guard(() => body.ReadAsync(buffer, silence.Token).AsTask(), cancellation).ConfigureAwait(false);
            if (count == 0)
            {
                break;
            }

            if (part.Length == 0 && DownloadedContent.ForeignKind(buffer.AsSpan(0, count)) is { } kind)
            {
                throw new DownloadException($"{request.Source.Text} gave {kind}, not weights; nothing was stored; is the address right, or a captive portal in the way?");
            }

            if (part.Length + count > (Total ?? long.MaxValue))
            {
                part.StartOver();
                throw new InterruptedException(new Interruption($"more than the promised {Total} bytes came"));
            }

            part.Append(buffer.AsSpan(0, count));
            Report();
        }

        if (Total is { } total && part.Length != total)
        {
            throw new InterruptedException(new Interruption($"the connection ended after {part.Length} of {total} bytes"));
        }
    }

    /// <exception cref="DownloadException">The source offers another size than is expected.</exception>
    public void CheckSize(long length)
    {
        if (request.File.Bytes is { } expected && expected != length)
        {
            throw new DownloadException($"{request.Source.Text} offers {length} bytes, {expected} were expected; nothing was stored, {request.Kept()}; use a mirror with --from");
        }
    }

    /// <exception cref="ResourceException">The disk has no room for what is still to come.</exception>
    public void CheckSpace()
    {
        if (Total is not { } total)
        {
            return;
        }

        long needed = total - part.Length;
        long free = settings.FreeSpace(Path.GetDirectoryName(request.Target)!);
        if (needed > 0 && free < needed + SpareSpace)
        {
            throw new ResourceException(
                $"there is not enough room for {request.File.File}; {ByteSize.Text(needed)} are still to come and {ByteSize.Text(free)} are free in " +
                $"{Path.GetDirectoryName(request.Target)}; make room, or set {ModelFolders.Variable} or --folder to a folder on a larger disk");
        }
    }
}

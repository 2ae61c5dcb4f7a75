using System.Text;

namespace Glide.ModelSets;

/// <summary>A file to download, and where it goes.</summary>
/// <param name="File">The file, with size and hash if they are known.</param>
/// <param name="IsCheckpoint">Whether the content must be a checkpoint, as opposed to a file of another kind.</param>
/// <param name="Source">Where it comes from.</param>
/// <param name="Target">Its final path, in a folder that exists.</param>
/// <param name="KnownHash">The hash it must have, pinned or recorded at the first download; <c>null</c> if none is
/// known.</param>
internal sealed record DownloadRequest(ModelFile File, bool IsCheckpoint, DownloadSource Source, string Target,
    string? KnownHash)
{
    /// <summary>The part of a message that says what is left after a failure.</summary>
    public string Kept() => System.IO.File.Exists(Target)
        ? $"the {Path.GetFileName(Target)} that was there is untouched" : "no file was left";
}

/// <summary>One download under way: what has arrived, how much is still to come, and whether it fits.</summary>
/// <param name="request">The file.</param>
/// <param name="part">The unfinished file; not disposed.</param>
/// <param name="settings">Timeouts and the disk's free space.</param>
/// <param name="progress">Called after every piece; may be <c>null</c>.</param>
internal sealed class DownloadJob(DownloadRequest request, PartialFile part, DownloadSettings settings,
    IProgress<DownloadProgress>? progress)
{
    private const long SpareSpace = 16 << 20;

    // The largest published file has 1.6 GB.
    private const long MostOfUnknownLength = 8L << 30;

    public DownloadRequest Request => request;

    public PartialFile Part => part;

    /// <summary>Size of the whole file in bytes; <c>null</c> while it is unknown.</summary>
    public long? Total { get; set; } = request.File.Bytes;

    /// <summary>Whether the server has answered at least once.</summary>
    public bool WasAnswered { get; set; }

    public void Report(string? notice = null) =>
        progress?.Report(new DownloadProgress(request.File.File, part.Length, Total, notice));

    /// <summary>Appends a stream to the unfinished file.</summary>
    /// <param name="body">The rest of the file.</param>
    /// <param name="stallTimeout">Whether a stream that sends nothing is interrupted; folders have no such
    /// limit.</param>
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
                silence.CancelAfter(settings.StallTimeout);

            int count = await HttpConnection.Guard(() => body.ReadAsync(buffer, silence.Token).AsTask(), cancellation)
                .ConfigureAwait(false);
            if (count == 0)
                break;

            if (part.Length == 0 && DownloadedContent.ForeignKind(buffer.AsSpan(0, count)) is { } kind)
            {
                throw new DownloadException(
                    $"{request.Source.Text} gave {kind}, not weights; nothing was stored; is the address right, or a "
                        + $"captive portal in the way?");
            }

            if (Total is null && part.Length + count > MostOfUnknownLength)
            {
                part.StartOver();
                throw new DownloadException(
                    $"{request.Source.Text} sent more than {ByteSize.Text(MostOfUnknownLength)} and no length; "
                        + $"nothing was stored, {request.Kept()}; use a mirror with --from");
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
            throw new InterruptedException(new Interruption(
                $"the connection ended after {part.Length} of {total} bytes"));
        }
    }

    /// <exception cref="DownloadException">The source offers another size than is expected.</exception>
    public void CheckSize(long length)
    {
        if (request.File.Bytes is { } expected && expected != length)
        {
            throw new DownloadException(
                $"{request.Source.Text} offers {length} bytes, {expected} were expected; nothing was stored, "
                    + $"{request.Kept()}; use a mirror with --from");
        }
    }

    /// <exception cref="ResourceException">The disk has no room for what is still to come.</exception>
    public void CheckSpace()
    {
        if (Total is not { } total)
            return;

        long needed = total - part.Length;
        long free = settings.FreeSpace(Path.GetDirectoryName(request.Target)!);
        if (needed > 0 && free - SpareSpace < needed)
        {
            throw new ResourceException(
                $"there is not enough room for {request.File.File}; {ByteSize.Text(needed)} are still to come and "
                    + $"{ByteSize.Text(free)} are free in " +
                $"{Path.GetDirectoryName(request.Target)}; make room, or set {ModelFolders.Variable} or --folder to a "
                    + $"folder on a larger disk");
        }
    }
}

/// <summary>Checks that a download is the file that was asked for, and not a web page or a pointer to it.</summary>
internal static class DownloadedContent
{
    /// <summary>Describes what is wrong with a complete download; <c>null</c> if nothing is.</summary>
    /// <param name="job">The download, complete and flushed.</param>
    /// <param name="inspect">Throws <see cref="CheckpointException"/> if a file is no checkpoint.</param>
    /// <param name="hash">SHA-256 in lower-case hex; empty if an earlier check failed.</param>
    /// <param name="cancellation">Stops the hashing.</param>
    public static string? Fault(DownloadJob job, Action<string> inspect, out string hash,
        CancellationToken cancellation)
    {
        var request = job.Request;
        (string path, long length) = (job.Part.Path, job.Part.Length);
        hash = "";
        if (request.File.Bytes is { } bytes && bytes != length)
            return $"it has {length} bytes, {bytes} were expected";

        byte[] start = new byte[512];
        using (var stream = new FileStream(path, FileMode.Open, FileAccess.Read,
            FileShare.ReadWrite | FileShare.Delete))
        {
            start = start[..stream.ReadAtLeast(start, start.Length, throwOnEndOfStream: false)];
        }

        if (ForeignKind(start) is { } kind)
            return $"it is {kind}, not weights";

        hash = FileRecords.Compute(path, cancellation);
        if (request.KnownHash is { } known && known != hash)
        {
            return $"its SHA-256 is {hash}, expected was {known}" + (request.File.Sha256 is null
                ? $", which {FileRecords.PathFor(request.Target)} holds since the first download (delete that record "
                    + $"if the publisher has changed the file)"
                : "");
        }

        try
        {
            if (request.IsCheckpoint && request.KnownHash is null)
                inspect(path);

            return null;
        }
        catch (CheckpointException error)
        {
            return error.Message;
        }
    }

    /// <summary>Checks size and type in the head of a response with the whole file.</summary>
    /// <exception cref="DownloadException">It is not the file.</exception>
    public static void CheckHead(DownloadJob job, HttpResponseMessage response)
    {
        var headers = response.Content.Headers;
        if (headers.ContentType?.MediaType is "text/html" or "application/xhtml+xml")
        {
            throw new DownloadException(
                $"{job.Request.Source.Text} gave a web page, not weights; is there a captive portal or a proxy that "
                    + $"wants a log-in? nothing was stored; log in and run the same command again, or use a mirror "
                    + $"with --from");
        }

        if (headers.ContentEncoding.Any(encoding => encoding != "identity"))
        {
            throw new DownloadException(
                $"{job.Request.Source.Text} gave a file encoded as {string.Join(", ", headers.ContentEncoding)}, "
                    + $"which was not asked for; use a mirror with --from");
        }

        if (headers.ContentLength is { } length)
        {
            job.CheckSize(length);
            job.Total = length;
        }
        else
        {
            job.Total = job.Request.File.Bytes;
        }
    }

    /// <summary>What content is that begins like this, if it is known not to be weights; else <c>null</c>.</summary>
    public static string? ForeignKind(ReadOnlySpan<byte> start)
    {
        string text = Encoding.Latin1.GetString(start[..Math.Min(start.Length, 512)])
            .TrimStart('\u00ef', '\u00bb', '\u00bf', ' ', '\t', '\r', '\n');
        return text.StartsWith("<!doctype html", StringComparison.OrdinalIgnoreCase)
            || text.StartsWith("<html", StringComparison.OrdinalIgnoreCase) ? "a web page"
            : text.StartsWith("version https://git-lfs", StringComparison.Ordinal) ? "a Git LFS pointer"
            : null;
    }
}

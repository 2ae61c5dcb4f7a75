using System.Text;

namespace Glide.ModelSets;

/// <summary>Checks that a download is the file that was asked for, and not a web page or a pointer to it.</summary>
internal static class DownloadedContent
{
    /// <summary>Describes what is wrong with a complete download; <c>null</c> if nothing is.</summary>
    /// <param name="job">The download, complete and flushed.</param>
    /// <param name="inspect">Throws <see cref="CheckpointException"/> if a file is no checkpoint.</param>
    /// <param name="hash">SHA-256 in lower-case hex; empty if an earlier check failed.</param>
    /// <param name="cancellation">Stops the hashing.</param>
    public static string? Fault(DownloadJob job, Action<string> inspect, out string hash, CancellationToken cancellation)
    {
        var request = job.Request;
        (string path, long length) = (job.Part.Path, job.Part.Length);
        hash = "";
        if (request.File.Bytes is { } bytes && bytes != length)
        {
            return $"it has {length} bytes, {bytes} were expected";
        }

        byte[] start = new byte[512];
        using (var stream = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete))
        {
            start = start[..stream.ReadAtLeast(start, start.Length, throwOnEndOfStream: false)];
        }

        if (ForeignKind(start) is { } kind)
        {
            return $"it is {kind}, not weights";
        }

        hash = FileRecords.Compute(path, cancellation);
        if (request.KnownHash is { } known && known != hash)
        {
            return $"its SHA-256 is {hash}, expected was {known}" + (request.File.Sha256 is null
                ? $", which {FileRecords.PathFor(request.Target)} holds since the first download (delete that record if the publisher has changed the file)"
                : "");
        }

        try
        {
            if (request.IsCheckpoint && request.KnownHash is null)
            {
                inspect(path);
            }

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
                $"{job.Request.Source.Text} gave a web page, not weights; is there a captive portal or a proxy that wants a log-in? nothing was stored; log in and run the same command again, or use a mirror with --from");
        }

        if (headers.ContentEncoding.Any(encoding => encoding != "identity"))
        {
            throw new DownloadException($"{job.Request.Source.Text} gave a file encoded as {string.Join(", ", headers.ContentEncoding)}, which was not asked for; use a mirror with --from");
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
        string text = Encoding.Latin1.GetString(start[..Math.Min(start.Length, 512)]).TrimStart('\u00ef', '\u00bb', '\u00bf', ' ', '\t', '\r', '\n');
        return text.StartsWith("<!doctype html", StringComparison.OrdinalIgnoreCase) || text.StartsWith("<html", StringComparison.OrdinalIgnoreCase) ? "a web page"
            : text.StartsWith("version https://git-lfs", StringComparison.Ordinal) ? "a Git LFS pointer"
            : null;
    }
}

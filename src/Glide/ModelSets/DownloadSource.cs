using System.Net;

namespace Glide.ModelSets;

/// <summary>Where a file comes from, and which addresses may be followed on the way to it.</summary>
internal sealed class DownloadSource
{
    private readonly bool _allowHttp;

    private DownloadSource(Uri? url, string? path, bool allowHttp)
    {
        Url = url;
        Path = path;
        _allowHttp = allowHttp;
    }

    /// <summary>The address; <c>null</c> for a file of a folder.</summary>
    public Uri? Url { get; }

    /// <summary>The file of a folder; <c>null</c> for an address.</summary>
    public string? Path { get; }

    /// <summary>The path, or the address without user name and password.</summary>
    public string Text => Path ?? Shown(Url!);

    /// <summary>The source of a file.</summary>
    /// <param name="file">The file.</param>
    /// <param name="from">A folder or its URL in place of the publisher, or <c>null</c>.</param>
    /// <exception cref="UsageException"><paramref name="from"/> is neither a folder nor a URL that may be
    /// used.</exception>
    /// <exception cref="DownloadException">The file has no URL, or its address may not be used.</exception>
    public static DownloadSource Of(ModelFile file, string? from)
    {
        if (from is null)
        {
            var url = file.Url ?? throw new DownloadException(
                $"'{file.File}' cannot be downloaded; its {ModelSet.FileName} gives no URL; restore the file from "
                    + $"where the set came from");
            var source = new DownloadSource(url, null, allowHttp: false);
            source.Check(url, previous: null);
            return source;
        }

        if (!from.Contains("://", StringComparison.Ordinal))
        {
            return Directory.Exists(from)
                ? new DownloadSource(null, System.IO.Path.Combine(System.IO.Path.GetFullPath(from), file.File),
                    allowHttp: false)
                : throw new UsageException(
                    $"--from names no folder: {from}; give an existing folder, or a URL that begins with https:// or "
                        + $"http://");
        }

        if (!Uri.TryCreate(from.EndsWith('/') ? from : from + "/", UriKind.Absolute, out var mirror)
            || (mirror.Scheme != Uri.UriSchemeHttps && mirror.Scheme != Uri.UriSchemeHttp))
        {
            throw new UsageException(
                $"--from is no address that can be used: {from}; give a folder, or a URL that begins with https:// or "
                    + $"http://");
        }

        return new DownloadSource(new Uri(mirror, file.File), null, allowHttp: mirror.Scheme == Uri.UriSchemeHttp);
    }

    /// <summary>
    /// Refuses addresses that are not protected by https, with the exceptions of <see cref="DownloadOptions.From"/>.
    /// </summary>
    /// <exception cref="DownloadException">The address may not be used.</exception>
    public void Check(Uri url, Uri? previous)
    {
        if (url.Scheme == Uri.UriSchemeHttps)
            return;

        if (url.Scheme != Uri.UriSchemeHttp)
        {
            throw new DownloadException(
                $"{Text} leads to {Shown(url)}; only https is followed, nothing was downloaded from there");
        }

        if (previous?.Scheme == Uri.UriSchemeHttps)
        {
            throw new DownloadException(
                $"{Text} leads from https to {Shown(url)}; going on unprotected is refused; is there a captive portal "
                    + $"or a proxy that wants a log-in? use a network without it, or a mirror with --from");
        }

        if (!_allowHttp && !IsThisMachine(url))
        {
            throw new DownloadException(
                $"{Shown(url)} is not protected by https; refused; name a mirror that you trust with --from");
        }
    }

    /// <summary>An address without user name and password.</summary>
    public static string Shown(Uri url) =>
        url.UserInfo.Length == 0 ? url.ToString() : new UriBuilder(url) { UserName = "", Password = "" }.Uri.ToString();

    private static bool IsThisMachine(Uri url) =>
        url.Host is "localhost" || (IPAddress.TryParse(url.Host.Trim('[', ']'), out var address)
            && IPAddress.IsLoopback(address));
}

/// <summary>Timeouts and dependencies of downloads, which tests replace.</summary>
internal sealed record DownloadSettings
{
    /// <summary>Number of tries without a new MiB after which a download fails.</summary>
    public int Attempts { get; init; } = 6;

    /// <summary>Number of tries after which a download fails if the server has never answered.</summary>
    public int FirstAttempts { get; init; } = 3;

    /// <summary>Wait before the second try; it doubles with every try.</summary>
    public TimeSpan FirstWait { get; init; } = TimeSpan.FromSeconds(1);

    /// <summary>Upper bound of the doubling wait.</summary>
    public TimeSpan LongestWait { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>Longest wait that a server may ask for.</summary>
    public TimeSpan LongestRetryAfter { get; init; } = TimeSpan.FromMinutes(5);

    public TimeSpan ConnectTimeout { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>Longest time that a server may send nothing.</summary>
    public TimeSpan StallTimeout { get; init; } = TimeSpan.FromSeconds(60);

    /// <summary>Clock for servers that give a date to retry at.</summary>
    public TimeProvider Clock { get; init; } = TimeProvider.System;

    public Func<TimeSpan, CancellationToken, Task> Wait { get; init; } = Task.Delay;

    /// <summary>Free bytes on the disk of a folder.</summary>
    public Func<string, long> FreeSpace { get; init; } = folder => new DriveInfo(folder).AvailableFreeSpace;

    /// <summary>Throws a <see cref="CheckpointException"/> if a file is no checkpoint.</summary>
    public Action<string> Inspect { get; init; } = _ => { };

    /// <summary>Creates the HTTP handler; proxies come from the environment.</summary>
    public Func<DownloadSettings, HttpMessageHandler> Handler { get; init; } = settings => new SocketsHttpHandler
    {
        AllowAutoRedirect = false,
        UseCookies = false,
        ConnectTimeout = settings.ConnectTimeout,
    };
}

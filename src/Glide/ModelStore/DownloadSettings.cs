namespace Glide.ModelStore;

/// <summary>Patience and surroundings of downloads; tests change what they cannot wait for.</summary>
internal sealed record DownloadSettings
{
    /// <summary>Tries without a new MiB after which a download gives up.</summary>
    public int Attempts { get; init; } = 6;

    /// <summary>Tries after which a server that has never answered is given up.</summary>
    public int FirstAttempts { get; init; } = 3;

    /// <summary>Wait before the second try; it doubles from try to try.</summary>
    public TimeSpan FirstWait { get; init; } = TimeSpan.FromSeconds(1);

    /// <summary>Longest wait of our own.</summary>
    public TimeSpan LongestWait { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>Longest wait that a server may ask for.</summary>
    public TimeSpan LongestRetryAfter { get; init; } = TimeSpan.FromMinutes(5);

    /// <summary>How long a connection may take to be made.</summary>
    public TimeSpan ConnectTimeout { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>How long a server may be silent.</summary>
    public TimeSpan StallTimeout { get; init; } = TimeSpan.FromSeconds(60);

    /// <summary>Tells the time when a server names a date to come back at.</summary>
    public TimeProvider Clock { get; init; } = TimeProvider.System;

    /// <summary>Waits between tries.</summary>
    public Func<TimeSpan, CancellationToken, Task> Wait { get; init; } = Task.Delay;

    /// <summary>Bytes free for us on the disk of a folder.</summary>
    public Func<string, long> FreeSpace { get; init; } = folder => new DriveInfo(folder).AvailableFreeSpace;

    /// <summary>Refuses content that is no checkpoint, by a <see cref="CheckpointException"/>.</summary>
    public Action<string> Inspect { get; init; } = _ => { };

    /// <summary>Makes the connections; proxies come from the environment.</summary>
    public Func<DownloadSettings, HttpMessageHandler> Handler { get; init; } = settings => new SocketsHttpHandler
    {
        AllowAutoRedirect = false,
        UseCookies = false,
        ConnectTimeout = settings.ConnectTimeout,
    };
}

using Glide.ModelSets;
using Glide.Pipelines;

namespace Glide.Server;

/// <summary>What a server serves, and to whom.</summary>
internal sealed record ServerOptions
{
    /// <summary>Shorter tokens could be guessed.</summary>
    public const int LeastToken = 16;

    public const string DefaultHost = "127.0.0.1";

    public const int DefaultPort = 7860, DefaultMostWaiting = 64;

    public required ModelSet Models { get; init; }

    public required DeviceOptions Device { get; init; }

    /// <summary>Where images go.</summary>
    public required string Folder { get; init; }

    /// <summary>Address or name of this machine that the server listens on.</summary>
    public string Host { get; init; } = DefaultHost;

    /// <summary>0 for any free port.</summary>
    public int Port { get; init; } = DefaultPort;

    /// <summary>What clients must know; <c>null</c> for nothing.</summary>
    public string? Token { get; init; }

    /// <summary>Jobs that may wait.</summary>
    public int MostWaiting { get; init; } = DefaultMostWaiting;

    /// <summary>Is given what the person who runs the server should know.</summary>
    public Action<string> Warn { get; init; } = _ => { };

    /// <summary>Is given the path of every image that was written.</summary>
    public Action<string, GeneratedImage> Saved { get; init; } = (_, _) => { };
}

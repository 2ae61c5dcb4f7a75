using Glide.ModelSets;
using Glide.Pipelines;

namespace Glide.Server;

/// <summary>What a server serves, and to whom.</summary>
internal sealed record ServerOptions
{
    /// <summary>Shorter tokens could be guessed.</summary>
    public const int LeastToken = 16;

    public required ModelSet Models { get; init; }

    public required DeviceOptions Device { get; init; }

    /// <summary>Where images go.</summary>
    public required string Folder { get; init; }

    /// <summary>Address or name of this machine that the server listens on.</summary>
    public string Host { get; init; } = "127.0.0.1";

    /// <summary>0 for any free port.</summary>
    public int Port { get; init; } = 7860;

    /// <summary>What clients must know; <c>null</c> for nothing.</summary>
    public string? Token { get; init; }

    /// <summary>Jobs that may wait.</summary>
    public int MostWaiting { get; init; } = 64;

    /// <summary>Is given what the person who runs the server should know.</summary>
    public Action<string> Warn { get; init; } = _ => { };

    /// <summary>Is given the path of every image that was written.</summary>
    public Action<string, GeneratedImage> Saved { get; init; } = (_, _) => { };
}

namespace Glide.Cli;

/// <summary>What the process says by its exit status; <c>--help</c> lists the same.</summary>
internal static class ExitCode
{
    public const int Done = 0;
    public const int Unexpected = 1;
    public const int Usage = 2;
    public const int Partial = 3;
    public const int Checkpoint = 4;
    public const int Download = 5;
    public const int Resource = 6;
    public const int Hangup = 129;
    public const int Interrupted = 130;
    public const int Terminated = 143;

    /// <summary>The lines of <c>--help</c>: code and meaning.</summary>
    public static IReadOnlyList<(string Code, string Meaning)> All { get; } =
    [
        ("0", "done"),
        ("1", "unexpected: a fault of glide itself, or a network gave no finite numbers"),
        ("2", "wrong usage or bad input"),
        ("3", "some of several pictures failed"),
        ("4", "a checkpoint was refused"),
        ("5", "a download failed"),
        ("6", "out of memory or disk"),
        ("130, 143, 129", "stopped by Ctrl-C, SIGTERM, SIGHUP"),
    ];

    /// <summary>The code for an error that ended the run.</summary>
    public static int For(Exception error) => error switch
    {
        UsageException => Usage,
        CheckpointException => Checkpoint,
        DownloadException => Download,
        ResourceException or OutOfMemoryException => Resource,
        _ => Unexpected,
    };
}

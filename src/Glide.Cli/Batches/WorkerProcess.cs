using System.Diagnostics;

namespace Glide.Cli.Batches;

/// <summary>
/// A process that makes a share of a batch for this one. It hears through its stdin: a byte asks it to finish the running
/// batch and stop, the end of the pipe (also when this process is gone) to stop at once.
/// </summary>
internal sealed class WorkerProcess : IDisposable
{
    /// <summary>The variable by which a process knows that it is one.</summary>
    public const string Variable = "GLIDE_WORKER";

    private readonly Process _process;
    private readonly Task _output;
    private readonly Task _error;

    /// <summary>Starts it.</summary>
    /// <param name="device">Where it computes.</param>
    /// <param name="arguments">Its command line.</param>
    /// <param name="outputLine">Hears each line of its stdout.</param>
    /// <param name="errorLine">Hears each line of its stderr.</param>
    public WorkerProcess(WorkerDevice device, IReadOnlyList<string> arguments, Action<string> outputLine, Action<string> errorLine)
    {
        Device = device;
        var start = new ProcessStartInfo(Environment.ProcessPath!, [.. HostArguments, .. arguments])
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        start.Environment[Variable] = device.Name;
        foreach (var (name, value) in device.Environment())
            start.Environment[name] = value;
        _process = Process.Start(start)!;
        _output = Task.Run(() => Follow(_process.StandardOutput, outputLine));
        _error = Task.Run(() => Follow(_process.StandardError, errorLine));
    }

    /// <summary>Where it computes.</summary>
    public WorkerDevice Device { get; }

    // Started as "dotnet Glide.Cli.dll", the program is the host.
    private static string[] HostArguments =>
        Path.GetFileNameWithoutExtension(Environment.ProcessPath) == "dotnet" ? [Environment.GetCommandLineArgs()[0]] : [];

    /// <summary>Lets it finish the running batch.</summary>
    public void Finish() => Tell(input =>
    {
        input.Write('.');
        input.Flush();
    });

    /// <summary>Stops it at once.</summary>
    public void Stop() => Tell(input => input.Close());

    /// <summary>Waits for its end.</summary>
    /// <returns>Its exit code.</returns>
    public int Wait()
    {
        Task.WaitAll(_output, _error);
        _process.WaitForExit();
        return _process.ExitCode;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        Stop();
        _process.Dispose();
    }

    private static void Follow(StreamReader reader, Action<string> hear)
    {
        while (reader.ReadLine() is { } line)
            hear(line);
    }

    // Who has ended hears nothing any more.
    private void Tell(Action<StreamWriter> what)
    {
        try
        {
            what(_process.StandardInput);
        }
        catch (Exception exception) when (exception is IOException or ObjectDisposedException)
        {
        }
    }
}

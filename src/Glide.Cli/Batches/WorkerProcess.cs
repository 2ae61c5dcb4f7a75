using System.Diagnostics;
using System.Globalization;
using Glide.Pipelines;

namespace Glide.Cli.Batches;

/// <summary>
/// A process that makes a share of a batch for this one. It hears through its stdin: a byte asks it to finish the
/// running batch and stop, the end of the pipe (also when this process is gone) to stop at once.
/// </summary>
internal sealed class WorkerProcess : IDisposable
{
    public const string Variable = "GLIDE_WORKER";

    private readonly Process _process;
    private readonly Task _output;
    private readonly Task _error;

    /// <summary>Starts it.</summary>
    /// <param name="device">Where it computes.</param>
    /// <param name="arguments">Its command line.</param>
    /// <param name="outputLine">Hears each line of its stdout.</param>
    /// <param name="errorLine">Hears each line of its stderr.</param>
    public WorkerProcess(WorkerDevice device,
        IReadOnlyList<string> arguments, Action<string> outputLine, Action<string> errorLine)
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

    public WorkerDevice Device { get; }

    // Started as "dotnet Glide.Cli.dll", the program is the host.
    private static string[] HostArguments =>
        Path.GetFileNameWithoutExtension(Environment.ProcessPath) == "dotnet"
            ? [Environment.GetCommandLineArgs()[0]]
            : [];

    /// <summary>Lets it finish the running batch.</summary>
    public void Finish() => Tell(input =>
    {
        input.Write('.');
        input.Flush();
    });

    public void Stop() => Tell(input => input.Close());

    /// <summary>Waits for its end.</summary>
    /// <returns>Its exit code.</returns>
    public int Wait()
    {
        Task.WaitAll(_output, _error);
        _process.WaitForExit();
        return _process.ExitCode;
    }

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

/// <summary>A device that a worker process of a batch computes on.</summary>
/// <param name="Name">As messages call it: <c>cuda:1</c>.</param>
/// <param name="Argument">What the worker is told with <c>--device</c>.</param>
/// <param name="Visible">The only GPU that the worker sees, as CUDA_VISIBLE_DEVICES has it; <c>null</c> for no
/// GPU.</param>
internal sealed record WorkerDevice(string Name, string Argument, string? Visible)
{
    /// <summary>The value of --device that stands for all GPUs.</summary>
    public const string All = "cuda:all";

    /// <summary>
    /// The variable that names the devices which <see cref="All"/> stands for, with commas; unset, all that libtorch
    /// finds.
    /// </summary>
    public const string Variable = "GLIDE_DEVICES";

    private const string VisibleDevices = "CUDA_VISIBLE_DEVICES";

    /// <summary>The devices of a batch.</summary>
    /// <param name="found">How many GPUs libtorch finds; asked only where the variable is not set.</param>
    /// <param name="environment">Reads a variable; <c>null</c> when it is not set.</param>
    /// <exception cref="UsageException">There is no GPU, or the variable names something else.</exception>
    public static IReadOnlyList<WorkerDevice> Find(Func<int> found, Func<string, string?> environment)
    {
        string[]? visible = environment(VisibleDevices)?.Split(',',
            StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);
        if (environment(Variable) is { Length: > 0 } chosen)
            return [.. chosen.Split(',').Select(name => Named(name.Trim(), visible))];
        int count = found();
        return count > 0
            ? [.. Enumerable.Range(0, count).Select(index =>
                Named(string.Create(CultureInfo.InvariantCulture, $"cuda:{index}"), visible))]
            : throw new UsageException(
                $"--device {All} finds no GPU; this libtorch can use none; allowed here are auto and cpu; see 'glide "
                    + $"info'");
    }

    /// <summary>The devices that divide the rows of a batch among them.</summary>
    /// <exception cref="UsageException">There is no GPU, or nobody knows the rows yet.</exception>
    public static IReadOnlyList<WorkerDevice> FindFor(BatchInput input) => input.IsStandardInput
        ? throw new UsageException(
            $"--device {All} divides the rows of a FILE among the GPUs, and stdin has no end yet; write the rows to a "
                + $"file, or choose one GPU")
        : Find(DeviceOptions.CountGpus, System.Environment.GetEnvironmentVariable);

    // A worker that sees one GPU calls it cuda:0, so that its images are the same, records and all, whichever GPU made
    // them.
    private static WorkerDevice Named(string name, string[]? visible)
    {
        if (name == "cpu")
            return new WorkerDevice(name, name, null);
        if (!name.StartsWith("cuda:", StringComparison.Ordinal)
            || !int.TryParse(name.AsSpan(5), NumberStyles.None, CultureInfo.InvariantCulture, out int index)
            || index >= (visible?.Length ?? int.MaxValue))
        {
            throw new UsageException(
                $"bad value in {Variable}; found '{name}'; allowed are cuda:0, cuda:1, ... and cpu with commas "
                    + $"between them");
        }
        return new WorkerDevice(name, "cuda", visible is null
            ? index.ToString(CultureInfo.InvariantCulture)
            : visible[index]);
    }

    /// <summary>What a worker's environment has beside this process's own.</summary>
    public IEnumerable<KeyValuePair<string, string>> Environment() => Visible is null
        ? []
        : [new(VisibleDevices, Visible)];
}

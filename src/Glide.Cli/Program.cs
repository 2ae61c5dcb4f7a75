using System.Runtime.InteropServices;
using Glide.Cli.Output;

namespace Glide.Cli;

internal static class Program
{
    private static int Main(string[] args)
    {
        StandardStreams.ReplaceClosed();
        Console.SetError(new BrokenPipeWriter(Console.Error));
        int exitCode = Run(args);
        ProcessEnd.Now(exitCode);
        return exitCode;
    }

    private static int Run(string[] args)
    {
        try
        {
            var output = new BrokenPipeWriter(Console.Out);
            int code = CommandLine.Run(args, output, Console.Error);
            if (code == ExitCode.Interrupted)
                Signals.DieOfInterrupt();
            if (code == ExitCode.Done && output.Failure is { } failure)
                throw new ResourceException($"stdout could not take all lines; {failure.Message}", failure);
            return code;
        }
        catch (Exception exception)
        {
            return new ErrorReporter(Console.Error, args.Contains("--verbose")).Report(exception);
        }
    }
}

/// <summary>The end of the process, without taking libtorch apart: the system frees its memory faster.</summary>
internal static partial class ProcessEnd
{
    /// <summary>Ends the process now, whatever its threads are doing.</summary>
    public static void Now(int exitCode)
    {
        if (OperatingSystem.IsWindows())
            Environment.Exit(exitCode);
        // What native code has printed and still holds, such as that of DNNL_VERBOSE.
        _ = FlushFiles(0);
        EndProcess(exitCode);
    }

    [LibraryImport("libc", EntryPoint = "fflush")]
    private static partial int FlushFiles(nint all);

    [LibraryImport("libc", EntryPoint = "_exit")]
    private static partial void EndProcess(int status);
}

/// <summary>Standard streams that were closed when the program was started (<c>glide ... >&amp;-</c>).</summary>
internal static partial class StandardStreams
{
    private const int Output = 1;
    private const int Error = 2;
    private const int GetFlags = 1;         // F_GETFD
    private const int ClosesOnExec = 1;     // FD_CLOEXEC

    /// <summary>
    /// Lets what is written to closed streams vanish. Their numbers belong to the next files that the runtime has
    /// opened, into which the words would go otherwise.
    /// </summary>
    public static void ReplaceClosed()
    {
        if (OperatingSystem.IsWindows())
            return;
        if (WasClosed(Output))
            Console.SetOut(TextWriter.Null);
        if (WasClosed(Error))
            Console.SetError(TextWriter.Null);
    }

    // A stream that was handed on lives on behind exec; what the runtime opens does not.
    private static bool WasClosed(int descriptor) => FileControl(descriptor, GetFlags) is var flags
        && (flags < 0 || (flags & ClosesOnExec) != 0);

    [LibraryImport("libc", EntryPoint = "fcntl")]
    private static partial int FileControl(int descriptor, int command);
}

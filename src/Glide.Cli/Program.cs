using Glide.Cli.Output;

namespace Glide.Cli;

internal static class Program
{
    private static int Main(string[] args)
    {
        StandardStreams.ReplaceClosed();
        Console.SetError(new ForgivingWriter(Console.Error));
        int exitCode = Run(args);
        ProcessEnd.Now(exitCode);
        return exitCode;
    }

    private static int Run(string[] args)
    {
        try
        {
            int code = CommandLine.Run(args, Console.Out, Console.Error);
            if (code == ExitCode.Interrupted)
                Signals.DieOfInterrupt();
            return code;
        }
        catch (Exception exception)
        {
            return new ErrorReporter(Console.Error, args.Contains("--verbose")).Report(exception);
        }
    }
}

using Glide.Cli.Output;

namespace Glide.Cli;

internal static class Program
{
    private static int Main(string[] args)
    {
        StandardStreams.ReplaceClosed();
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

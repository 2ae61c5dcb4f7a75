using Glide.Cli.Output;

namespace Glide.Cli.Commands;

/// <summary>What every command about models does around its work: signals, errors, exit code.</summary>
internal static class ModelsRun
{
    /// <summary>Runs the work; errors and signals become the exit code.</summary>
    public static int Execute(TextWriter error, bool verbose, Action<CancellationToken> work)
    {
        // Nothing needs to be removed on the way out: what is unfinished is kept to go on with, or has no name yet.
        using var signals = new Signals(error, () => { });
        try
        {
            work(signals.Token);
            return signals.ExitCodeOfSignal ?? ExitCode.Done;
        }
        catch (OperationCanceledException) when (signals.ExitCodeOfSignal is not null)
        {
            return signals.ExitCodeOfSignal.Value;
        }
        catch (Exception exception)
        {
            return new ErrorReporter(error, verbose).Report(exception);
        }
    }
}

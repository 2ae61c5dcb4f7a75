using System.Runtime.InteropServices;
using Glide.Cli.Output;

namespace Glide.Cli;

/// <summary>
/// Ctrl-C, SIGTERM and SIGHUP: the first asks the run to stop; where it does not within the time allowed (one step of a
/// full-size network may take longer), or at a second signal, the process ends at once. Images under a final name are
/// whole either way, and unfinished files are removed.
/// </summary>
internal sealed partial class Signals : IDisposable
{
    // SIGINT, SIGXFSZ, SIG_DFL and SIG_IGN; .NET has no names for them.
    private const int Interrupt = 2;
    private const int FileTooLarge = 25;
    private const nint Default = 0;
    private const nint Ignored = 1;

    // Bars hide it while they move.
    private const string ShowCursor = "\e[?25h\r\n";

    private static readonly TimeSpan Grace = TimeSpan.FromMilliseconds(700);

    private readonly CancellationTokenSource _stop = new();
    private readonly List<PosixSignalRegistration> _registrations = [];
    private readonly Action _cleanUp;
    private readonly TextWriter _error;
    private int _exitCode;
    private bool _followsParent;

    /// <summary>Starts listening.</summary>
    /// <param name="error">Where the one line about stopping goes.</param>
    /// <param name="cleanUp">Removes unfinished files; called before the process is ended from here.</param>
    public Signals(TextWriter error, Action cleanUp)
    {
        _error = error;
        _cleanUp = cleanUp;
        Register(PosixSignal.SIGINT, ExitCode.Interrupted);
        Register(PosixSignal.SIGTERM, ExitCode.Terminated);
        Register(PosixSignal.SIGHUP, ExitCode.Hangup);
        // Where files may not grow (ulimit -f), the failed write shall say so, not the signal end the process. Ignored
        // for good: a handler of ours might be gone when the signal is handled.
        if (OperatingSystem.IsLinux())
            _ = SetHandler(FileTooLarge, Ignored);
    }

    public CancellationToken Token => _stop.Token;

    /// <summary>The exit code that the signal asks for; <c>null</c> while none has come.</summary>
    public int? ExitCodeOfSignal => Volatile.Read(ref _exitCode) is var code and not 0 ? code : null;

    /// <summary>Whether the first Ctrl-C lets the work under way finish, as a batch wants it.</summary>
    public bool FinishesWorkOnInterrupt { get; set; }

    /// <summary>
    /// Lets another process stop this one through a pipe: a byte is a Ctrl-C, the pipe's end a SIGTERM. Ctrl-C itself,
    /// which a terminal sends to both, is left to that process.
    /// </summary>
    public void FollowParent(Stream pipe)
    {
        _followsParent = true;
        new Thread(() =>
        {
            while (pipe.ReadByte() >= 0)
                Stop(PosixSignal.SIGINT, ExitCode.Interrupted);
            Stop(PosixSignal.SIGTERM, ExitCode.Terminated);
        })
        { IsBackground = true, Name = "parent" }.Start();
    }

    /// <summary>
    /// Ends a process that Ctrl-C has stopped by that signal itself: a shell then knows that the loop which started it
    /// shall stop too. The exit code is the same.
    /// </summary>
    public static void DieOfInterrupt()
    {
        _ = SetHandler(Interrupt, Default);
        _ = Raise(Interrupt);
    }

    public void Dispose()
    {
        foreach (var registration in _registrations)
            registration.Dispose();
        _stop.Dispose();
    }

    private void Register(PosixSignal signal, int code) =>
        _registrations.Add(PosixSignalRegistration.Create(signal, context =>
        {
            context.Cancel = true;
            if (!_followsParent || signal != PosixSignal.SIGINT)
                Stop(signal, code);
        }));

    private void Stop(PosixSignal signal, int code)
    {
        bool isFirst = Interlocked.CompareExchange(ref _exitCode, code, 0) == 0;
        if (!isFirst)
            EndNow();
        bool finishes = FinishesWorkOnInterrupt && signal == PosixSignal.SIGINT;
        if (!_followsParent)
        {
            _error.WriteLine(finishes
                ? "stopping after the running batch; press Ctrl-C again to stop at once"
                : "stopping");
        }
        if (!finishes)
            _ = Task.Delay(Grace).ContinueWith(_ => EndNow(), TaskScheduler.Default);
        _stop.Cancel();
    }

    private void EndNow()
    {
        _cleanUp();
        if (ConsoleProgress.CanAnimate)
            _error.Write(ShowCursor);
        if (_exitCode == ExitCode.Interrupted)
            DieOfInterrupt();
        // Not Environment.Exit: libtorch's threads may be in the middle of a step and would be torn down under it.
        ProcessEnd.Now(_exitCode);
    }

    [LibraryImport("libc", EntryPoint = "signal")]
    private static partial nint SetHandler(int signal, nint handler);

    [LibraryImport("libc", EntryPoint = "raise")]
    private static partial int Raise(int signal);
}

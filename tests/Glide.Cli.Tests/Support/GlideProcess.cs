using System.Diagnostics;
using System.Runtime.CompilerServices;

namespace Glide.Cli.Tests.Support;

/// <summary>Runs the program as a user does: as a process of its own, in a folder of its own.</summary>
internal sealed class GlideProcess : IDisposable
{
    private static readonly TimeSpan Limit = TimeSpan.FromMinutes(5);

    /// <summary>
    /// Option of <c>env</c>: a program whose parents ignore SIGINT, as those in the background of a script do, does not
    /// inherit that.
    /// </summary>
    public const string HeedInterrupts = "--default-signal=INT";

    /// <summary>The folder that commands run in; removed at the end.</summary>
    public string Folder { get; } = Directory.CreateTempSubdirectory("glide-cli-").FullName;

    /// <summary>The program beside the tests.</summary>
    public static string Program { get; } = Path.Combine(AppContext.BaseDirectory, "Glide.Cli");

    /// <summary>The top of the checkout.</summary>
    public static string Checkout { get; } = FindCheckout();

    /// <summary>A path in the folder.</summary>
    public string PathOf(string name) => Path.Combine(Folder, name);

    /// <summary>Runs a command to its end.</summary>
    public CommandResult Run(params string[] arguments) => Run(environment: null, arguments);

    /// <summary>Runs a command with some variables set (or, with a null value, removed).</summary>
    public CommandResult Run(IReadOnlyDictionary<string, string?>? environment, params string[] arguments)
    {
        using var process = Start(environment, arguments);
        return Finish(process);
    }

    /// <summary>Runs a line of a shell to its end, where <c>glide</c> is the program.</summary>
    public CommandResult Shell(string line)
    {
        var start = new ProcessStartInfo("/bin/sh", ["-c", $"glide() {{ '{Program}' \"$@\"; }}; {line}"])
        {
            WorkingDirectory = Folder,
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        start.Environment["GLIDE_MODELS"] = PathOf("models");
        // The runtime's own code pages are a file in memory that would meet a limit on files too.
        start.Environment["DOTNET_EnableWriteXorExecute"] = "0";
        using var process = Process.Start(start)!;
        return Finish(process);
    }

    /// <summary>Starts a command.</summary>
    public Process Start(IReadOnlyDictionary<string, string?>? environment, params string[] arguments)
    {
        var start = new ProcessStartInfo("env", [HeedInterrupts, Program, .. arguments])
        {
            WorkingDirectory = Folder,
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        start.Environment["GLIDE_MODELS"] = PathOf("models");
        foreach (var (name, value) in environment ?? new Dictionary<string, string?>())
            start.Environment[name] = value;
        return Process.Start(start)!;
    }

    /// <summary>
    /// Starts a line of a shell, where <c>glide</c> is the program, on a terminal: stdin types, and stdout is what the
    /// terminal shows.
    /// </summary>
    public Process StartOnTerminal(string line)
    {
        File.WriteAllText(PathOf("on-terminal.sh"),
            $"unset NO_COLOR\nexport TERM=xterm\nglide() {{ '{Program}' \"$@\"; }}\n{line}\n");
        var start = new ProcessStartInfo("script", ["-qefc", "sh on-terminal.sh", "/dev/null"])
        {
            WorkingDirectory = Folder,
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        start.Environment["GLIDE_MODELS"] = PathOf("models");
        return Process.Start(start)!;
    }

    /// <summary>Reads a started command to its end.</summary>
    public static CommandResult Finish(Process process)
    {
        process.StandardInput.Close();
        var output = process.StandardOutput.ReadToEndAsync();
        var error = process.StandardError.ReadToEndAsync();
        if (!process.WaitForExit(Limit))
        {
            process.Kill(entireProcessTree: true);
            throw new TimeoutException($"glide did not end within {Limit}");
        }
        return new CommandResult(process.ExitCode, output.GetAwaiter().GetResult(), error.GetAwaiter().GetResult());
    }

    /// <inheritdoc/>
    public void Dispose() => Directory.Delete(Folder, recursive: true);

    private static string FindCheckout([CallerFilePath] string source = "") =>
        Path.GetFullPath(Path.Combine(Path.GetDirectoryName(source)!, "..", "..", ".."));
}

using System.CommandLine;
using System.CommandLine.Help;
using System.CommandLine.Invocation;
using Glide.Cli.Commands;
using Glide.Cli.Output;

namespace Glide.Cli;

/// <summary>The commands, and what happens around each of them: help, version, usage errors.</summary>
internal static class CommandLine
{
    /// <summary>The version of the program, as <c>--version</c> prints it.</summary>
    public static string Version { get; } =
        typeof(CommandLine).Assembly.GetName().Version!.ToString(3);

    /// <summary>Parses and runs.</summary>
    /// <param name="args">What the user typed.</param>
    /// <param name="output">For results: paths of images, tables, JSON.</param>
    /// <param name="error">For people: progress, warnings, errors.</param>
    /// <returns>The exit code.</returns>
    public static int Run(string[] args, TextWriter output, TextWriter error)
    {
        var root = Build(output, error, args);
        if (args.Length == 0)
        {
            HelpWriter.Write(root, error);
            return ExitCode.Usage;
        }
        if (!HasWorkingFolder())
        {
            Messages.Fail(error, "the working folder is no longer there; change to one that is");
            return ExitCode.Usage;
        }
        // A prompt may begin with @: no word names a file of further words.
        var parsed = root.Parse(PreviewArgument.Complete(args),
            new ParserConfiguration { ResponseFileTokenReplacer = null });
        var configuration = new InvocationConfiguration
        {
            Output = output,
            Error = error,
            EnableDefaultExceptionHandler = false,
            ProcessTerminationTimeout = null
        };
        bool wantsHelp = parsed.Action is HelpOptionAction && !UsageFaults.HasUnknownCommand(parsed);
        if (wantsHelp || parsed.Action is VersionAction)
            return parsed.Invoke(configuration);
        var faults = UsageFaults.Find(parsed, args);
        if (faults.Count > 0)
        {
            foreach (string fault in faults)
                Messages.Fail(error, fault);
            return ExitCode.Usage;
        }
        return parsed.Invoke(configuration);
    }

    // Without one no path can be told, and libtorch's mathematical library waits for ever.
    private static bool HasWorkingFolder()
    {
        try
        {
            return Directory.GetCurrentDirectory().Length > 0;
        }
        catch (IOException)
        {
            return false;
        }
    }

    /// <summary>The root of the commands; nothing has been parsed yet.</summary>
    /// <param name="output">For results.</param>
    /// <param name="error">For people.</param>
    /// <param name="words">
    /// What was typed. Commands that it does not name are outlines, since building all takes as long as starting the
    /// program. <c>null</c> builds all.
    /// </param>
    public static RootCommand Build(TextWriter output, TextWriter error, string[]? words = null)
    {
        var root = new RootCommand("Generates images from text with the GLIDE diffusion models.");
        root.Options.Clear();
        root.Directives.Clear();
        root.Add(new HelpOption
        {
            Description = "Show this help and exit.",
            Action = new HelpOptionAction(output),
            Recursive = true
        });
        root.Add(new Option<bool>("--version")
        {
            Description = "Show the version and exit.",
            Arity = ArgumentArity.Zero,
            Action = new VersionAction(output)
        });
        foreach (var entry in AllCommands.Entries)
            root.Add(words?.Contains(entry.Name) == false ? entry.Outline() : entry.Build(output, error));
        return root;
    }

    private sealed class HelpOptionAction(TextWriter output) : SynchronousCommandLineAction
    {
        public override bool ClearsParseErrors => true;

        public override int Invoke(ParseResult parseResult)
        {
            HelpWriter.Write(parseResult.CommandResult.Command, output);
            return ExitCode.Done;
        }
    }

    private sealed class VersionAction(TextWriter output) : SynchronousCommandLineAction
    {
        public override bool ClearsParseErrors => true;

        public override int Invoke(ParseResult parseResult)
        {
            output.WriteLine($"glide {Version}");
            return ExitCode.Done;
        }
    }
}

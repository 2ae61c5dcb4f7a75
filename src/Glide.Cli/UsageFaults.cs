using System.CommandLine;
using System.CommandLine.Parsing;
using Glide.Cli.Output;
using Glide.Datasets;
using Glide.Pipelines.Settings;

namespace Glide.Cli;

/// <summary>Everything that is wrong with a command line, in our own words and all at once.</summary>
internal static class UsageFaults
{
    /// <param name="parsed">The command line.</param>
    /// <param name="words">The same before it was parsed.</param>
    public static IReadOnlyList<string> Find(ParseResult parsed, IEnumerable<string> words)
    {
        var unknown = UnknownOptions(parsed);
        if (unknown.Count > 0)
            return unknown;
        string[] values = [.. ValuesOfSwitches(parsed.CommandResult.Command, words)];
        if (values.Length > 0)
            return values;
        if (parsed.UnmatchedTokens.Count > 0)
        {
            return [.. parsed.UnmatchedTokens.Select(found =>
                $"unexpected '{found}'; {Suggestion(parsed.CommandResult.Command, found)}")];
        }
        return [.. parsed.Errors.Select(fault => InOurWords(parsed.CommandResult.Command, fault))];
    }

    /// <summary>Whether the first word that the parser could not place stands where a command is named.</summary>
    public static bool HasUnknownCommand(ParseResult parsed) => parsed.CommandResult.Command.Subcommands.Count > 0
        && parsed.UnmatchedTokens is [var first, ..] && !first.StartsWith('-');

    // The parser takes an unknown option for one more word of a prompt; what starts with a hyphen is one only behind
    // "--".
    private static List<string> UnknownOptions(ParseResult parsed)
    {
        var faults = new List<string>();
        var command = parsed.CommandResult.Command;
        foreach (var token in parsed.Tokens.TakeWhile(token => token.Type != TokenType.DoubleDash))
        {
            if (token.Type != TokenType.Argument || token.Value.Length < 2 || token.Value[0] != '-')
                continue;
            var taker = command.Arguments.FirstOrDefault(argument =>
                parsed.GetResult(argument)?.Tokens.Any(taken => taken.Value == token.Value) == true);
            if (taker is not null || parsed.UnmatchedTokens.Contains(token.Value))
            {
                faults.Add(
                    $"unknown option {token.Value}; {Suggestion(command, token.Value, MeantAs(taker, token.Value))}");
            }
        }
        return faults;
    }

    // The parser switches them on and takes the value for one more word of a prompt.
    private static IEnumerable<string> ValuesOfSwitches(Command command, IEnumerable<string> words) =>
        from word in words.TakeWhile(word => word != "--")
        where word.StartsWith('-') && word.Contains('=', StringComparison.Ordinal)
        let name = word.Split('=')[0]
        where command.Options.Any(option => option.Arity.MaximumNumberOfValues == 0
            && (option.Name == name || option.Aliases.Contains(name)))
        select $"{name} takes no value; found '{word}'; give {name} alone, or leave it out";

    // How to write the word where it is no option.
    private static string MeantAs(Argument? taker, string word) =>
        taker is { Name: "PROMPT" } ? "; a prompt that starts with a hyphen goes behind --"
        : Path.Exists(word) ? $"; the file of that name is ./{word}"
        : "";

    private static string InOurWords(Command command, ParseError fault)
    {
        string hint = $"see '{HelpWriter.PathOf(command)} --help'";
        return fault.SymbolResult switch
        {
            OptionResult { Option: var option } when fault.Message.Contains("argument", StringComparison.Ordinal)
                && !fault.Message.StartsWith("bad value", StringComparison.Ordinal) =>
                $"{option.Name} takes {(option.Arity.MinimumNumberOfValues == 2 ? "two values" : "one value")}; {hint}",
            OptionResult { Option: { Required: true } option, Tokens.Count: 0 } => $"{option.Name} is missing; {hint}",
            ArgumentResult { Argument: var argument } when argument.Arity.MinimumNumberOfValues > 0
                && fault.SymbolResult.Tokens.Count == 0 =>
                $"{argument.HelpName ?? argument.Name} is missing; {hint}",
            CommandResult { Command.Subcommands.Count: > 0 } => $"a command is missing; {hint}",
            _ => fault.Message,
        };
    }

    private static string Suggestion(Command command, string found, string otherwise = "")
    {
        var known = found.StartsWith('-')
            ? command.Options.Concat(command.Parents.OfType<Command>().SelectMany(parent => parent.Options))
                .Where(option => !option.Hidden).SelectMany(option => option.Aliases.Append(option.Name))
            : command.Subcommands.Select(child => child.Name);
        string name = found.Split('=')[0];
        string? nearest = NearestName.Find(name, known);
        return nearest is null ? $"see '{HelpWriter.PathOf(command)} --help'{otherwise}" : $"did you mean {nearest}?";
    }
}

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
    public static IReadOnlyList<ExitCodeRow> All { get; } =
    [
        new("0", "done"),
        new("1", "internal error, or a network returned values that are not finite"),
        new("2", "wrong usage or bad input"),
        new("3", "some of several images failed, or no image of a dataset can be used"),
        new("4", "a checkpoint was refused"),
        new("5", "a download failed"),
        new("6", "out of memory or disk"),
        new("130, 143, 129", "stopped by Ctrl-C, SIGTERM, SIGHUP"),
    ];

    /// <summary>The code for an error that ended the run.</summary>
    public static int For(Exception error) => error switch
    {
        UsageException => Usage,
        DatasetException => Partial,
        CheckpointException => Checkpoint,
        DownloadException => Download,
        ResourceException or OutOfMemoryException => Resource,
        _ => Unexpected,
    };
}

/// <summary>A row of the help about exit codes.</summary>
internal sealed record ExitCodeRow(string Code, string Meaning);

using System.CommandLine;
using System.Text;
using Glide.Cli.Options;
using Glide.Pipelines.Settings;

namespace Glide.Cli.Output;

/// <summary>Writes a command's help within 80 columns: examples first, then arguments, options, exit codes.</summary>
internal static class HelpWriter
{
    private const int Width = 80;
    private const int LabelWidth = 27;

    public static void Write(Command command, TextWriter output)
    {
        WriteParagraph(output, command.Description ?? "");
        output.WriteLine();
        output.WriteLine($"Usage: {Usage(command)}");
        if (command is IExamples { Examples.Count: > 0 } documented)
            WriteExamples(output, documented.Examples);
        if (command.Subcommands.Any(child => !child.Hidden))
        {
            WriteRows(output, "Commands:", command.Subcommands.Where(child => !child.Hidden), child => child.Name,
                Summary);
        }
        if (command.Arguments.Count > 0)
        {
            WriteRows(output, "Arguments:", command.Arguments, ArgumentLabel,
                argument => argument.Description ?? "");
        }
        var options = VisibleOptions(command).ToList();
        foreach (var group in Enum.GetValues<SettingGroup>())
        {
            var members = options.FindAll(option => GroupOf(option) == group);
            if (members.Count > 0)
                WriteRows(output, $"{HeadingOf(group)}:", members, OptionLabel, option => option.Description ?? "");
        }
        WriteRows(output, "Exit codes:", ExitCode.All, row => row.Code, row => row.Meaning);
        if (command.Subcommands.Count > 0)
        {
            output.WriteLine();
            WriteParagraph(output, $"'{PathOf(command)} COMMAND --help' explains a command.");
        }
    }

    /// <summary>A command as it is typed, such as <c>glide models download</c>.</summary>
    public static string PathOf(Command command)
    {
        var parent = command.Parents.OfType<Command>().FirstOrDefault();
        return parent is null ? "glide" : $"{PathOf(parent)} {command.Name}";
    }

    private static void WriteExamples(TextWriter output, IReadOnlyList<string> examples)
    {
        output.WriteLine();
        output.WriteLine("Examples:");
        foreach (string example in examples)
            output.WriteLine($"  {example}");
    }

    private static IEnumerable<Option> VisibleOptions(Command command)
    {
        var own = command.Options.Where(option => !option.Hidden);
        var inherited = command.Parents.OfType<Command>().SelectMany(parent => parent.Options)
            .Where(option => option.Recursive && !option.Hidden);
        return own.Concat(inherited).DistinctBy(option => option.Name);
    }

    private static SettingGroup GroupOf(Option option) => (option as IDescribedOption)?.Group ?? SettingGroup.Command;

    private static string HeadingOf(SettingGroup group) => group switch
    {
        SettingGroup.Command => "Options",
        SettingGroup.SecondStage => "Second stage",
        _ => group.ToString(),
    };

    private static string Usage(Command command)
    {
        var usage = new StringBuilder(PathOf(command));
        if (command.Subcommands.Count > 0)
            usage.Append(" COMMAND");
        foreach (var argument in command.Arguments)
            usage.Append(' ').Append(ArgumentLabel(argument));
        return usage.Append(" [options]").ToString();
    }

    private static string Summary(Command command)
    {
        string description = command.Description ?? "";
        int end = description.IndexOf(". ", StringComparison.Ordinal);
        return end < 0 ? description : description[..(end + 1)];
    }

    private static string ArgumentLabel(Argument argument)
    {
        string name = argument.HelpName ?? argument.Name;
        string repeated = argument.Arity.MaximumNumberOfValues > 1 ? name + "..." : name;
        return argument.Arity.MinimumNumberOfValues == 0 ? $"[{repeated}]" : repeated;
    }

    private static string OptionLabel(Option option)
    {
        string? shortName = option.Aliases.FirstOrDefault(alias => alias.Length == 2);
        string names = shortName is null ? $"    {option.Name}" : $"{shortName}, {option.Name}";
        return option.Arity.MaximumNumberOfValues == 0 || option.HelpName is null
            ? names
            : $"{names} {option.HelpName}";
    }

    private static void WriteRows<T>(TextWriter output, string title, IEnumerable<T> rows, Func<T, string> labelOf,
        Func<T, string> textOf)
        where T : class
    {
        output.WriteLine();
        output.WriteLine(title);
        foreach (var row in rows)
        {
            string label = labelOf(row);
            var lines = Wrap(textOf(row), Width - LabelWidth - 3);
            string first = $"  {label.PadRight(LabelWidth)} ";
            int next = 0;
            if (label.Length > LabelWidth)
                output.WriteLine($"  {label}");
            else
                output.WriteLine((first + lines[next++]).TrimEnd());
            for (; next < lines.Count; next++)
                output.WriteLine(new string(' ', LabelWidth + 3) + lines[next]);
        }
    }

    private static void WriteParagraph(TextWriter output, string text)
    {
        foreach (string line in Wrap(text, Width))
            output.WriteLine(line);
    }

    private static List<string> Wrap(string text, int width)
    {
        var lines = new List<string>();
        var line = new StringBuilder();
        foreach (string word in text.Split(' ', StringSplitOptions.RemoveEmptyEntries))
        {
            if (line.Length > 0 && line.Length + 1 + word.Length > width)
            {
                lines.Add(line.ToString());
                line.Clear();
            }
            line.Append(line.Length > 0 ? " " : "").Append(word);
        }
        lines.Add(line.ToString());
        return lines;
    }
}

/// <summary>A command that shows how it is used; the help prints these lines first.</summary>
internal interface IExamples
{
    /// <summary>Whole command lines, each under 78 characters.</summary>
    IReadOnlyList<string> Examples { get; }
}

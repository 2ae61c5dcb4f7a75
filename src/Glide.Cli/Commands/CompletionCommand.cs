using System.CommandLine;
using System.Text;
using Glide.Cli.Output;

namespace Glide.Cli.Commands;

/// <summary><c>glide completion</c>: scripts that make shells complete glide's commands and options.</summary>
internal sealed class CompletionCommand : Command, IExamples
{
    private static readonly string[] s_shells = ["bash", "zsh", "fish"];
    private readonly Argument<string> _shell = new("SHELL") { Description = "bash, zsh or fish." };

    public CompletionCommand(TextWriter output)
        : base("completion")
    {
        _shell.Validators.Add(result =>
        {
            if (!s_shells.Contains(result.Tokens[0].Value))
                result.AddError($"unknown shell '{result.Tokens[0].Value}'; allowed are {string.Join(", ", s_shells)}");
        });
        Add(_shell);
        SetAction(parsed =>
        {
            var words = Words(CommandLine.Build(output, TextWriter.Null));
            output.Write(parsed.GetValue(_shell) switch
            {
                "bash" => Bash(words),
                "zsh" => $"#compdef glide\nautoload -U +X bashcompinit && bashcompinit\n{Bash(words)}",
                _ => Fish(words),
            });
            return ExitCode.Done;
        });
    }

    public IReadOnlyList<string> Examples { get; } = ["glide completion bash", "glide completion fish"];

    // Behind "glide models download": its options; behind "glide": the commands.
    private static List<(string Path, string[] Words)> Words(Command root) => [.. Below("", root)];

    private static IEnumerable<(string Path, string[] Words)> Below(string path, Command command)
    {
        var options = command.Options.Where(option => !option.Hidden).Select(option => option.Name).Append("--help")
            .Distinct();
        yield return (path, [.. command.Subcommands.Select(child => child.Name), .. options]);
        foreach (var row in command.Subcommands.SelectMany(child =>
            Below(path.Length == 0 ? child.Name : $"{path} {child.Name}", child)))
        {
            yield return row;
        }
    }

    private static string Bash(List<(string Path, string[] Words)> words)
    {
        var script = new StringBuilder();
        script.Append("""
            _glide() {
              local word=${COMP_WORDS[COMP_CWORD]} path="" i
              for ((i = 1; i < COMP_CWORD && i < 3; i++)); do
                case ${COMP_WORDS[i]} in -*) break ;; esac
                case "$path ${COMP_WORDS[i]}" in

            """);
        script.Append("      ").Append(string.Join('|', words.Skip(1).Select(row => $"\" {row.Path}\"")))
            .Append(") path=\"$path ${COMP_WORDS[i]}\" ;;\n");
        script.Append("""
                  *) break ;;
                esac
              done
              local words=""
              case "$path" in

            """);
        foreach (var (path, list) in words)
            script.Append($"    \"{(path.Length == 0 ? "" : " " + path)}\") words=\"{string.Join(' ', list)}\" ;;\n");
        script.Append("""
              esac
              COMPREPLY=($(compgen -W "$words" -- "$word"))
              [[ $word == -* || -z $path ]] || COMPREPLY+=($(compgen -f -- "$word"))
            }
            complete -o filenames -F _glide glide

            """);
        return script.ToString();
    }

    private static string Fish(List<(string Path, string[] Words)> words)
    {
        var script = new StringBuilder();
        foreach (var (path, list) in words)
        {
            string condition = path.Length == 0
                ? "__fish_use_subcommand"
                : string.Join("; and ", path.Split(' ').Select(word => $"__fish_seen_subcommand_from {word}"));
            foreach (string word in list)
            {
                string what = word.StartsWith("--", StringComparison.Ordinal) ? $"-l {word[2..]}" : $"-f -a {word}";
                script.Append($"complete -c glide -n '{condition}' {what}\n");
            }
        }
        return script.ToString();
    }
}

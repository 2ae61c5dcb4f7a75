using System.Diagnostics;

namespace Glide.Cli.Tests.Output;

public sealed class CompletionTests
{
    public static TheoryData<string, string> Lines => new()
    {
        { "glide ba", "batch" },
        { "glide models dow", "download" },
        { "glide sample --guidance-s", "--guidance-scale" },
        { "glide batch --resu", "--resume" },
        { "glide sw", "sweep" },
        { "glide sample --prev", "--preview" },
        { "glide plan --bat", "--batch --batch-size" },
    };

    [Theory, MemberData(nameof(Lines))]
    public void Bash_completes_commands_and_options(string line, string expected)
    {
        string script = Script("bash")
            + $"\nCOMP_WORDS=({line}); COMP_CWORD=$((${{#COMP_WORDS[@]}} - 1)); _glide; echo \"${{COMPREPLY[@]}}\"";
        var start = new ProcessStartInfo("bash", ["--norc", "-c", script])
        {
            RedirectStandardOutput = true,
            WorkingDirectory = "/"
        };
        using var bash = Process.Start(start)!;
        Assert.Equal(expected, bash.StandardOutput.ReadToEnd().Trim());
    }

    [Theory]
    [InlineData("zsh", "#compdef glide")]
    [InlineData("fish", "complete -c glide -n '__fish_seen_subcommand_from batch' -l resume")]
    public void The_other_shells_get_theirs(string shell, string part) =>
        Assert.Contains(part, Script(shell), StringComparison.Ordinal);

    [Fact]
    public void Another_shell_is_refused()
    {
        var error = new StringWriter();
        Assert.Equal(2, CommandLine.Run(["completion", "tcsh"], TextWriter.Null, error));
        Assert.Contains("allowed are bash, zsh, fish", error.ToString(), StringComparison.Ordinal);
    }

    private static string Script(string shell)
    {
        var output = new StringWriter();
        Assert.Equal(0, CommandLine.Run(["completion", shell], output, TextWriter.Null));
        return output.ToString();
    }
}

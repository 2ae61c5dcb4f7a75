using System.CommandLine;
using Glide.Cli.Output;
using Glide.Cli.Tests.Support;

namespace Glide.Cli.Tests.Output;

public sealed class HelpTests
{
    public static TheoryData<string[]> Commands =>
        [.. Paths(CommandLine.Build(TextWriter.Null, TextWriter.Null).Subcommands, []).Append([])];

    [Theory, MemberData(nameof(Commands))]
    public void Help_fits_80_columns_and_lists_the_exit_codes(string[] path)
    {
        var output = new StringWriter();
        Assert.Equal(0, CommandLine.Run([.. path, "--help"], output, TextWriter.Null));
        string[] lines = output.ToString().Split('\n');
        Assert.All(lines, line => Assert.True(line.Length <= 80, $"{line.Length} columns: {line}"));
        Assert.All(ExitCode.All, row => Assert.Contains(lines, line =>
            line.Contains(row.Code, StringComparison.Ordinal)));
    }

    [Theory, MemberData(nameof(Commands))]
    public void Every_option_stands_in_the_help_with_a_description(string[] path)
    {
        var output = new StringWriter();
        CommandLine.Run([.. path, "--help"], output, TextWriter.Null);
        if (Find(path) is not { } command)
            return;
        Assert.All(command.Options.Where(option => !option.Hidden), option =>
        {
            Assert.Contains(option.Name, output.ToString(), StringComparison.Ordinal);
            Assert.False(string.IsNullOrWhiteSpace(option.Description), $"{option.Name} has no description");
        });
    }

    [Theory]
    [InlineData("inpaint", "--size", "--tile", "--best-of", "--cull")]
    [InlineData("edit", "--best-of", "--cull")]
    [InlineData("batch", "--best-of", "--cull")]
    public void Options_that_a_command_always_refuses_do_not_stand_in_its_help(string command, params string[] refused)
    {
        var output = new StringWriter();
        CommandLine.Run([command, "--help"], output, TextWriter.Null);
        Assert.All(refused, option => Assert.DoesNotContain($"    {option} ", output.ToString(),
            StringComparison.Ordinal));
    }

    [Fact]
    public void The_seed_of_a_batch_is_said_to_be_the_line_number()
    {
        var output = new StringWriter();
        CommandLine.Run(["batch", "--help"], output, TextWriter.Null);
        Assert.Contains("0 to 2^63-1. Default: the row's line number.", output.ToString(), StringComparison.Ordinal);
    }

    [Theory, MemberData(nameof(Commands))]
    public void Examples_parse(string[] path)
    {
        if (Find(path) is not IExamples documented)
            return;
        foreach (string example in documented.Examples)
        {
            Assert.StartsWith("glide ", example, StringComparison.Ordinal);
            string line = example.Split('|')[^1].Trim();
            var parsed = Find(path)!.Parse(line[(line.IndexOf(path[^1], StringComparison.Ordinal)
                + path[^1].Length)..]);
            Assert.Empty(parsed.Errors);
        }
    }

    [Fact]
    public void Without_arguments_the_short_help_goes_to_stderr()
    {
        using var glide = new GlideProcess();
        var result = glide.Run();
        Assert.Equal(2, result.ExitCode);
        Assert.Contains("Usage: glide COMMAND", result.Error, StringComparison.Ordinal);
        Assert.Empty(result.Output);
    }

    [Theory]
    [InlineData("--help", "--junk")]
    [InlineData("sample", "-h", "--sed", "1")]
    [InlineData("--version", "extra")]
    public void Help_and_version_win_over_other_junk(params string[] arguments)
    {
        using var glide = new GlideProcess();
        var result = glide.Run(arguments);
        Assert.Equal(0, result.ExitCode);
        Assert.Empty(result.Error);
        Assert.NotEmpty(result.Output);
    }

    [Theory]
    [InlineData("unexpected 'smaple'; did you mean sample?", "smaple", "--help")]
    [InlineData("unexpected 'smaple'; did you mean sample?", "--help", "smaple")]
    [InlineData("unexpected 'nonsense'; see 'glide models --help'", "models", "nonsense", "--help")]
    public void There_is_no_help_for_an_unknown_command(string fault, params string[] arguments)
    {
        var (output, error) = (new StringWriter(), new StringWriter());
        Assert.Equal(2, CommandLine.Run(arguments, output, error));
        Assert.Equal($"error: {fault}\n", error.ToString());
        Assert.Empty(output.ToString());
    }

    private static Command? Find(string[] path)
    {
        IEnumerable<Command> level = CommandLine.Build(TextWriter.Null, TextWriter.Null).Subcommands;
        Command? found = null;
        foreach (string name in path)
        {
            found = level.Single(command => command.Name == name);
            level = found.Subcommands;
        }
        return found;
    }

    private static IEnumerable<string[]> Paths(IEnumerable<Command> commands, string[] parents) =>
        commands.SelectMany(command => Paths(command.Subcommands, [.. parents, command.Name])
            .Prepend([.. parents, command.Name]));
}

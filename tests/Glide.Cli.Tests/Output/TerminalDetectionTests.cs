using Glide.Cli.Output;
using Glide.Images.Terminal;

namespace Glide.Cli.Tests.Output;

public sealed class TerminalDetectionTests
{
    /// <summary>What terminals are known to set, and what they show.</summary>
    public static TheoryData<string, string?> Environments => new()
    {
        { "TERM=xterm-kitty KITTY_WINDOW_ID=1 COLORTERM=truecolor", "Kitty" },
        { "TERM=xterm-256color KITTY_WINDOW_ID=1", "Kitty" },
        { "TERM=xterm-ghostty TERM_PROGRAM=ghostty COLORTERM=truecolor", "Kitty" },
        { "TERM=xterm-256color TERM_PROGRAM=iTerm.app COLORTERM=truecolor", "Iterm2" },
        { "TERM=xterm-256color TERM_PROGRAM=WezTerm COLORTERM=truecolor", "Iterm2" },
        { "TERM=foot COLORTERM=truecolor", "Sixel" },
        { "TERM=mlterm-256color", "Sixel" },
        { "TERM=xterm-256color COLORTERM=truecolor", "Blocks" },
        { "TERM=xterm-256color COLORTERM=24bit", "Blocks" },
        { "TERM=xterm-direct", "Blocks" },
        { "TERM=xterm-256color", null },
        { "TERM=xterm-256color TERM_PROGRAM=Apple_Terminal", null },
        { "TERM=tmux-256color TMUX=/tmp/tmux-0/default,1,0 KITTY_WINDOW_ID=1 COLORTERM=truecolor",
            "Blocks" },
        { "TERM=screen KITTY_WINDOW_ID=1", null },
        { "TERM=xterm-kitty STY=1.pts-0 KITTY_WINDOW_ID=1 COLORTERM=truecolor", "Blocks" },
        { "", null },
    };

    [Theory, MemberData(nameof(Environments))]
    public void Auto_takes_what_the_terminal_is_known_for(string variables, string? expected)
    {
        var environment = variables.Split(' ', StringSplitOptions.RemoveEmptyEntries).Select(pair => pair.Split('='))
            .ToDictionary(pair => pair[0], pair => pair[1]);
        Assert.Equal(expected,
            TerminalDetection.Parse("auto", name => environment.GetValueOrDefault(name))?.ToString());
        Assert.Equal(TerminalProtocol.Sixel, TerminalDetection.Parse("sixel", name =>
            environment.GetValueOrDefault(name)));
    }

    [Theory]
    [InlineData("sample --preview a", "sample --preview=auto a")]
    [InlineData("sample a --preview", "sample a --preview=auto")]
    [InlineData("sample --preview sixel a", "sample --preview sixel a")]
    [InlineData("sample --preview=sixel a", "sample --preview=sixel a")]
    [InlineData("sample -- --preview a", "sample -- --preview a")]
    public void Preview_may_stand_alone(string line, string expected) =>
        Assert.Equal(expected.Split(' '), PreviewArgument.Complete(line.Split(' ')));
}

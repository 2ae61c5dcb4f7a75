using Glide.Images.Terminal;

namespace Glide.Cli.Output;

/// <summary>Finds out from the environment which images a terminal can show.</summary>
internal static class TerminalDetection
{
    private static readonly string[] s_multiplexers = ["screen", "tmux"];
    private static readonly string[] s_sixelTerminals = ["foot", "mlterm", "contour", "yaft"];

    public static TerminalProtocol? Parse(string kind, Func<string, string?> environment) => kind switch
    {
        "kitty" => TerminalProtocol.Kitty,
        "iterm2" => TerminalProtocol.Iterm2,
        "sixel" => TerminalProtocol.Sixel,
        "blocks" => TerminalProtocol.Blocks,
        _ => Find(environment),
    };

    /// <summary>The best that the terminal is known to understand; <c>null</c> where it says of nothing.</summary>
    /// <param name="environment">From a variable's name to its value.</param>
    public static TerminalProtocol? Find(Func<string, string?> environment)
    {
        string term = environment("TERM") ?? "";
        string program = environment("TERM_PROGRAM") ?? "";
        bool hasAllColors = environment("COLORTERM") is "truecolor" or "24bit"
            || term.EndsWith("-direct", StringComparison.Ordinal);
        // What lies between passes text on, and images only where it was told to.
        bool isInside = environment("TMUX") is { Length: > 0 } || environment("STY") is { Length: > 0 }
            || s_multiplexers.Any(name => term.StartsWith(name, StringComparison.Ordinal));
        if (isInside)
            return hasAllColors ? TerminalProtocol.Blocks : null;
        if (environment("KITTY_WINDOW_ID") is { Length: > 0 } || term is "xterm-kitty" or "xterm-ghostty"
            || program == "ghostty")
        {
            return TerminalProtocol.Kitty;
        }
        if (program is "iTerm.app" or "WezTerm" or "mintty")
            return TerminalProtocol.Iterm2;
        if (term.Contains("sixel", StringComparison.Ordinal)
            || s_sixelTerminals.Any(name => term.StartsWith(name, StringComparison.Ordinal)))
        {
            return TerminalProtocol.Sixel;
        }
        return hasAllColors ? TerminalProtocol.Blocks : null;
    }
}

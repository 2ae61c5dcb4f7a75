namespace Glide.Cli.Output;

/// <summary><c>--preview</c>, which may stand alone. The parser would take the prompt behind it for its value.</summary>
internal static class PreviewArgument
{
    /// <summary>The option.</summary>
    public const string Name = "--preview";

    /// <summary>What it means alone.</summary>
    public const string Auto = "auto";

    /// <summary>Its values.</summary>
    public static IReadOnlyList<string> Kinds { get; } = [Auto, "kitty", "iterm2", "sixel", "blocks"];

    /// <summary>The command line with the value written out where the option stands alone.</summary>
    public static string[] Complete(string[] args)
    {
        int end = Array.IndexOf(args, "--");
        return [.. args.Select((arg, index) => arg == Name && (end < 0 || index < end) && !Kinds.Contains(args.ElementAtOrDefault(index + 1)) ? $"{Name}={Auto}" : arg)];
    }
}

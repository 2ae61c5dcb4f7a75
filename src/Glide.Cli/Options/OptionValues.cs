using System.CommandLine.Parsing;
using System.CommandLine;
using System.Globalization;

namespace Glide.Cli.Options;

/// <summary>Options whose values are checked while they are parsed, in the same words everywhere, in no locale.</summary>
internal static class OptionValues
{
    /// <summary>A finite number within bounds; <c>null</c> when not given.</summary>
    public static Option<double?> Number(string name, string[] aliases, string helpName, string description, double least, double most) =>
        new(name, aliases)
        {
            Description = description,
            HelpName = helpName,
            CustomParser = result =>
            {
                string text = result.Tokens[0].Value;
                if (double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out double value) &&
                    double.IsFinite(value) && value >= least && value <= most)
                    return value;
                result.AddError(Refusal(name, text, $"a number from {Show(least)} to {Show(most)}, with a point for decimals"));
                return null;
            },
        };

    /// <summary>A whole number within bounds; <c>null</c> when not given.</summary>
    public static Option<long?> Whole(string name, string[] aliases, string helpName, string description, long least, long most) =>
        new(name, aliases)
        {
            Description = description,
            HelpName = helpName,
            CustomParser = result =>
            {
                string text = result.Tokens[0].Value;
                if (long.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out long value) &&
                    value >= least && value <= most)
                    return value;
                result.AddError(Refusal(name, text, $"a whole number from {least} to {most}"));
                return null;
            },
        };

    /// <summary>One of a few words; <c>null</c> when not given.</summary>
    public static Option<string?> OneOf(string name, string[] aliases, string helpName, string description, params IReadOnlyList<string> allowed)
    {
        var option = Text(name, aliases, helpName, description, value => allowed.Contains(value) ? null : $"one of {string.Join(", ", allowed)}");
        option.CompletionSources.Add([.. allowed]);
        return option;
    }

    /// <summary>
    /// A text that <paramref name="check"/> accepts by giving <c>null</c>, or refuses by saying what is allowed or by a
    /// <see cref="UsageException"/> of its own.
    /// </summary>
    public static Option<string?> Text(string name, string[] aliases, string helpName, string description, Func<string, string?>? check = null) =>
        new(name, aliases)
        {
            Description = description,
            HelpName = helpName,
            CustomParser = result =>
            {
                string text = result.Tokens[0].Value;
                try
                {
                    if (check?.Invoke(text) is { } allowed)
                        result.AddError(Refusal(name, text, allowed));
                }
                catch (UsageException refusal)
                {
                    result.AddError(refusal.Message.Contains(name, StringComparison.Ordinal) ? refusal.Message : $"bad value for {name}; {refusal.Message}");
                }
                return text;
            },
        };

    /// <summary>A switch.</summary>
    public static Option<bool> Flag(string name, string description, params string[] aliases) =>
        new(name, aliases) { Description = description, Arity = ArgumentArity.Zero };

    /// <summary>Whether the user gave the option.</summary>
    public static bool IsGiven(this ParseResult result, Option option) => result.GetResult(option) is OptionResult { Implicit: false };

    /// <summary>What the user wrote behind an option, good or bad; <c>null</c> without it. For validators, to which a bad value is no value.</summary>
    public static string? WrittenFor(this SymbolResult result, Option option) => result.GetResult(option) is { Tokens: [var token, ..] } ? token.Value : null;

    private static string Refusal(string option, string found, string allowed) => $"bad value for {option}; found '{found}'; allowed is {allowed}";

    private static string Show(double value) => value.ToString("G15", CultureInfo.InvariantCulture);
}

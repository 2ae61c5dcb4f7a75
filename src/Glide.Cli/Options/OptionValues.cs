using System.CommandLine;
using System.CommandLine.Parsing;
using Glide.Pipelines.Settings;

namespace Glide.Cli.Options;

/// <summary>Options whose values are checked while they are parsed, in the same words everywhere.</summary>
internal static class OptionValues
{
    /// <summary>A finite number within bounds; <c>null</c> when not given.</summary>
    public static Option<double?> Number(
        string name, string[] aliases, string helpName, string description, (double Least, double Most) range) =>
        new DescribedOption<double?>(name, aliases)
        {
            Description = description,
            HelpName = helpName,
            CustomParser = result => Checked(result, name, new NumberKind(range.Least, range.Most)) is { } text
                ? SettingKind.ToNumber(text) : null,
        };

    /// <summary>A whole number within bounds; <c>null</c> when not given.</summary>
    public static Option<long?> Whole(
        string name, string[] aliases, string helpName, string description, (long Least, long Most) range) =>
        new DescribedOption<long?>(name, aliases)
        {
            Description = description,
            HelpName = helpName,
            CustomParser = result => Checked(result, name, new WholeKind(range.Least, range.Most)) is { } text
                ? SettingKind.ToWhole(text) : null,
        };

    /// <summary>One of a few words; <c>null</c> when not given.</summary>
    public static Option<string?> OneOf(
        string name, string[] aliases, string helpName, string description, params IReadOnlyList<string> allowed) =>
        Of(new OneOfKind(allowed), name, aliases, helpName, description);

    /// <summary>
    /// A text that <paramref name="check"/> accepts by giving <c>null</c>, or refuses by saying what is allowed or by a
    /// <see cref="UsageException"/> of its own.
    /// </summary>
    public static Option<string?> Text(
        string name, string[] aliases, string helpName, string description, Func<string, string?>? check = null) =>
        Of(new TextKind(check), name, aliases, helpName, description);

    /// <summary>
    /// States what a path that results go to should be; <c>null</c> if they can. Elsewhere - is a stream, so that
    /// nobody means a folder by it.
    /// </summary>
    /// <param name="path">What the user wrote.</param>
    /// <param name="allowed">What it may be, such as "a folder".</param>
    public static string? OutputFault(string path, string allowed) =>
        path.Trim().Length == 0 ? allowed
        : path == "-" ? $"{allowed}, not stdout; a folder of that name is ./-"
        : null;

    /// <summary>A value of some kind, as text; <c>null</c> when not given.</summary>
    /// <param name="kind">The allowed values.</param>
    /// <param name="name">The option's name.</param>
    /// <param name="aliases">Its other names.</param>
    /// <param name="helpName">What the help prints for the value.</param>
    /// <param name="description">The help.</param>
    /// <param name="setting">The setting of the recipe that it gives; <c>null</c> for none.</param>
    public static DescribedOption<string?> Of(
        SettingKind kind, string name, string[] aliases, string helpName, string description,
        SettingName? setting = null)
    {
        var option = new DescribedOption<string?>(name, aliases)
        {
            Description = description,
            HelpName = helpName,
            Setting = setting,
            CustomParser = result => Checked(result, name, kind),
        };
        if (kind is OneOfKind { Allowed: var allowed })
            option.CompletionSources.Add([.. allowed]);
        return option;
    }

    public static Option<bool> Flag(string name, string description, params string[] aliases) =>
        new DescribedOption<bool>(name, aliases) { Description = description, Arity = ArgumentArity.Zero };

    /// <summary>Adds options under a heading of the help.</summary>
    public static void Add(this Command command, SettingGroup group, params IEnumerable<Option> options)
    {
        foreach (var option in options)
        {
            ((IDescribedOption)option).Group = group;
            command.Add(option);
        }
    }

    /// <summary>Whether the user gave the option.</summary>
    public static bool IsGiven(this ParseResult result, Option option) => result.CommandResult.IsGiven(option);

    /// <summary>Whether the user gave the option.</summary>
    public static bool IsGiven(this SymbolResult result, Option option) =>
        result.GetResult(option) is { Implicit: false };

    /// <summary>
    /// What the user wrote after an option, good or bad; <c>null</c> without it. For validators, to which a bad value
    /// is no value.
    /// </summary>
    public static string? WrittenFor(this SymbolResult result, Option option) =>
        result.GetResult(option) is { Tokens: [var token, ..] } ? token.Value : null;

    // All values of an option that may be given several times are checked; the last one is returned.
    private static string? Checked(ArgumentResult result, string name, SettingKind kind)
    {
        string? last = null;
        foreach (var token in result.Tokens)
        {
            last = token.Value;
            if (kind.Refusal(name, last) is not { } refusal)
                continue;
            result.AddError(refusal);
            return null;
        }
        return last;
    }
}

/// <summary>What the help and the reader of settings want to know of an option.</summary>
internal interface IDescribedOption
{
    /// <summary>The heading of the help that it stands under.</summary>
    SettingGroup Group { get; set; }

    /// <summary>The setting of the recipe that it gives; <c>null</c> for none.</summary>
    SettingName? Setting { get; init; }
}

/// <summary>An option that knows its place in the help and what it sets.</summary>
internal sealed class DescribedOption<T>(string name, params string[] aliases)
    : Option<T>(name, aliases), IDescribedOption
{
    public SettingGroup Group { get; set; }

    public SettingName? Setting { get; init; }
}

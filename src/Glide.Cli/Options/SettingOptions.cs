using System.CommandLine;
using System.CommandLine.Parsing;
using Glide.Pipelines.Settings;

namespace Glide.Cli.Options;

/// <summary>Makes options from the table of settings, and collects what the user gave.</summary>
internal static class SettingOptions
{
    /// <summary>Far more values than anybody types: a bound that the parser wants.</summary>
    public const int MostValues = 10_000;

    public static Option Of(string name) => Of(SettingName.Parse(name));

    public static Option Of(SettingName name) => Of(name, $"--{name.Text}", Setting.Describe(name.Help, name.Default));

    /// <summary>The option of a setting that a command calls or explains differently.</summary>
    /// <param name="name">The setting.</param>
    /// <param name="option">Name of the option.</param>
    /// <param name="help">Its help, with the default.</param>
    /// <param name="kind">The allowed values; <c>null</c> for those of the table.</param>
    public static Option Of(SettingName name, string option, string help, SettingKind? kind = null) =>
        Make(name.Setting with { Group = name.Group }, option, help, kind ?? name.Setting.Kind, name);

    /// <summary>The option of a setting that is no part of the recipe.</summary>
    public static Option Of(Setting setting) =>
        Make(setting, $"--{setting.Name}", Setting.Describe(setting.Help, setting.Default), setting.Kind, name: null);

    public static Option Stage() => new DescribedOption<string?>("--stage")
    {
        Description = "Any setting of one stage: base, upsample, upsample-2, ...; may be given several times. "
            + $"Settings: {string.Join(", ", SettingName.StageSettings)}.",
        HelpName = "STAGE.SETTING=X",
        Arity = new ArgumentArity(1, MostValues),
        Group = SettingGroup.Sampling,
        CustomParser = result =>
        {
            foreach (var token in result.Tokens)
            {
                if (Assignment(token, result.AddError) is null)
                    break;
            }
            return null;
        },
    };

    /// <summary>Adds options under the headings of their settings.</summary>
    public static void AddSettings(this Command command, params IEnumerable<Option> options)
    {
        foreach (var option in options)
            command.Add(option);
    }

    /// <summary>The settings that the user gave, whether or not their values are valid.</summary>
    public static GivenSettings Given(this CommandResult command) => new(command.Children.OfType<OptionResult>()
        .Where(result => !result.Implicit)
        .SelectMany(Values));

    public static GivenSettings Given(this ParseResult parsed) => parsed.CommandResult.Given();

    private static IEnumerable<(SettingName Name, string Text)> Values(OptionResult result)
    {
        if (result.Option.Name == "--stage")
            return result.Tokens.Select(token => Assignment(token, _ => { })).OfType<(SettingName, string)>();
        return result.Option is IDescribedOption { Setting: { } name }
            ? result.Tokens.Take(name.Setting.IsRepeatable ? MostValues : 1).Select(token => token.Value)
                .DefaultIfEmpty(FlagKind.On).Select(text => (name, text))
            : [];
    }

    private static (SettingName Name, string Text)? Assignment(Token token, Action<string> refuse)
    {
        try
        {
            return SettingName.ParseAssignment(token.Value);
        }
        catch (UsageException refusal)
        {
            refuse(refusal.Message);
            return null;
        }
    }

    private static Option Make(Setting setting, string option, string help, SettingKind kind, SettingName? name)
    {
        string[] aliases = setting.ShortName is { } shortName ? [shortName] : [];
        if (kind is FlagKind)
        {
            return new DescribedOption<bool>(option, aliases)
            {
                Description = help,
                Arity = ArgumentArity.Zero,
                Group = setting.Group,
                Setting = name,
            };
        }
        var made = OptionValues.Of(kind, option, aliases, setting.Placeholder, help, name);
        made.Group = setting.Group;
        if (setting.IsRepeatable)
            made.Arity = new ArgumentArity(1, MostValues);
        return made;
    }
}

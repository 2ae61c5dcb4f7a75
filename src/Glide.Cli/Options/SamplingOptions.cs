using System.CommandLine;
using System.Text.RegularExpressions;
using Glide.ModelSets;
using Glide.Pipelines;
using Glide.Pipelines.Settings;

namespace Glide.Cli.Options;

/// <summary>How images are sampled: the options of the settings table.</summary>
/// <param name="refused">Settings that the command always refuses, saying why; its help leaves them out.</param>
internal sealed partial class SamplingOptions(params IEnumerable<string> refused)
{
    private readonly IReadOnlyList<Option> _options =
    [
        .. SettingName.All.Select(name =>
        {
            var option = SettingOptions.Of(name);
            option.Hidden = refused.Contains(name.Text);
            return option;
        }),
        SettingOptions.Stage(),
    ];

    public Option NoUpsample => _options.Single(option => option.Name == "--no-upsample");

    /// <summary>What the help of <c>--seed</c> calls its default, where the command chooses one of its own.</summary>
    public string DefaultSeed
    {
        init
        {
            var seed = SettingName.Parse(SamplingTable.Seed);
            _options.Single(option => option.Name == seed.Label).Description = Setting.Describe(seed.Help, value);
        }
    }

    public void AddTo(Command command)
    {
        command.AddSettings(_options);
        RefuseContradictions(command);
    }

    /// <summary>Lets a command refuse settings that contradict each other.</summary>
    public static void RefuseContradictions(Command command) => command.Validators.Add(result =>
    {
        foreach (string contradiction in result.Given().Contradictions())
            result.AddError(contradiction);
    });

    /// <summary>The recipe with the user's changes.</summary>
    /// <param name="parsed">The command line.</param>
    /// <param name="recipe">What the model set publishes.</param>
    /// <param name="preset">Used if the user names no preset; <c>null</c> for the recipe itself.</param>
    /// <param name="models">The model set, where size and repetition can be chosen; <c>null</c> where another image
    /// decides them.</param>
    public static Recipe Apply(
        ParseResult parsed, Recipe recipe, QualityPreset? preset = null, ModelSet? models = null)
    {
        var all = parsed.Given().ApplyTo(recipe, preset, models);
        return parsed.Given().Sampling().NoUpsample ? all.BaseOnly() : all;
    }

    /// <summary>The requests for some prompts: prompt by prompt, seeds counted up from the first.</summary>
    /// <exception cref="UsageException">The seeds would exceed 2⁶³−1.</exception>
    public static IReadOnlyList<ImageRequest> Requests(ParseResult parsed, IReadOnlyList<string> prompts) =>
        parsed.Given().Sampling().Requests(prompts, RandomSeed());

    /// <summary>For commands that start from an image, whose results are not scored.</summary>
    /// <exception cref="UsageException">The user gave --best-of.</exception>
    public static void RefuseBestOf(ParseResult parsed)
    {
        if (parsed.Given().Has("best-of"))
        {
            throw new UsageException(
                "--best-of works with 'glide sample' only; images that start from another are not scored; "
                + "use --count instead");
        }
    }

    /// <summary>Prints the seed if the program chose it.</summary>
    public static void TellSeed(ParseResult parsed, IReadOnlyList<ImageRequest> requests, Action<string> notice)
    {
        if (!parsed.Given().Has(SamplingTable.Seed))
            notice($"seed {requests[0].Seed}");
    }

    /// <summary>
    /// Says what is probably not meant: weights that GLIDE does not know, and a prompt without quotes.
    /// </summary>
    public static void TellOddPrompts(IReadOnlyList<string> prompts, Action<string> notice)
    {
        if (prompts.FirstOrDefault(prompt => Weight().IsMatch(prompt)) is { } weighted)
            notice($"'{Weight().Match(weighted).Value}' is part of the prompt; GLIDE knows no weights of words");
        if (prompts.Count > 1 && prompts.All(prompt => prompt.Length > 0 && !prompt.Any(char.IsWhiteSpace)))
            notice($"{prompts.Count} prompts of one word each; for one prompt of several words put quotes around it");
    }

    [GeneratedRegex(@"\([^()]+:\d+(\.\d+)?\)")]
    private static partial Regex Weight();

    // Seven digits are easy to type again and plenty to choose from.
    internal static long RandomSeed() => Random.Shared.NextInt64(10_000_000);
}

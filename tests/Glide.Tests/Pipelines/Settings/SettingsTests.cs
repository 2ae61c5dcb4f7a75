using System.Globalization;
using Glide.Pipelines;
using Glide.Pipelines.Settings;

namespace Glide.Tests.Pipelines.Settings;

/// <summary>The table of settings, and what it makes of a recipe.</summary>
public sealed class SettingsTests
{
    private static readonly StageRecipe s_stage =
        new() { Network = "base", Sampler = "ddpm", Steps = "100", GuidanceScale = 3 };

    private static readonly Recipe s_three = Recipe.Of(s_stage, s_stage with { Temperature = 0.997 }, s_stage);

    /// <summary>A setting and values that it takes.</summary>
    public static TheoryData<string, string[]> Values => new()
    {
        { "sampler", ["ddim", "dpmpp-2m"] },
        { "spacing", ["karras", "trained"] },
        { "steps", ["1", "1000", "ddim50", "10,10,3,2,2", "fast27"] },
        { "eta", ["0", "0.5", "1"] },
        { "churn", ["0", "1000"] },
        { "threshold", ["static", "dynamic:0.9:1.5"] },
        { "guidance-rescale", ["0", "1"] },
        { "reuse", ["1", "1000"] },
        { "temperature", ["0", "2"] },
        { "clip-scale", ["0", "1000"] },
        { "guidance-scale", ["-100", "100", "2.5"] },
        { "guidance-interval", ["0.2:0.8"] },
        { "cfgpp", ["true", "false"] },
        { "strength", ["0", "1"] },
        { "keep-structure", ["1", "1024"] },
        { "keep-structure-until", ["0", "1"] },
        { "count", ["1", "100000"] },
        { "seed", ["0", "9223372036854775807"] },
        { "negative", ["", "a dog"] },
        { "and", ["a cat", "a cat:0.5 | a dog:-1"] },
        { "quality", ["draft", "paper"] },
        { "size", ["384x256"] },
        { "tile", ["x", "y", "xy"] },
        { "guidance", ["cfg", "clip", "both"] },
        { "best-of", ["1", "100000"] },
        { "cull", ["0.5@0.4"] },
        { "no-upsample", ["true", "false"] },
    };

    /// <summary>Every setting.</summary>
    public static TheoryData<string> Names => [.. All.Select(setting => setting.Name)];

    private static IEnumerable<Setting> All => [.. StageTable.All, .. SamplingTable.All];

    [Theory, MemberData(nameof(Values))]
    public void Get_returns_what_was_set(string name, string[] values)
    {
        foreach (string value in values)
        {
            string? got = Find(name) switch
            {
                Setting<StageRecipe> setting => setting.Get(setting.Set(s_stage, value, name)),
                Setting<SamplingSettings> setting => setting.Get(setting.Set(new SamplingSettings(), value, name)),
                var other => other.Name,
            };
            Assert.Equal(value, got);
        }
    }

    [Theory, MemberData(nameof(Names))]
    public void Every_setting_has_values_here_and_a_help(string name)
    {
        Assert.Contains(Values, row => (string)row[0] == name);
        Assert.EndsWith(".", Find(name).Help, StringComparison.Ordinal);
        Assert.NotEqual(SettingGroup.Command, Find(name).Group);
    }

    [Theory, MemberData(nameof(Names))]
    public void Values_within_the_range_are_accepted_and_others_refused(string name)
    {
        var kind = Find(name).Kind;
        (string[] good, string[] bad) = kind switch
        {
            NumberKind range => (new[] { Text(range.Least), Text(range.Most) },
                new[] { Text(range.Least - 0.01), Text(range.Most + 0.01), "NaN", "Infinity", "1,5", "", "x" }),
            WholeKind range => ([Text(range.Least), Text(range.Most)],
                [Text((decimal)range.Least - 1), Text((decimal)range.Most + 1), "1.5", "0x10", "", "x"]),
            OneOfKind words => ([.. words.Allowed], ["", "xx", words.Allowed[0].ToUpperInvariant()]),
            FlagKind => (["true", "no"], ["", "maybe"]),
            _ => ([], name switch { "negative" => [], "and" => [""], _ => ["", "x"] }),
        };
        Assert.All(good, value => Assert.Null(kind.Refusal(name, value)));
        Assert.All(bad, value => Assert.StartsWith(
            $"bad value for --{name}; ", kind.Refusal($"--{name}", value), StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("stps", "did you mean 'steps'?")]
    [InlineData("upsample-step", "did you mean 'upsample-steps'?")]
    [InlineData("upsample.stps", "did you mean 'steps'?")]
    [InlineData("upsampel.steps", "stages are base, upsample, upsample-2, ...")]
    [InlineData("upsample-1.steps", "stages are base")]
    [InlineData("upsample.clip-scale", "only the base has clip-scale")]
    [InlineData("base.strength", "allowed are sampler, ")]
    public void An_unknown_name_suggests_the_nearest(string name, string expected) =>
        Assert.Contains(expected, Refusal(() => SettingName.Parse(name)), StringComparison.Ordinal);

    [Fact]
    public void Options_of_the_later_stages_set_each_of_them_and_one_stage_takes_precedence()
    {
        var recipe = Apply(s_three, "upsample-2.steps=3", "upsample-steps=7", "base.temperature=0.9", "base.steps=5");
        Assert.Equal(["5", "7", "3"], recipe.Stages.Select(stage => stage.Steps));
        Assert.Equal([0.9, 0.997, 1], recipe.Stages.Select(stage => stage.Temperature));
    }

    [Fact]
    public void A_preset_applies_first_and_a_named_sampler_keeps_its_steps()
    {
        var recipe = Given("upsample-2.sampler=ddim").ApplyTo(s_three, QualityPreset.ForPrompts);
        Assert.Equal(
            ["dpmpp-2m-sde 24", "dpmpp-2m 7", "ddim 100"],
            recipe.Stages.Select(stage => $"{stage.Sampler} {stage.Steps}"));
    }

    [Fact]
    public void Settings_of_a_row_replace_those_of_the_command()
    {
        var command = Given("steps=10", "upsample.steps=5", "no-upsample=true", "negative=a cat");
        var given = command.ReplacedBy(Given("base.steps=20", "upsample-steps=8", "no-upsample=false", "negative="));
        Assert.Equal(["20", "8", "8"], given.ApplyTo(s_three).Stages.Select(stage => stage.Steps));
        Assert.False(given.Has("no-upsample"));
        Assert.False(given.Has("negative"));
        Assert.Empty(given.Contradictions());
    }

    [Theory]
    [InlineData("--stage upsample.eta belongs to the sampler ddim; the stage upsample is sampled", "upsample.eta=0.5")]
    [InlineData("add --stage upsample-2.sampler=heun", "upsample-2.churn=2")]
    [InlineData("with CFG++ the scale is 0 to 1", "upsample.cfgpp=true", "upsample.guidance-scale=2")]
    [InlineData("it has base, upsample, upsample-2; name one of them", "upsample-3.steps=2")]
    [InlineData("bad value for --stage upsample.steps; step plan '0'", "upsample.steps=0")]
    public void What_does_not_fit_a_stage_is_refused(string message, params string[] settings) =>
        Assert.Contains(message, Refusal(() => Apply(s_three, settings)), StringComparison.Ordinal);

    [Theory]
    [InlineData("--no-upsample and --stage upsample.steps contradict", "no-upsample=true", "upsample.steps=2")]
    [InlineData("--steps is given twice, once with --stage", "steps=2", "base.steps=3")]
    public void Contradictions_are_named(string message, params string[] settings) =>
        Assert.StartsWith(message, Assert.Single(Given(settings).Contradictions()), StringComparison.Ordinal);

    [Fact]
    public void CFG_plus_plus_has_a_scale_of_its_own()
    {
        Assert.Equal(0.6, Apply(s_three, "cfgpp=true").Base.GuidanceScale);
        Assert.Equal(0.4, Apply(s_three, "cfgpp=true", "guidance-scale=0.4").Base.GuidanceScale);
    }

    private static string Refusal(Func<object> read) => Assert.Throws<UsageException>(read).Message;

    private static Recipe Apply(Recipe recipe, params string[] settings) => Given(settings).ApplyTo(recipe);

    private static GivenSettings Given(params string[] settings) =>
        new(settings.Select(text => text.Split('=')).Select(parts => (SettingName.Parse(parts[0]), parts[1])));

    private static Setting Find(string name) => All.Single(setting => setting.Name == name);

    private static string Text(IFormattable value) => value.ToString(null, CultureInfo.InvariantCulture);
}

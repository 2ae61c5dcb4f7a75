using System.Globalization;

namespace Glide.Pipelines.Settings;

/// <summary>The settings that a command line or a row of a batch gives, by name, as text.</summary>
internal sealed class GivenSettings
{
    private readonly IReadOnlyList<(SettingName Name, string Text)> _values;

    /// <summary>Collects settings; those of one stage take precedence over those of every later stage.</summary>
    public GivenSettings(IEnumerable<(SettingName Name, string Text)> values) =>
        _values = [.. values.OrderBy(value => value.Name is { IsLater: true, Stage: not null })];

    private GivenSettings(IReadOnlyList<(SettingName Name, string Text)> values) => _values = values;

    public static GivenSettings None { get; } = new(values: []);

    /// <summary>The names, in the order in which they are applied.</summary>
    public IEnumerable<SettingName> Names =>
        _values.Where(value => IsOn(value.Text, value.Name)).Select(value => value.Name);

    /// <summary>These settings, replaced by others where both are given. An empty text takes a setting away.</summary>
    public GivenSettings ReplacedBy(GivenSettings others) => new(
        [.. _values.Where(value => !others._values.Any(other => other.Name == value.Name)),
            .. others._values.Where(value => value.Text.Length > 0)]);

    /// <summary>Whether a setting is given; a flag that is switched off is not.</summary>
    public bool Has(string name) => Text(name) is not null;

    /// <summary>The text of a setting; <c>null</c> if it is not given.</summary>
    public string? Text(string name) =>
        _values.LastOrDefault(value => value.Name.Text == name && IsOn(value.Text, value.Name)).Text;

    /// <summary>The settings of one stage, in the order in which they are applied.</summary>
    /// <param name="place">The stage's place in the recipe.</param>
    public IEnumerable<(SettingName Name, StageSetting Setting, string Text)> OfStage(int place) => _values
        .Where(value => value.Name.AppliesTo(place))
        .Select(value => (value.Name, (StageSetting)value.Name.Setting, value.Text));

    /// <summary>The settings that belong to no single stage.</summary>
    /// <exception cref="UsageException">A value is not allowed.</exception>
    public SamplingSettings Sampling() => _values.Aggregate(new SamplingSettings(), (run, value) =>
        value.Name.Setting is Setting<SamplingSettings> setting ? setting.Set(run, value.Text, value.Name.Label) : run);

    public IEnumerable<string> Faults() => _values.Select(value => value.Name.Setting.Kind.Refusal(
        // A flag takes no value on the command line, so that only a field can be wrong.
        value.Name.Setting.Kind is FlagKind ? value.Name.Text : value.Name.Label, value.Text)).OfType<string>();

    /// <summary>Settings that exclude or need each other. Values need not be valid.</summary>
    public IEnumerable<string> Contradictions()
    {
        var single = _values.Where(value => !value.Name.Setting.IsRepeatable);
        foreach (var twice in single.GroupBy(value => value.Name).Where(same => same.Count() > 1))
            yield return $"{twice.Key.Label} is given twice, once with --stage; leave one out";
        foreach (string fault in WithoutUpsampling())
            yield return fault;
        string kind = Text("guidance") ?? "cfg";
        if (kind == "cfg" && Has("clip-scale"))
            yield return "--clip-scale belongs to CLIP's guidance; add --guidance clip or --guidance both";
        foreach (string name in new[] { "guidance-scale", "negative", SamplingTable.And })
        {
            if (kind == "clip" && Has(name))
            {
                yield return $"--guidance clip and --{name} contradict each other; "
                    + "use --guidance both, or leave one out";
            }
        }
        if (Has("cull") && !Has("best-of"))
            yield return "--cull drops candidates of --best-of; add --best-of N or leave --cull out";
        foreach (string fault in OfGuidanceScale())
            yield return fault;
    }

    /// <summary>Settings that mean nothing without a second stage.</summary>
    public IEnumerable<string> WithoutUpsampling() => Names
        .Where(name => name.IsLater && Has("no-upsample"))
        .Select(later => $"--no-upsample and {later.Label} contradict each other; leave one out");

    private IEnumerable<string> OfGuidanceScale()
    {
        string? text = Text("guidance-scale");
        if (!double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out double scale))
            yield break;
        bool isPlusPlus = Has("cfgpp");
        if (isPlusPlus && scale is < 0 or > 1)
            yield return RecipeChanges.BadPlusPlusScale("--cfgpp", "--guidance-scale", scale);
        foreach (string name in new[] { "negative", "guidance-rescale", "guidance-interval" })
        {
            if (scale == 1 && !isPlusPlus && !Has(SamplingTable.And) && Has(name))
            {
                yield return $"--{name} and --guidance-scale 1 contradict each other; 1 switches guidance off; "
                    + "leave one out";
            }
        }
    }

    private static bool IsOn(string text, SettingName name) =>
        name.Setting.Kind is not FlagKind || FlagKind.Read(text) == true;
}

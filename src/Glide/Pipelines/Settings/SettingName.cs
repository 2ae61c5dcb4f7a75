using System.Globalization;

namespace Glide.Pipelines.Settings;

/// <summary>
/// A name that gives a setting: <c>seed</c> for the run, <c>steps</c> for the base, <c>upsample-steps</c> for every
/// later stage, <c>upsample-2.steps</c> for one stage.
/// </summary>
internal sealed record SettingName
{
    private const string Base = "base";
    private const string Example = "STAGE.SETTING=VALUE, such as upsample.steps=10";

    private SettingName(string text, string label, Setting setting, string? stage)
    {
        (Text, Label, Setting, Stage) = (text, label, setting, stage);
        (Help, Default, Group) = (setting.Help, setting.Default, setting.Group);
    }

    /// <summary>Every name that is an option, in the order of the help.</summary>
    public static IReadOnlyList<SettingName> All { get; } =
    [
        .. SamplingTable.All.Select(setting => new SettingName(setting.Name, $"--{setting.Name}", setting,
            stage: null)),
        .. OfStages(),
    ];

    /// <summary>The names that a sweep can go through, the slowest first; seeds change from image to image.</summary>
    public static IReadOnlyList<SettingName> Axes { get; } =
        [.. All.Where(name => name.Setting.IsAxis).OrderBy(name => name.Text == SamplingTable.Seed)];

    public static IReadOnlyList<string> StageSettings { get; } =
        [.. StageTable.All.Where(setting => setting.Scope != StageScope.InitImage).Select(setting => setting.Name)];

    /// <summary>The name as fields and options have it, without hyphens in front.</summary>
    public string Text { get; }

    public string Label { get; }

    public Setting Setting { get; }

    /// <summary>The stage that it sets; <c>null</c> for the run or for every later stage.</summary>
    public string? Stage { get; }

    public string Help { get; private init; }

    public string? Default { get; private init; }

    public SettingGroup Group { get; private init; }

    /// <summary>Whether it sets something of a stage after the first.</summary>
    public bool IsLater => Setting is StageSetting && Stage != Base;

    /// <summary>Whether it sets something of a stage.</summary>
    /// <param name="place">The stage's place in the recipe.</param>
    public bool AppliesTo(int place) =>
        Setting is StageSetting && (Stage is null ? place > 0 : Recipe.NameOf(place) == Stage);

    /// <summary>The name of an option that sets something of the base.</summary>
    public static SettingName OfBase(StageSetting setting) => new(setting.Name, $"--{setting.Name}", setting, Base);

    /// <summary>The setting of that name; <c>null</c> if there is none.</summary>
    public static SettingName? Find(string name)
    {
        string[] parts = name.Split('.', 2);
        if (parts.Length == 1)
            return All.FirstOrDefault(known => known.Text == name);
        bool isBase = parts[0] == Base;
        var setting = StageTable.All.FirstOrDefault(known => known.Name == parts[1]);
        if (!IsStage(parts[0]) || setting is null or { Scope: StageScope.InitImage })
            return null;
        if (setting.Scope == StageScope.Base && !isBase)
            return null;
        return isBase && setting.HasBaseOption ? OfBase(setting) : new(name, $"--stage {name}", setting, parts[0]);
    }

    /// <summary>The setting of that name.</summary>
    /// <exception cref="UsageException">There is none; the message suggests another name.</exception>
    public static SettingName Parse(string name) => Find(name) ?? throw new UsageException(Unknown(name));

    /// <summary>Reads what follows <c>--stage</c>.</summary>
    /// <exception cref="UsageException">It is not understood, or the value is not allowed.</exception>
    public static (SettingName Name, string Value) ParseAssignment(string text)
    {
        string[] parts = text.Split('=', 2);
        string field = parts[0].Trim().Replace('_', '-');
        if (parts.Length != 2 || !field.Contains('.', StringComparison.Ordinal))
            throw new UsageException($"bad value for --stage; found '{text}'; allowed is {Example}");
        var name = Find(field) ?? throw new UsageException($"bad value for --stage; {Unknown(field)}");
        string value = parts[1].Trim();
        return name.Setting.Kind.Refusal($"--stage {field}", value) is { } refusal
            ? throw new UsageException(refusal)
            : (name, value);
    }

    /// <summary>The end of a message about an unknown name.</summary>
    /// <param name="name">The unknown name.</param>
    /// <param name="allowed">The names without a stage that are allowed.</param>
    public static string Suggest(string name, IReadOnlyList<string> allowed)
    {
        string[] parts = name.Split('.', 2);
        if (parts.Length == 1)
            return NearestName.Suggest(name, allowed);
        if (!IsStage(parts[0]))
            return "stages are base, upsample, upsample-2, ...";
        return Find($"{Base}.{parts[1]}") is not null
            ? $"only the base has {parts[1]}"
            : NearestName.Suggest(parts[1], StageSettings);
    }

    private static string Unknown(string name) =>
        $"there is no setting '{name}'; {Suggest(name, [.. All.Select(known => known.Text)])}";

    private static bool IsStage(string name)
    {
        const string Numbered = "upsample-";
        if (!name.StartsWith(Numbered, StringComparison.Ordinal))
            return name is Base or "upsample";
        string number = name[Numbered.Length..];
        return int.TryParse(number, NumberStyles.None, CultureInfo.InvariantCulture, out int place)
            && Recipe.NameOf(place) == name;
    }

    private static IEnumerable<SettingName> OfStages()
    {
        foreach (var setting in StageTable.All.Where(setting => setting.Scope != StageScope.InitImage))
        {
            if (setting.HasBaseOption)
                yield return OfBase(setting);
            if (setting.Later is { } later)
            {
                yield return new SettingName(later.Name, $"--{later.Name}", setting, stage: null)
                {
                    Help = later.Help,
                    Default = later.Default,
                    Group = SettingGroup.SecondStage,
                };
            }
        }
    }
}

/// <summary>Finds the known name that a misspelled one stands for.</summary>
internal static class NearestName
{
    /// <summary>The nearest known name; <c>null</c> if none is near.</summary>
    public static string? Find(string name, IEnumerable<string> known) => known
        .OrderBy(candidate => Distance(name, candidate))
        .FirstOrDefault(candidate => name.Length > 2 && Distance(name, candidate) <= Math.Max(1, name.Length / 3));

    /// <summary>The end of an error message: the nearest name, or else all of them.</summary>
    public static string Suggest(string name, IReadOnlyList<string> known) =>
        Find(name, known) is { } nearest ? $"did you mean '{nearest}'?" : $"allowed are {string.Join(", ", known)}";

    // Levenshtein distance.
    private static int Distance(string a, string b)
    {
        int[] row = [.. Enumerable.Range(0, b.Length + 1)];
        for (int i = 1; i <= a.Length; i++)
        {
            int diagonal = row[0];
            row[0] = i;
            for (int j = 1; j <= b.Length; j++)
            {
                int substitution = diagonal + (a[i - 1] == b[j - 1] ? 0 : 1);
                diagonal = row[j];
                row[j] = Math.Min(substitution, Math.Min(row[j], row[j - 1]) + 1);
            }
        }
        return row[^1];
    }
}

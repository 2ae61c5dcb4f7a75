using Glide.ModelSets;

namespace Glide.Pipelines.Settings;

/// <summary>The settings of one stage, in the order in which a sweep goes through them.</summary>
internal static class StageTable
{
    private const string ByQuality = "by --quality";

    private static readonly string s_samplers = string.Join(", ", StageRecipe.SamplerNames);
    private static readonly string s_spacings = string.Join(", ", StageRecipe.SpacingNames);
    private static readonly SettingKind s_steps = new TextKind(Checked(StageRecipe.CheckSteps)) { MayBeNumber = true };
    private static readonly SettingKind s_interval = new TextKind(Checked(text => StageRecipe.ReadInterval(text)));

    /// <summary>How much of the steps is made in a run that starts from an image.</summary>
    public static StageSetting Strength { get; } = new(
        "strength", new NumberKind(0, 1), stage => Text(stage.Strength),
        (stage, text) => stage with { Strength = SettingKind.ToNumber(text) })
    {
        Placeholder = "X",
        Help = "How much changes: 0 keeps the image, 1 ignores it.",
        Default = "0.6",
        Group = SettingGroup.Image,
        Scope = StageScope.InitImage,
    };

    /// <summary>ILVR's factor.</summary>
    public static StageSetting KeepStructure { get; } = new(
        "keep-structure", new WholeKind(1, 1024), stage => Text(stage.KeepStructure),
        (stage, text) => stage with { KeepStructure = (int)SettingKind.ToWhole(text) })
    {
        Placeholder = "N",
        Group = SettingGroup.Image,
        Scope = StageScope.InitImage,
        Help = "Keep what survives shrinking the image by N at the base's size (ILVR), such as 4 or 8.",
    };

    public static StageSetting KeepStructureUntil { get; } = new(
        "keep-structure-until", new NumberKind(0, 1), stage => Text(stage.KeepStructureUntil),
        (stage, text) => stage with { KeepStructureUntil = SettingKind.ToNumber(text) })
    {
        Placeholder = "X",
        Help = "Share of the steps, at the end, without it.",
        Default = "0.2",
        Group = SettingGroup.Image,
        Scope = StageScope.InitImage,
    };

    public static IReadOnlyList<StageSetting> All { get; } =
    [
        // A model set may write the name in capitals.
        new("sampler", new OneOfKind(StageRecipe.SamplerNames), stage => stage.Sampler.Trim().ToLowerInvariant(),
            (stage, text) => stage with { Sampler = text })
        {
            Placeholder = "NAME", Help = $"Sampler of the base: {s_samplers}.", Default = ByQuality, IsAxis = true,
            Group = SettingGroup.Sampling,
            Later = new("upsample-sampler", $"Sampler of the upsampler: {s_samplers}.", ByQuality),
        },
        new("spacing", new OneOfKind(StageRecipe.SpacingNames), stage => stage.Spacing,
            (stage, text) => stage with { Spacing = text })
        {
            Placeholder = "NAME", Help = $"Spacing of the base's steps: {s_spacings}.",
            Default = "depends on the sampler", IsAxis = true, Group = SettingGroup.Sampling,
            Later = new("upsample-spacing", "As --spacing, for the upsampler."),
        },
        new("steps", s_steps, stage => stage.Steps, (stage, text) => stage with { Steps = text })
        {
            Placeholder = "PLAN", Help = "Steps of the base: 100, ddim50, 10,10,3,2,2 or fast27.", IsAxis = true,
            Group = SettingGroup.Sampling,
            Default = ByQuality + "; 100 for ddpm and ddim where only --sampler is given",
            Later = new("upsample-steps", "Steps of the upsampler, as for --steps.",
                ByQuality + "; fast27 for ddpm and ddim where only --upsample-sampler is given"),
        },
        new("eta", NumberKind.Of(StageSettings.EtaRange), stage => SettingKind.Text(stage.Eta),
            (stage, text) => stage with { Eta = SettingKind.ToNumber(text) })
        {
            Placeholder = "X", Help = "Noise of ddim, 0 to 1.", Default = "0", IsAxis = true,
            Group = SettingGroup.Sampling,
        },
        new("churn", new NumberKind(0, 1000), stage => SettingKind.Text(stage.Churn),
            (stage, text) => stage with { Churn = SettingKind.ToNumber(text) })
        {
            Placeholder = "X", Help = "Noise that heun adds before every step of the base.", Default = "0",
            IsAxis = true, Group = SettingGroup.Sampling,
        },
        new("threshold", new TextKind(Checked(StageRecipe.CheckThreshold)), stage => stage.Threshold,
            (stage, text) => stage with { Threshold = text })
        {
            Placeholder = "RULE", IsAxis = true, Default = "static", Group = SettingGroup.Sampling,
            Help = "Brings the base's colors into range: static clamps; dynamic, dynamic:QUANTILE or "
                + "dynamic:QUANTILE:CAP scales each image.",
            Later = new("upsample-threshold", "As --threshold, for the upsampler."),
        },
        new("guidance-rescale", new NumberKind(0, 1), stage => SettingKind.Text(stage.GuidanceRescale),
            (stage, text) => stage with { GuidanceRescale = SettingKind.ToNumber(text) })
        {
            Placeholder = "X", Default = "0", IsAxis = true, Group = SettingGroup.Guidance,
            Help = "Brings the guided noise back to the spread of the unguided, 0 to 1.",
        },
        new("reuse", new WholeKind(1, 1000), stage => Text(stage.Reuse),
            (stage, text) => stage with { Reuse = (int)SettingKind.ToWhole(text) })
        {
            Placeholder = "N", Default = "1", IsAxis = true, Group = SettingGroup.Sampling,
            Help = "Computes the deep part of the base network in every N-th pass only.",
            Later = new("upsample-reuse", "As --reuse, for the upsampler."),
        },
        new("temperature", NumberKind.Of(StageSettings.TemperatureRange),
            stage => SettingKind.Text(stage.Temperature),
            (stage, text) => stage with { Temperature = SettingKind.ToNumber(text) })
        {
            Placeholder = "X", Help = "Factor on the first noise.", IsAxis = true, HasBaseOption = false,
            Group = SettingGroup.Sampling,
            Later = new("upsample-temp", "Factor on the upsampler's first noise.", "0.997"),
        },
        new("clip-scale", NumberKind.Of(StageSettings.ClipScaleRange), stage => Text(stage.ClipScale),
            (stage, text) => stage with { ClipScale = SettingKind.ToNumber(text) })
        {
            Placeholder = "X", Help = "How strongly CLIP guides; 0 switches it off.", IsAxis = true,
            Default = SettingKind.Text(StageRecipe.DefaultClipScale), Group = SettingGroup.Guidance,
            Scope = StageScope.Base,
        },
        new("guidance-scale", NumberKind.Of(StageSettings.GuidanceScaleRange),
            stage => SettingKind.Text(stage.GuidanceScale),
            (stage, text) => stage with { GuidanceScale = SettingKind.ToNumber(text) })
        {
            Placeholder = "X", ShortName = "-g", Default = "from the recipe, 3", IsAxis = true,
            Help = "How strongly the image follows the prompt; 1 switches guidance off.", Group = SettingGroup.Guidance,
        },
        new("guidance-interval", s_interval, stage => stage.GuidanceInterval,
            (stage, text) => stage with { GuidanceInterval = StageRecipe.ReadInterval(text) })
        {
            Placeholder = "LO:HI", Help = "Part of the steps that is guided; the others cost half.", Default = "0:1",
            Group = SettingGroup.Guidance,
        },
        new("cfgpp", new FlagKind(), stage => FlagKind.Text(stage.CfgPlusPlus),
            (stage, text) => stage with { CfgPlusPlus = FlagKind.Read(text) == true })
        {
            Help = "CFG++ in place of plain guidance; --guidance-scale is then 0 to 1, by default 0.6.",
            Group = SettingGroup.Guidance,
        },
        Strength, KeepStructure, KeepStructureUntil,
    ];

    private static string? Text(double? value) => value is { } number ? SettingKind.Text(number) : null;

    private static Func<string, string?> Checked(Action<string> check) => text =>
    {
        check(text);
        return null;
    };
}

/// <summary>A setting of a stage.</summary>
internal sealed record StageSetting(
    string Name, SettingKind Kind, Func<StageRecipe, string?> Get, Func<StageRecipe, string, StageRecipe> With)
    : Setting<StageRecipe>(Name, Kind, Get, With)
{
    /// <summary>Whether an option of the same name sets it for the base.</summary>
    public bool HasBaseOption { get; init; } = true;

    /// <summary>The option that sets it for every stage after the first; <c>null</c> for none.</summary>
    public LaterOption? Later { get; init; }

    public StageScope Scope { get; init; }
}

/// <summary>An option for every stage after the first.</summary>
internal sealed record LaterOption(string Name, string Help, string? Default = null);

/// <summary>Which stages have a setting.</summary>
internal enum StageScope
{
    Every,

    Base,

    /// <summary>The base of a run that starts from an image.</summary>
    InitImage,
}

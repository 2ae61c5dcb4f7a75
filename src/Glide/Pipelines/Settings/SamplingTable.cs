using System.Globalization;

namespace Glide.Pipelines.Settings;

/// <summary>The settings of a run that belong to no single stage.</summary>
internal static class SamplingTable
{
    /// <summary>Name of the setting that commands choose themselves if it is not given.</summary>
    public const string Seed = "seed";

    /// <summary>All settings.</summary>
    public static IReadOnlyList<Setting<SamplingSettings>> All { get; } =
    [
        new("count", new WholeKind(1, 100_000), run => Text(run.Count),
            (run, text) => run with { Count = (int)SettingKind.ToWhole(text) })
        {
            Placeholder = "N", ShortName = "-n", Help = "Images per prompt, with seeds S, S+1, ...", Default = "1",
            Group = SettingGroup.Image,
        },
        new(Seed, new WholeKind(0, long.MaxValue), run => Text(run.Seed),
            (run, text) => run with { Seed = SettingKind.ToWhole(text) })
        {
            Placeholder = "S", ShortName = "-s", Help = "0 to 2^63-1.", IsAxis = true,
            Default = "random, printed and stored in the image", Group = SettingGroup.Image,
        },
        new("negative", new TextKind(), run => run.Negative, (run, text) => run with { Negative = text })
        {
            Placeholder = "PROMPT", Group = SettingGroup.Image,
            Help = "What the image shall not show; stands in place of the empty prompt.",
        },
        new("quality", new OneOfKind(QualityPreset.Names), run => run.Quality?.Name,
            (run, text) => run with { Quality = QualityPreset.Parse(text) })
        {
            Placeholder = "NAME", IsAxis = true, Group = SettingGroup.Sampling,
            Help = $"Samplers and steps, base + upsampler: {string.Join("; ", QualityPreset.All)}.",
            Default = $"{QualityPreset.ForPrompts.Name} for images from prompts alone, "
                + "paper for those from other images",
        },
        new("guidance", new OneOfKind(["cfg", "clip", "both"]), run => run.Guidance.ToString().ToLowerInvariant(),
            (run, text) => run with { Guidance = Enum.Parse<GuidanceKind>(text, ignoreCase: true) })
        {
            Placeholder = "KIND", Default = "cfg", Group = SettingGroup.Guidance,
            Help = "cfg: the network with and without the prompt; clip: the gradient of CLIP's score; both.",
        },
        new("best-of", new WholeKind(1, 100_000), run => Text(run.BestOf),
            (run, text) => run with { BestOf = (int)SettingKind.ToWhole(text) })
        {
            Placeholder = "N", Group = SettingGroup.Image,
            Help = "Draw N small images per prompt, with seeds S, S+1, ..., and finish the --count that CLIP scores "
                + "highest.",
        },
        new("cull", new TextKind(CheckCull), run => run.Cull?.ToString(),
            (run, text) => run with { Cull = EarlyPruning.Parse(text) })
        {
            Placeholder = "SHARE@AT", Group = SettingGroup.Image,
            Help = "With --best-of: drop that share of the candidates when that part of the steps is done, by the "
                + "score of the noisy images. 0.5@0.4 drops the worse half at 40 %.",
        },
        new("no-upsample", new FlagKind(), run => FlagKind.Text(run.NoUpsample),
            (run, text) => run with { NoUpsample = FlagKind.Read(text) == true })
        {
            Help = "Write the base image without enlarging it.", Group = SettingGroup.SecondStage,
        },
    ];

    private static string? Text(long? value) => value?.ToString(CultureInfo.InvariantCulture);

    private static string? CheckCull(string text)
    {
        _ = EarlyPruning.Parse(text);
        return null;
    }
}

using System.CommandLine.Parsing;
using System.CommandLine;
using System.Globalization;
using Glide.Pipelines;

namespace Glide.Cli.Options;

/// <summary>The finer settings of sampling and guidance, and the presets of both stages.</summary>
internal sealed class SolverOptions
{
    // Chung et al. 2024 use 0.6 where plain guidance uses 7.5.
    private const double CfgPlusPlusScale = 0.6;

    private readonly Option<string?> _quality = OptionValues.OneOf("--quality", [], "NAME",
        $"Samplers and steps, base + upsampler: {string.Join("; ", QualityPreset.All)}. Default: {QualityPreset.ForPrompts.Name} for images from prompts alone, paper for those from other images.", QualityPreset.Names);
    private readonly Option<string?> _spacing = Spacing("--spacing", $"Where the base's steps lie: {string.Join(", ", StageRecipe.SpacingNames)}. Default: as suits the sampler.");
    private readonly Option<string?> _upsampleSpacing = Spacing("--upsample-spacing", "The same for the upsampler.");
    private readonly Option<double?> _churn = OptionValues.Number("--churn", [], "X", "Noise that heun adds before every step of the base. Default: 0.", 0, 1000);
    private readonly Option<string?> _threshold = Threshold("--threshold", "Brings the base's colours into range: static clamps; dynamic, dynamic:QUANTILE or dynamic:QUANTILE:CAP scales each image. Default: static.");
    private readonly Option<string?> _upsampleThreshold = Threshold("--upsample-threshold", "The same for the upsampler.");
    private readonly Option<double?> _rescale = OptionValues.Number("--guidance-rescale", [], "X", "Brings the guided noise back to the spread of the unguided, 0 to 1. Default: 0.", 0, 1);
    private readonly Option<string?> _interval = OptionValues.Text("--guidance-interval", [], "LO:HI",
        "Part of the steps that is guided; the others cost half. Default: 0:1.",
        text =>
        {
            _ = StageRecipe.ReadInterval(text);
            return null;
        });
    private readonly Option<bool> _cfgPlusPlus = OptionValues.Flag("--cfgpp", "CFG++ in place of plain guidance; --guidance-scale is then 0 to 1. Default there: 0.6.");
    private readonly Option<long?> _reuse = Reuse("--reuse", "Computes the deep part of the base network in every N-th pass only. Default: 1.");
    private readonly Option<long?> _upsampleReuse = Reuse("--upsample-reuse", "The same for the upsampler.");

    /// <summary>Options that mean nothing without a second stage.</summary>
    public IReadOnlyList<Option> OfUpsampler => [_upsampleSpacing, _upsampleThreshold, _upsampleReuse];

    /// <summary>Adds the options to a command.</summary>
    /// <param name="command">The command.</param>
    /// <param name="guidanceScale">The scale that contradicts some of them.</param>
    /// <param name="negative">What needs guidance too.</param>
    public void AddTo(Command command, Option<double?> guidanceScale, Option<string?> negative)
    {
        command.Add(_quality);
        command.Add(_spacing);
        command.Add(_upsampleSpacing);
        command.Add(_churn);
        command.Add(_threshold);
        command.Add(_upsampleThreshold);
        command.Add(_rescale);
        command.Add(_interval);
        command.Add(_cfgPlusPlus);
        command.Add(_reuse);
        command.Add(_upsampleReuse);
        command.Validators.Add(result => RefuseContradictions(result, guidanceScale, negative));
    }

    /// <summary>The preset by the user's wish; <c>null</c> where there is none.</summary>
    public QualityPreset? Quality(ParseResult parsed) => parsed.GetValue(_quality) is { } name ? QualityPreset.Parse(name) : null;

    /// <summary>The base stage with the user's changes.</summary>
    /// <param name="parsed">The command line.</param>
    /// <param name="stage">The stage, with the user's sampler.</param>
    /// <param name="scaleIsGiven">Whether the guidance scale is the user's.</param>
    /// <exception cref="UsageException">The sampler has no churn.</exception>
    public StageRecipe ApplyToBase(ParseResult parsed, StageRecipe stage, bool scaleIsGiven)
    {
        double churn = parsed.GetValue(_churn) ?? stage.Churn;
        if (churn > 0 && stage.Sampler != "heun")
            throw new UsageException($"--churn belongs to the sampler heun; the base is sampled with {stage.Sampler}; add --sampler heun or leave --churn out");
        bool plusPlus = parsed.GetValue(_cfgPlusPlus) || stage.CfgPlusPlus;
        return stage with
        {
            Spacing = parsed.GetValue(_spacing) ?? stage.Spacing,
            Churn = churn,
            Threshold = parsed.GetValue(_threshold) ?? stage.Threshold,
            GuidanceRescale = parsed.GetValue(_rescale) ?? stage.GuidanceRescale,
            GuidanceInterval = parsed.GetValue(_interval) is { } interval ? StageRecipe.ReadInterval(interval) : stage.GuidanceInterval,
            CfgPlusPlus = plusPlus,
            GuidanceScale = plusPlus && !scaleIsGiven ? CfgPlusPlusScale : stage.GuidanceScale,
            Reuse = (int?)parsed.GetValue(_reuse) ?? stage.Reuse,
        };
    }

    /// <summary>The upsampler with the user's changes.</summary>
    public StageRecipe ApplyToUpsampler(ParseResult parsed, StageRecipe stage) => stage with
    {
        Spacing = parsed.GetValue(_upsampleSpacing) ?? stage.Spacing,
        Threshold = parsed.GetValue(_upsampleThreshold) ?? stage.Threshold,
        Reuse = (int?)parsed.GetValue(_upsampleReuse) ?? stage.Reuse,
    };

    private void RefuseContradictions(CommandResult result, Option<double?> guidanceScale, Option<string?> negative)
    {
        bool plusPlus = result.GetValue(_cfgPlusPlus);
        // From the text: asking for the value of an option that was refused throws.
        if (result.GetResult(guidanceScale)?.Tokens is not [var token] ||
            !double.TryParse(token.Value, NumberStyles.Float, CultureInfo.InvariantCulture, out double scale))
            return;
        if (plusPlus && scale is (< 0 or > 1))
            result.AddError($"--cfgpp and --guidance-scale {Show(scale)} contradict each other; with CFG++ the scale is 0 to 1; try 0.6");
        foreach (var option in new Option[] { negative, _rescale, _interval })
        {
            if (scale == 1 && !plusPlus && result.GetResult(option) is { Implicit: false })
                result.AddError($"{option.Name} and --guidance-scale 1 contradict each other; 1 switches guidance off; leave one out");
        }
    }

    private static string Show(double value) => value.ToString(CultureInfo.InvariantCulture);

    private static Option<string?> Spacing(string name, string description) =>
        OptionValues.OneOf(name, [], "NAME", description, StageRecipe.SpacingNames);

    private static Option<string?> Threshold(string name, string description) =>
        OptionValues.Text(name, [], "RULE", description, text =>
        {
            StageRecipe.CheckThreshold(text);
            return null;
        });

    private static Option<long?> Reuse(string name, string description) =>
        OptionValues.Whole(name, [], "N", description, 1, 1000);
}

using Glide.Diffusion.Samplers;
using Glide.ModelSets;

namespace Glide.Pipelines.Settings;

/// <summary>Changes a recipe by the settings that are given, and checks one from a file.</summary>
internal static class RecipeChanges
{
    // Chung et al. 2024 use 0.6 where plain guidance uses 7.5.
    private const double PlusPlusScale = 0.6;

    /// <summary>The recipe with the given settings: first the preset, then single settings. All stages stay.</summary>
    /// <param name="given">The settings.</param>
    /// <param name="recipe">A model set's.</param>
    /// <param name="preset">The preset if none is given; <c>null</c> for the recipe's own samplers and steps.</param>
    /// <param name="models">The model set, where size and repetition can be chosen; <c>null</c> where another image
    /// decides them.</param>
    /// <exception cref="UsageException">A value is not allowed, or does not fit the stage.</exception>
    public static Recipe ApplyTo(
        this GivenSettings given, Recipe recipe, QualityPreset? preset = null, ModelSet? models = null)
    {
        var run = given.Sampling();
        RefuseMissingStages(given, recipe);
        var basis = run.Quality?.Apply(recipe)
            ?? preset?.ApplyUnnamed(recipe, SamplerOf)
            ?? recipe;
        return Shaped(Recipe.Of([.. basis.Stages.Select((stage, place) => Apply(given, run, stage, place))]), run,
            models);

        string? SamplerOf(int place) =>
            given.OfStage(place).LastOrDefault(value => value.Setting.Name == "sampler").Text;
    }

    /// <summary>Checks that a recipe from a file asks for nothing that no option could ask for.</summary>
    /// <exception cref="UsageException">It does; the message has file, field, value found and values
    /// allowed.</exception>
    public static void Check(Recipe recipe, string file)
    {
        if (recipe.Stages.Count == 0)
        {
            throw new UsageException(
                $"'{file}' has settings that are not allowed; found a recipe without stages; allowed is one or more");
        }
        for (int place = 0; place < recipe.Stages.Count; place++)
        {
            var stage = recipe.Stages[place];
            foreach (var setting in StageTable.All)
                Check(setting, stage, $"{Recipe.NameOf(place)}.{setting.Name}", file);
            // Settings of the run, which every stage has in a form of its own.
            Check(SamplingTable.Size.Kind, stage.Size, $"{Recipe.NameOf(place)}.{SamplingTable.Size.Name}", file);
            Check(SamplingTable.Tile.Kind, stage.Tile, $"{Recipe.NameOf(place)}.{SamplingTable.Tile.Name}", file);
        }
    }

    /// <summary>The same of the settings that belong to no stage.</summary>
    /// <inheritdoc cref="Check(Recipe, string)"/>
    public static void Check(SamplingSettings run, string file)
    {
        foreach (var setting in SamplingTable.All)
            Check(setting, run, setting.Name, file);
    }

    /// <summary>The message about a scale that CFG++ does not take.</summary>
    public static string BadPlusPlusScale(string plusPlus, string label, double scale) =>
        $"{plusPlus} and {label} {SettingKind.Text(scale)} contradict each other; "
        + "with CFG++ the scale is 0 to 1; try 0.6";

    private static Recipe Shaped(Recipe recipe, SamplingSettings run, ModelSet? models)
    {
        if (run.Size is null && run.Tile is null)
            return recipe;
        if (models is null)
        {
            throw new UsageException(
                $"{(run.Size is null ? "--tile" : "--size")} is for images from prompts and for 'glide edit'; here the "
                    + "image that is worked on decides; leave it out");
        }
        var shaped = run.Size is { } size ? CascadeSizes.Of(models, recipe).Apply(recipe, size, "--size") : recipe;
        if (shaped.Base.Size is { } changed && (shaped.Base.ClipScale is > 0 || run.Cull is not null))
        {
            string clip = shaped.Base.ClipScale is > 0 ? "--guidance clip and both" : "--cull";
            throw new UsageException(
                $"--size and {clip} contradict each other; CLIP sees noisy images of the base's own size only and "
                    + $"these would have {changed} pixels; leave one out");
        }
        return run.Tile is null
            ? shaped
            : Recipe.Of([.. shaped.Stages.Select(stage => stage with { Tile = run.Tile })]);
    }

    private static void Check<T>(Setting<T> setting, T record, string label, string file) =>
        Check(setting.Kind, setting.Get(record), label, file);

    private static void Check(SettingKind kind, string? text, string label, string file)
    {
        if (text is not null && kind.Refusal(label, text) is { } refusal)
            throw new UsageException($"'{file}' has settings that are not allowed; {refusal}");
    }

    private static StageRecipe Apply(GivenSettings given, SamplingSettings run, StageRecipe stage, int place)
    {
        var values = given.OfStage(place).ToList();
        foreach (var (name, setting, text) in values)
            stage = setting.Set(stage, text, name.Label);
        if (place == 0 && run.Guidance != GuidanceKind.Cfg)
            stage = stage with { ClipScale = stage.ClipScale ?? StageRecipe.DefaultClipScale };
        if (place == 0 && run.Guidance == GuidanceKind.Clip)
            stage = stage with { GuidanceScale = 1 };
        string? scaleLabel = LabelOf("guidance-scale");
        if (stage.CfgPlusPlus && scaleLabel is null)
            stage = stage with { GuidanceScale = PlusPlusScale };
        if (stage.CfgPlusPlus && stage.GuidanceScale is < 0 or > 1 && LabelOf("cfgpp") is { } plusPlus)
            throw new UsageException(BadPlusPlusScale(plusPlus, scaleLabel!, stage.GuidanceScale));
        if (stage.Eta > 0 && LabelOf("eta") is { } eta)
            Require(eta, kind => kind.TakesEta);
        if (stage.Churn > 0 && LabelOf("churn") is { } churn)
            Require(churn, kind => kind.TakesChurn);
        return stage;

        string? LabelOf(string setting) => values.LastOrDefault(value => value.Setting.Name == setting).Name?.Label;

        void Require(string label, Func<SamplerKind, bool> takes)
        {
            if (takes(SamplerFactory.Parse(stage.Sampler)))
                return;
            string sampler = SamplerFactory.Kinds.First(takes).Name;
            string sampled = place == 0 ? "the base" : $"the stage {Recipe.NameOf(place)}";
            string remedy = place == 0 ? $"--sampler {sampler}" : $"--stage {Recipe.NameOf(place)}.sampler={sampler}";
            throw new UsageException(
                $"{label} belongs to the sampler {sampler}; {sampled} is sampled with {stage.Sampler}; "
                + $"add {remedy} or leave {label} out");
        }
    }

    private static void RefuseMissingStages(GivenSettings given, Recipe recipe)
    {
        if (given.Names.FirstOrDefault(name => name.Stage is { } stage && recipe.IndexOf(stage) < 0) is not { } missing)
            return;
        string stages = string.Join(", ", Enumerable.Range(0, recipe.Stages.Count).Select(Recipe.NameOf));
        throw new UsageException(
            $"{missing.Label} names a stage that the recipe does not have; it has {stages}; name one of them");
    }
}

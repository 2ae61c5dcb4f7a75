using System.Globalization;
using System.Text.Json.Nodes;
using Glide.ModelSets;
using Glide.Pipelines;
using Glide.Pipelines.Settings;
using Glide.Server.Jobs;

namespace Glide.Server.Gallery;

/// <summary>The fields of a job that makes an image like one that is there.</summary>
/// <param name="models">Has the recipes that the fields change.</param>
internal sealed class ImageSettings(ModelSet models)
{
    private const string Sampler = "sampler", Steps = "steps", CfgPlusPlus = "cfgpp", Scale = "guidance-scale",
        Strength = "strength";

    // JavaScript's numbers are exact up to here.
    private const long MostExact = 1L << 53;

    // Naming one of them changes the default of another, which is then given too.
    private static readonly (string Named, string Moves)[] s_moves = [(Sampler, Steps), (CfgPlusPlus, Scale)];

    /// <summary>The fields, by the names that a job's schema has.</summary>
    public JsonObject Of(ImageMetadata record)
    {
        var fields = new JsonObject { ["seed"] = record.Seed <= MostExact ? record.Seed : $"{record.Seed}" };
        Add(fields, "negative", record.Negative.Length > 0 ? record.Negative : null);
        Add(fields, "and", record.And);
        var usual = Usual(record);
        var stages = record.Recipe.Stages;
        for (int place = 0; place < stages.Count && record.Task != JobTasks.Upscale; place++)
            AddStage(fields, place, stages[place], usual.Stages.ElementAtOrDefault(place));
        bool isBaseAlone = stages.Count == 1 && usual.Stages.Count > 1 && record.Task != JobTasks.Upscale;
        if (isBaseAlone)
            fields["no_upsample"] = true;
        AddGuidance(fields, record.Recipe.Base);
        Add(fields, "tile", record.Recipe.Base.Tile);
        if (record.Recipe.Base.Size is { } size && record.Task == JobTasks.Sample)
            fields["size"] = isBaseAlone ? Finished(size) : $"{record.Width}x{record.Height}";
        return fields;
    }

    private Recipe Usual(ImageMetadata record)
    {
        string task = models.Recipes.ContainsKey(record.Task) ? record.Task : JobTasks.Sample;
        return GivenSettings.None.ApplyTo(
            Recipe.For(models, task), record.Task == JobTasks.Sample ? QualityPreset.ForPrompts : null);
    }

    // The size of the whole cascade whose base has a size.
    private string Finished(string baseSize)
    {
        var sides = CascadeSizes.UsualSides(models, Recipe.For(models, JobTasks.Sample));
        var size = ImageSize.Parse(baseSize);
        int factor = sides[^1] / sides[0];
        return new ImageSize(size.Width * factor, size.Height * factor).ToString();
    }

    private static void AddStage(JsonObject fields, int place, StageRecipe stage, StageRecipe? usual)
    {
        if (usual is null)
            return;
        var changed = StageTable.All
            .Where(setting => setting.Get(stage) is { } text && text != setting.Get(usual)
                && (place == 0 || setting.Scope == StageScope.Every)
                && (setting.Scope != StageScope.InitImage || setting.Name == Strength))
            .Select(setting => setting.Name).ToHashSet();
        foreach (var (named, moves) in s_moves)
        {
            if (changed.Contains(named))
                changed.Add(moves);
        }
        foreach (var setting in StageTable.All.Where(setting => changed.Contains(setting.Name)))
            Add(fields, FieldOf(setting, place), setting.Get(stage));
    }

    private static string FieldOf(StageSetting setting, int place)
    {
        if (place == 0)
            return setting.HasBaseOption ? setting.Name : $"base.{setting.Name}";
        return place == 1 && setting.Later is { } later ? later.Name : $"{Recipe.NameOf(place)}.{setting.Name}";
    }

    private static void AddGuidance(JsonObject fields, StageRecipe stage)
    {
        if (stage.ClipScale is not > 0)
            return;
        bool isClipAlone = stage.GuidanceScale == 1;
        fields["guidance"] = isClipAlone ? "clip" : "both";
        if (isClipAlone)
            fields.Remove("guidance_scale");
    }

    private static void Add(JsonObject fields, string name, string? text)
    {
        if (text is null)
            return;
        bool isNumber = double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out double number)
            && SettingKind.Text(number) == text;
        fields[name.Replace('-', '_')] = text is "true" or "false" ? text == "true" : isNumber ? number : text;
    }
}

using System.Globalization;
using System.Text.Json.Nodes;
using Glide.Pipelines;
using Glide.Pipelines.Planning;

namespace Glide.Cli.Output;

/// <summary>The pictures of one recipe in a forecast.</summary>
/// <param name="Work">What is to be made.</param>
/// <param name="Cost">What was measured.</param>
internal sealed record ForecastPart(RunWork Work, RunCost Cost)
{
    /// <summary>Writes its lines.</summary>
    public void Print(TextWriter output)
    {
        output.WriteLine($"pictures   {Work.Finished} of {Cost.Width}x{Cost.Width}, up to {Cost.Base.BatchSize} together");
        if (Cost.Scoring is { } scoring)
        {
            string culled = Work.Cull is null ? "" : $", {Work.Drawn} drawn to the end";
            output.WriteLine(string.Create(CultureInfo.InvariantCulture, $"candidates {Work.Begun}{culled}; {Work.Scores} scores by CLIP of {scoring.ScoreSeconds:0.000} s"));
        }
        PrintStage(output, "base", Cost.Base, Work.Recipe.Base, Work.BasePasses);
        if (Cost.Upsample is not null)
            PrintStage(output, "upsample", Cost.Upsample, Work.Recipe.Upsample!, Work.UpsamplePasses);
    }

    /// <summary>The same as an object.</summary>
    public JsonObject ToJson() => new()
    {
        ["pictures"] = Work.Finished,
        ["candidates"] = Work.Begun,
        ["drawn"] = Work.Drawn,
        ["width"] = Cost.Width,
        ["batch_size"] = Cost.Base.BatchSize,
        ["base"] = ToJson(Cost.Base, Work.Recipe.Base, Work.BasePasses),
        ["upsample"] = Cost.Upsample is null ? null : ToJson(Cost.Upsample, Work.Recipe.Upsample!, Work.UpsamplePasses),
        ["scoring"] = Cost.Scoring is not { } scoring ? null : new JsonObject
        {
            ["scores"] = Work.Scores,
            ["seconds_per_score"] = Math.Round(scoring.ScoreSeconds, 4),
            ["load_seconds"] = Math.Round(scoring.LoadSeconds, 3),
        },
    };

    private static void PrintStage(TextWriter output, string name, StageCost cost, StageRecipe recipe, long passes) => output.WriteLine(string.Create(
        CultureInfo.InvariantCulture,
        $"{name,-10} {passes} passes ({recipe.CountPasses()} a picture), {cost.PassSeconds:0.000} s for {cost.BatchSize}; {recipe.Sampler} {recipe.Steps}, network {cost.Network}"));

    private static JsonObject ToJson(StageCost cost, StageRecipe recipe, long passes) => new()
    {
        ["network"] = cost.Network,
        ["passes"] = recipe.CountPasses(),
        ["picture_passes"] = passes,
        ["batch_size"] = cost.BatchSize,
        ["seconds_per_pass"] = Math.Round(cost.PassSeconds, 4),
        ["load_seconds"] = Math.Round(cost.LoadSeconds, 3),
    };
}

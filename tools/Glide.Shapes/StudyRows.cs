using System.Text.Json.Nodes;
using Glide.Pipelines;

namespace Glide.Shapes;

/// <summary>
/// What <see cref="PairStudy"/> compares, as rows for <c>glide batch</c>: images of one prompt and seed in several
/// ways.
/// </summary>
internal static class StudyRows
{
    private const int OneShape = 60;
    private const int TwoShapes = 36;
    private const int Batch = 8;
    private const int OneShapeInBatch = 5;
    private const int Repetitions = 18;

    // Every image begins from a noise of its own: images of one seed have their faults in common.
    private const int FirstSeed = 4000;
    private const int FirstEnlargedSeed = 3000;

    // Mixed in every batch, so that a study that was stopped is one of both kinds.
    private static IReadOnlyList<string[]> Batches { get; } =
        [.. Enumerable.Range(0, OneShape / OneShapeInBatch).Select(batch => Enumerable.Range(0, Batch)
            .Select(place => place < OneShapeInBatch
                ? ShapePrompt.One((batch * OneShapeInBatch) + place)
                : ShapePrompt.Two((batch * TwoShapes / (OneShape / OneShapeInBatch)) + place - OneShapeInBatch))
            .Select(prompt => prompt.Text).ToArray())];

    /// <summary>
    /// Whether this is the name of a preset, or of a sampler of the base with its steps: <c>unipc-20</c>.
    /// </summary>
    public static bool IsWay(string name) =>
        QualityPreset.Names.Contains(name) || (name.LastIndexOf('-') is > 0 and int cut
            && StageRecipe.SamplerNames.Contains(name[..cut]));

    /// <summary>Base images of 96 prompts, eighteen times over with seeds of their own, in some ways.</summary>
    public static IEnumerable<string> Ways(IReadOnlyList<string> names) =>
        from repetition in Enumerable.Range(0, Repetitions)
        from batch in Enumerable.Range(0, Batches.Count)
        from name in names
        from place in Enumerable.Range(0, Batch)
        select Row(batch, place, FirstSeed + (repetition * Batches.Count * Batch), name, row =>
        {
            if (QualityPreset.Names.Contains(name))
                row["quality"] = name;
            else
                (row["sampler"], row["steps"]) = (name[..name.LastIndexOf('-')], name[(name.LastIndexOf('-') + 1)..]);
            row["no-upsample"] = true;
        });

    /// <summary>
    /// The same base image of each of the 96 prompts, enlarged as published and as the preset <c>normal</c> does.
    /// </summary>
    public static IEnumerable<string> Upsamplers() =>
        from batch in Enumerable.Range(0, Batches.Count)
        from way in new[] { ("ddim", "fast27"), ("dpmpp-2m", "7") }
        from place in Enumerable.Range(0, Batch)
        select Row(batch, place, FirstEnlargedSeed, $"{way.Item1}-{way.Item2}", row =>
        {
            row["quality"] = "normal";
            row["upsample-sampler"] = way.Item1;
            row["upsample-steps"] = way.Item2;
        });

    private static string Row(int batch, int place, int firstSeed, string name, Action<JsonObject> set)
    {
        int image = (batch * Batch) + place;
        var row = new JsonObject { ["prompt"] = Batches[batch][place], ["seed"] = firstSeed + image };
        set(row);
        row["output"] = $"{name}-{image + 1:00}-{firstSeed + image}.png";
        return row.ToJsonString();
    }
}

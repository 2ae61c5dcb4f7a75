using System.Text.Json.Nodes;
using Glide.Pipelines;

namespace Glide.ClipTraining;

/// <summary>What <see cref="PairStudy"/> compares, as rows for <c>glide batch</c>: pictures of one prompt and seed in several ways.</summary>
internal static class StudyRows
{
    private const int OneShape = 60;
    private const int TwoShapes = 36;
    private const int Batch = 8;
    private const int OneShapeInBatch = 5;
    private const int Seeds = 3;

    // Of seed 1 alone; a base picture costs a third of a cascade.
    private const int Cascades = 6;

    // Mixed in every batch, so that a study that was stopped is one of both kinds.
    private static IReadOnlyList<string[]> Batches { get; } =
        [.. Enumerable.Range(0, OneShape / OneShapeInBatch).Select(batch => Enumerable.Range(0, Batch)
            .Select(place => place < OneShapeInBatch
                ? ShapePrompt.One((batch * OneShapeInBatch) + place)
                : ShapePrompt.Two((batch * TwoShapes / (OneShape / OneShapeInBatch)) + place - OneShapeInBatch))
            .Select(prompt => prompt.Text).ToArray())];

    /// <summary>Whether this is the name of a preset, or of a sampler of the base with its steps: <c>unipc-20</c>.</summary>
    public static bool IsWay(string name) =>
        QualityPreset.Names.Contains(name) || (name.LastIndexOf('-') is > 0 and int cut && StageRecipe.SamplerNames.Contains(name[..cut]));

    /// <summary>96 prompts in some ways: 48 of them as whole cascades with seed 1, all as base pictures with seeds 2 and 3.</summary>
    public static IEnumerable<string> Ways(IReadOnlyList<string> names) =>
        from seed in Enumerable.Range(1, Seeds)
        from batch in Enumerable.Range(0, seed == 1 ? Cascades : Batches.Count)
        from name in names
        from place in Enumerable.Range(0, Batch)
        select Row(batch, place, seed, name, row =>
        {
            if (QualityPreset.Names.Contains(name))
                row["quality"] = name;
            else
                (row["sampler"], row["steps"]) = (name[..name.LastIndexOf('-')], name[(name.LastIndexOf('-') + 1)..]);
            if (seed > 1)
                row["no-upsample"] = true;
        });

    /// <summary>The first eight prompts' base pictures enlarged in several ways: by 250 steps of DDIM, as published, and as the shorter presets do.</summary>
    public static IEnumerable<string> Upsamplers() =>
        from way in new[] { ("ddim", "250"), ("ddim", "fast27"), ("dpmpp-2m", "10"), ("dpmpp-2m", "6"), ("dpmpp-2m", "4") }
        from place in Enumerable.Range(0, Batch)
        select Row(batch: 0, place, seed: 1, $"{way.Item1}-{way.Item2}", row =>
        {
            row["quality"] = "normal";
            row["upsample-sampler"] = way.Item1;
            row["upsample-steps"] = way.Item2;
        });

    private static string Row(int batch, int place, int seed, string name, Action<JsonObject> set)
    {
        var row = new JsonObject { ["prompt"] = Batches[batch][place], ["seed"] = seed };
        set(row);
        row["output"] = $"{name}-{(batch * Batch) + place + 1:00}-{seed}.png";
        return row.ToJsonString();
    }
}

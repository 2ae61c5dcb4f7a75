using System.Globalization;
using Glide.ModelSets;
using Glide.Pipelines;
using static TorchSharp.torch;

namespace Glide.Shapes;

/// <summary>Measures on prompts about shapes what CLIP's guidance and its choice are worth.</summary>
/// <param name="models">A set that draws shapes.</param>
/// <param name="steps">Step plan of the base.</param>
/// <param name="report">Gets the rows of a Markdown table.</param>
internal sealed class GuidanceStudy(ModelSet models, string steps, Action<string> report)
{
    private const int Prompts = 40;
    private const int Seeds = 4;
    private const int Candidates = 8;
    private const int Batch = 8;

    private static readonly EarlyPruning s_culling = new(0.5, 0.4);
    private static readonly IReadOnlyList<ShapePrompt> s_prompts = ShapePrompt.Some(Prompts);

    /// <summary>The names of what can be measured.</summary>
    public static IReadOnlyList<string> Settings { get; } = ["none", "clip", "cfg", "both", "best-of", "cull"];

    /// <summary>Measures some of the settings.</summary>
    public void Run(IEnumerable<string> settings)
    {
        report("| guidance | images | CLIP's score | shapes, colors, places right: one shape | two shapes |");
        report("| --- | --- | --- | --- | --- |");
        using var pipeline = GlidePipeline.Open(models,
            new DeviceOptions { Device = "cpu", Dtype = "fp32", Threads = 1 });
        using var judge = ClipModel.Load(models,
            TorchRuntime.Start(new DeviceOptions { Device = "cpu", Dtype = "fp32", Threads = 1 }));
        var stage = Recipe.For(models, "sample").Base with { Steps = steps };
        foreach (string setting in settings)
        {
            switch (setting)
            {
                case "none":
                    Measure(pipeline, judge, "none", stage with { GuidanceScale = 1 }, Seeds);
                    break;
                case "clip":
                    Measure(pipeline, judge, "`clip`",
                        stage with { GuidanceScale = 1, ClipScale = StageRecipe.DefaultClipScale }, Seeds);
                    break;
                case "cfg":
                    Measure(pipeline, judge, "`cfg`", stage, Seeds);
                    break;
                case "both":
                    Measure(pipeline, judge, "`both`", stage with { ClipScale = StageRecipe.DefaultClipScale }, Seeds);
                    break;
                case "best-of":
                    Measure(pipeline, judge, $"`cfg`, best of {Candidates}", stage, Candidates, keepBest: 1);
                    break;
                case "cull":
                    Measure(pipeline, judge, $"`cfg`, best of {Candidates}, cull {s_culling}", stage, Candidates,
                        keepBest: 1, s_culling);
                    break;
            }
        }
    }

    private void Measure(GlidePipeline pipeline, ClipModel judge, string name, StageRecipe stage, int seeds,
        int? keepBest = null, EarlyPruning? cull = null)
    {
        using var noGradient = no_grad();
        var requests = s_prompts.SelectMany(prompt => Enumerable.Range(1, seeds)
            .Select(seed => new ImageRequest(prompt.Text, seed))).ToArray();
        var made = new List<GeneratedImage>();
        foreach (var chunk in requests.Chunk(Batch * seeds))
        {
            pipeline.Run(chunk, Recipe.Of(stage),
                new RunOptions { BatchSize = Batch, KeepBest = keepBest, Cull = cull, Finished = made.Add });
        }
        double score = judge.ScoresOfPairs([.. made.Select(image => image.Image)],
            [.. made.Select(image => image.Record.Prompt)]).Average();
        report(string.Create(CultureInfo.InvariantCulture,
            $"| {name} | {made.Count} | {score:F3} | {RightOf(made, shapes: 1):P0} | {RightOf(made, shapes: 2):P0} |"));
    }

    private static double RightOf(List<GeneratedImage> made, int shapes)
    {
        var checkedOnes = made.Select(image => (image.Image,
            Prompt: s_prompts.First(prompt => prompt.Text == image.Record.Prompt)))
            .Where(pair => pair.Prompt.Shapes.Count == shapes).ToArray();
        return (double)checkedOnes.Count(pair => ShapeReader.Shows(pair.Image, pair.Prompt)) / checkedOnes.Length;
    }
}

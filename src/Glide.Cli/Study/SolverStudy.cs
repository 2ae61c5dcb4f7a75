using System.Globalization;
using Glide.ModelStore;
using Glide.Pipelines;

namespace Glide.Cli.Study;

/// <summary>Measures how near solvers come to the exact solution of the same start: DDIM with all 1000 steps.</summary>
/// <param name="pipeline">Draws.</param>
/// <param name="models">Whose base is measured, with the recipe for samples.</param>
/// <param name="prompts">How many pictures are compared.</param>
/// <param name="batchSize">Pictures per forward pass.</param>
/// <param name="kept">What earlier runs have drawn.</param>
/// <param name="report">Hears of every measurement.</param>
/// <param name="stop">Ends the study behind the running batch.</param>
internal sealed class SolverStudy(
    GlidePipeline pipeline, ModelSet models, int prompts, int batchSize, KeptPictures kept, Action<string> report, CancellationToken stop)
{
    /// <summary>Prompts that spacings are compared on.</summary>
    public const int SpacingPrompts = 8;

    private const int ReferenceSteps = 1000;

    private static readonly string[] s_colours = ["red", "orange", "yellow", "green", "blue", "purple", "pink", "black"];
    private static readonly string[] s_shapes = ["circle", "square", "triangle", "star", "heart", "ring", "diamond", "cross"];
    private static readonly int[] s_steps = [5, 8, 10, 15, 20, 30, 50];
    private static readonly string[] s_samplers = ["ddim", "dpmpp-2m", "unipc", "unipc-3", "heun", "plms"];
    private static readonly string[] s_spacedSamplers = ["dpmpp-2m", "unipc"];
    private static readonly int[] s_spacedSteps = [10, 20];

    /// <summary>Solvers at all numbers of steps, and DDIM at 100.</summary>
    public IReadOnlyList<SolverRun> Solvers() =>
        [.. s_samplers.SelectMany(sampler => (sampler == "ddim" ? s_steps.Append(100) : s_steps).Select(steps => Measure(sampler, Stage(sampler, steps), steps, prompts)))];

    /// <summary>Two solvers with every spacing, on the first few prompts.</summary>
    public IReadOnlyList<SolverRun> Spacings() =>
        [.. s_spacedSamplers.SelectMany(sampler => StageRecipe.SpacingNames.SelectMany(spacing => s_spacedSteps.Select(steps =>
            Measure($"{sampler} {spacing}", Stage(sampler, steps) with { Spacing = spacing }, steps, Math.Min(prompts, SpacingPrompts)))))];

    private SolverRun Measure(string name, StageRecipe stage, int steps, int count)
    {
        double distance = Draw(stage, count).Zip(Draw(Stage("ddim", ReferenceSteps), count), Distance).Average();
        report(FormattableString.Invariant($"{name} {steps}: {distance:0.00} levels"));
        return new SolverRun(name, steps, stage.CountPasses(), distance);
    }

    private StageRecipe Stage(string sampler, int steps) => Recipe.For(models, "sample").Base with
    {
        Sampler = sampler,
        Steps = steps.ToString(CultureInfo.InvariantCulture),
        Eta = 0,
    };

    // One picture a prompt, each with a start of its own: the seed is the prompt's number.
    private byte[][] Draw(StageRecipe stage, int count)
    {
        var recipe = new Recipe { Base = stage };
        var requests = Enumerable.Range(0, count).Select(number => new PictureRequest(Prompt(number), number));
        return [.. requests.Chunk(batchSize).SelectMany(batch => kept.Get(SettingsOf(recipe, batch), batch.Length, () => Draw(recipe, batch)))];
    }

    private byte[][] Draw(Recipe recipe, PictureRequest[] batch)
    {
        stop.ThrowIfCancellationRequested();
        var drawn = new List<byte[]>();
        pipeline.Run(batch, recipe, new RunOptions { BatchSize = batch.Length, Finished = picture => drawn.Add(picture.Image.Pixels) });
        return [.. drawn];
    }

    private string SettingsOf(Recipe recipe, PictureRequest[] batch) =>
        pipeline.SettingsOf(recipe).ToJson() + string.Concat(batch.Select(request => $"\n{request.Seed} {request.Prompt}"));

    // Every colour with every shape, in an order that mixes both from the beginning.
    private static string Prompt(int number)
    {
        int colour = number % s_colours.Length;
        int shape = (colour + (number / s_colours.Length)) % s_shapes.Length;
        return $"a {s_colours[colour]} {s_shapes[shape]}";
    }

    private static double Distance(byte[] a, byte[] b) => Math.Sqrt(a.Zip(b, (x, y) => (double)(x - y) * (x - y)).Average());
}

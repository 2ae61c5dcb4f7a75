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
    private const int ReferenceSteps = 1000;

    private static readonly string[] s_colours = ["red", "orange", "yellow", "green", "blue", "purple", "pink", "black"];
    private static readonly string[] s_shapes = ["circle", "square", "triangle", "star", "heart", "ring", "diamond", "cross"];
    private static readonly int[] s_steps = [5, 8, 10, 15, 20, 30, 50];
    private static readonly string[] s_samplers = ["ddim", "dpmpp-2m", "unipc", "unipc-3", "heun", "plms"];

    /// <summary>Solvers at all numbers of steps, and DDIM at 100.</summary>
    public IReadOnlyList<SolverRun> Run()
    {
        byte[][] reference = Draw(Stage("ddim", ReferenceSteps));
        var runs = new List<SolverRun>();
        foreach (string sampler in s_samplers)
            foreach (int steps in sampler == "ddim" ? s_steps.Append(100) : s_steps)
                runs.Add(Measure(Stage(sampler, steps), steps, reference));
        return runs;
    }

    private SolverRun Measure(StageRecipe stage, int steps, byte[][] reference)
    {
        double distance = Draw(stage).Zip(reference, Distance).Average();
        report(FormattableString.Invariant($"{stage.Sampler} {steps}: {distance:0.00} levels"));
        return new SolverRun(stage.Sampler, steps, stage.CountPasses(), distance);
    }

    private StageRecipe Stage(string sampler, int steps) => Recipe.For(models, "sample").Base with
    {
        Sampler = sampler,
        Steps = steps.ToString(CultureInfo.InvariantCulture),
        Eta = 0,
    };

    // One picture a prompt, each with a start of its own: the seed is the prompt's number.
    private byte[][] Draw(StageRecipe stage)
    {
        var recipe = new Recipe { Base = stage };
        var requests = Enumerable.Range(0, prompts).Select(number => new PictureRequest(Prompt(number), number));
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

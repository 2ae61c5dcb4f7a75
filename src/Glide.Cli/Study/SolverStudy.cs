using System.Diagnostics;
using System.Globalization;
using Glide.ModelStore;
using Glide.Pipelines;

namespace Glide.Cli.Study;

/// <summary>Measures how near solvers come to the exact solution of the same start: DDIM with all 1000 steps.</summary>
internal sealed class SolverStudy(GlidePipeline pipeline, ModelSet models, int prompts, int batchSize, Action<string> report)
{
    private const int ReferenceSteps = 1000;

    private static readonly string[] s_colours = ["red", "orange", "yellow", "green", "blue", "purple", "pink", "black"];
    private static readonly string[] s_shapes = ["circle", "square", "triangle", "star", "heart", "ring", "diamond", "cross"];
    private static readonly int[] s_steps = [5, 8, 10, 15, 20, 30, 50];
    private static readonly string[] s_samplers = ["ddim", "dpmpp-2m", "unipc", "unipc-3", "heun", "plms"];

    /// <summary>Solvers at all numbers of steps, and DDIM at 100.</summary>
    public IReadOnlyList<SolverRun> Run()
    {
        byte[][] reference = Draw(Stage("ddim", ReferenceSteps), out _);
        var runs = new List<SolverRun>();
        foreach (string sampler in s_samplers)
            foreach (int steps in sampler == "ddim" ? s_steps.Append(100) : s_steps)
                runs.Add(Measure(Stage(sampler, steps), steps, reference));
        return runs;
    }

    private SolverRun Measure(StageRecipe stage, int steps, byte[][] reference)
    {
        byte[][] made = Draw(stage, out double seconds);
        double distance = made.Zip(reference, Distance).Average();
        report(FormattableString.Invariant($"{stage.Sampler} {steps}: {distance:0.00} levels, {seconds:0.0} s"));
        return new SolverRun(stage.Sampler, steps, stage.CountPasses(), distance, seconds);
    }

    private StageRecipe Stage(string sampler, int steps) => Recipe.For(models, "sample").Base with
    {
        Sampler = sampler,
        Steps = steps.ToString(CultureInfo.InvariantCulture),
        Eta = 0,
    };

    // One picture a prompt, each with a start of its own: the seed is the prompt's number.
    private byte[][] Draw(StageRecipe stage, out double seconds)
    {
        var clock = Stopwatch.StartNew();
        var made = new List<byte[]>();
        var requests = Enumerable.Range(0, prompts).Select(number => new PictureRequest(Prompt(number), number)).ToList();
        pipeline.Run(requests, new Recipe { Base = stage }, new RunOptions { BatchSize = batchSize, Finished = picture => made.Add(picture.Image.Pixels) });
        seconds = clock.Elapsed.TotalSeconds;
        return [.. made];
    }

    // Every colour with every shape, in an order that mixes both from the beginning.
    private static string Prompt(int number)
    {
        int colour = number % s_colours.Length;
        int shape = (colour + (number / s_colours.Length)) % s_shapes.Length;
        return $"a {s_colours[colour]} {s_shapes[shape]}";
    }

    private static double Distance(byte[] a, byte[] b) => Math.Sqrt(a.Zip(b, (x, y) => (double)(x - y) * (x - y)).Average());
}

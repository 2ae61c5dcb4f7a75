using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using Glide.Diffusion.Samplers;
using Glide.ModelSets;
using Glide.Pipelines;

namespace Glide.Cli.Study;

/// <summary>Measures how near solvers come to the exact solution of the same start: DDIM with all 1000 steps.</summary>
/// <param name="pipeline">Draws.</param>
/// <param name="models">Whose base is measured, with the recipe for samples.</param>
/// <param name="prompts">How many images are compared.</param>
/// <param name="batchSize">Images per forward pass.</param>
/// <param name="kept">What earlier runs have drawn.</param>
/// <param name="run">Reports every measurement, and stops the study after the running batch.</param>
internal sealed class SolverStudy(
    GlidePipeline pipeline, ModelSet models, int prompts, int batchSize, KeptImages kept, CommandHost run)
{
    public const int SpacingPrompts = 8;

    private const int ReferenceSteps = 1000;

    private static readonly string[] s_colors =
        ["red", "orange", "yellow", "green", "blue", "purple", "pink", "black"];
    private static readonly string[] s_shapes =
        ["circle", "square", "triangle", "star", "heart", "ring", "diamond", "cross"];
    private static readonly int[] s_steps = [5, 8, 10, 15, 20, 30, 50];
    private static readonly string[] s_samplers =
    [
        SamplerNames.Ddim, SamplerNames.DpmSolver2M, SamplerNames.UniPc, SamplerNames.UniPc3, SamplerNames.Heun,
        SamplerNames.Plms,
    ];
    private static readonly string[] s_spacedSamplers = [SamplerNames.DpmSolver2M, SamplerNames.UniPc];
    private static readonly int[] s_spacedSteps = [10, 20];

    /// <summary>Solvers at all numbers of steps, and DDIM at 100.</summary>
    public IReadOnlyList<SolverRun> Solvers() =>
        [.. s_samplers.SelectMany(sampler => (sampler == SamplerNames.Ddim ? s_steps.Append(100) : s_steps)
            .Select(steps => Measure(sampler, Stage(sampler, steps), steps, prompts)))];

    /// <summary>Two solvers with every spacing, on the first few prompts.</summary>
    public IReadOnlyList<SolverRun> Spacings() =>
        [.. s_spacedSamplers.SelectMany(sampler =>
            StageRecipe.SpacingNames.SelectMany(spacing => s_spacedSteps.Select(steps =>
            Measure($"{sampler} {spacing}", Stage(sampler, steps) with { Spacing = spacing }, steps,
                Math.Min(prompts, SpacingPrompts)))))];

    private SolverRun Measure(string name, StageRecipe stage, int steps, int count)
    {
        var reference = Draw(Stage(SamplerNames.Ddim, ReferenceSteps), count);
        double distance = Draw(stage, count).Zip(reference, Distance).Average();
        run.Notice(FormattableString.Invariant($"{name} {steps}: {distance:0.00} levels"));
        return new SolverRun(name, steps, stage.CountPasses(), distance);
    }

    private StageRecipe Stage(string sampler, int steps) => Recipe.For(models, "sample").Base with
    {
        Sampler = sampler,
        Steps = steps.ToString(CultureInfo.InvariantCulture),
        Eta = 0,
    };

    // One image a prompt, each with a start of its own: the seed is the prompt's number.
    private byte[][] Draw(StageRecipe stage, int count)
    {
        var recipe = Recipe.Of(stage);
        var requests = Enumerable.Range(0, count).Select(number => new ImageRequest(Prompt(number), number));
        return [.. requests.Chunk(batchSize).SelectMany(batch =>
            kept.Get(SettingsOf(recipe, batch), batch.Length, () => Draw(recipe, batch)))];
    }

    private byte[][] Draw(Recipe recipe, ImageRequest[] batch)
    {
        run.Stop.ThrowIfCancellationRequested();
        var drawn = new List<byte[]>();
        pipeline.Run(batch, recipe, new RunOptions
        {
            BatchSize = batch.Length,
            Finished = image =>
            drawn.Add(image.Image.Pixels)
        });
        return [.. drawn];
    }

    private string SettingsOf(Recipe recipe, ImageRequest[] batch) =>
        pipeline.SettingsOf(recipe).ToJson() + string.Concat(
            batch.Select(request => $"\n{request.Seed} {request.Prompt}"));

    // Every color with every shape, in an order that mixes both from the beginning.
    private static string Prompt(int number)
    {
        int color = number % s_colors.Length;
        int shape = (color + (number / s_colors.Length)) % s_shapes.Length;
        return $"a {s_colors[color]} {s_shapes[shape]}";
    }

    private static double Distance(byte[] a, byte[] b) =>
        Math.Sqrt(a.Zip(b, (x, y) => (double)(x - y) * (x - y)).Average());
}

/// <summary>What one solver gave with so many steps.</summary>
/// <param name="Sampler">Its name.</param>
/// <param name="Steps">Steps.</param>
/// <param name="Passes">Network passes.</param>
/// <param name="Distance">Mean over the images of the root mean square distance to the reference, in levels of
/// 255.</param>
internal sealed record SolverRun(string Sampler, int Steps, int Passes, double Distance);

/// <summary>Images that a study has drawn, under a hash of everything that they depend on.</summary>
/// <param name="folder">Where they outlast the process; <c>null</c> for nowhere.</param>
internal sealed class KeptImages(string? folder)
{
    private readonly Dictionary<string, byte[][]> _drawn = [];

    /// <summary>The pixels of some images of one size: those kept, or drawn now and kept.</summary>
    /// <param name="settings">Everything that they depend on, as text.</param>
    /// <param name="count">How many they are.</param>
    /// <param name="draw">Draws them.</param>
    public byte[][] Get(string settings, int count, Func<byte[][]> draw)
    {
        string name = Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(settings)));
        if (_drawn.TryGetValue(name, out byte[][]? images))
            return images;
        images = folder is null ? draw() : OnDisk(Path.Combine(folder, name + ".rgb"), count, draw);
        _drawn.Add(name, images);
        return images;
    }

    private static byte[][] OnDisk(string file, int count, Func<byte[][]> draw)
    {
        if (File.Exists(file))
        {
            byte[] kept = File.ReadAllBytes(file);
            return [.. kept.Chunk(Math.Max(1, kept.Length / count))];
        }

        byte[][] drawn = draw();
        Directory.CreateDirectory(Path.GetDirectoryName(file)!);
        string unfinished = file + ".unfinished";
        File.WriteAllBytes(unfinished, [.. drawn.SelectMany(pixels => pixels)]);
        File.Move(unfinished, file, overwrite: true);
        return drawn;
    }
}

/// <summary>Writes a measurement of solvers as a Markdown table and as a plot.</summary>
internal static class SolverReport
{
    private const int Width = 720;
    private const int Height = 440;
    private const int Left = 60;
    private const int Right = 150;
    private const int Top = 20;
    private const int Bottom = 50;

    private static readonly string[] s_colors =
        ["#888888", "#1f77b4", "#ff7f0e", "#2ca02c", "#d62728", "#9467bd", "#8c564b", "#e377c2", "#17becf"];

    /// <summary>Solvers down, steps across; dashes where nothing was measured.</summary>
    public static string Table(IReadOnlyList<SolverRun> runs)
    {
        var steps = runs.Select(run => run.Steps).Distinct().Order().ToList();
        var text = new StringBuilder();
        text.Append("| steps |").AppendJoin("", steps.Select(step => $" {step} |")).Append('\n');
        text.Append("| --- |").AppendJoin("", steps.Select(_ => " --- |")).Append('\n');
        foreach (var solver in runs.GroupBy(run => run.Sampler))
        {
            text.Append(CultureInfo.InvariantCulture, $"| `{solver.Key}` |");
            foreach (int step in steps)
            {
                text.Append(solver.FirstOrDefault(run => run.Steps == step) is { } found
                    ? $" {Show(found.Distance)} |"
                    : " – |");
            }
            text.Append('\n');
        }
        return text.ToString();
    }

    /// <summary>Distance over network passes, both axes logarithmic, one line a solver.</summary>
    public static string Plot(IReadOnlyList<SolverRun> runs)
    {
        double fewest = runs.Min(run => run.Passes), most = runs.Max(run => run.Passes);
        double least = runs.Min(run => Math.Max(run.Distance, 0.01)), largest = runs.Max(run => run.Distance);
        double X(double passes) => Left + ((Width - Left - Right)
            * Math.Log(passes / fewest) / Math.Log(most / fewest));
        double Y(double distance) => Top + ((Height - Top - Bottom)
            * Math.Log(largest / Math.Max(distance, 0.01)) / Math.Log(largest / least));

        var svg = new StringBuilder();
        svg.Append(CultureInfo.InvariantCulture,
            $"<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {Width} {Height}\" font-family=\"sans-serif\" "
                + $"font-size=\"12\">\n");
        svg.Append("<rect width=\"100%\" height=\"100%\" fill=\"white\"/>\n");
        foreach (int passes in runs.Select(run => run.Passes).Distinct().Order()
            .Where(passes => passes is 5 or 10 or 20 or 50 or 100))
        {
            svg.Append(CultureInfo.InvariantCulture,
                $"<path d=\"M{X(passes):0.0} {Top}V{Height - Bottom}\" stroke=\"#ddd\"/><text x=\"{X(passes):0.0}\" "
                    + $"y=\"{Height - Bottom + 16}\" text-anchor=\"middle\">{passes}</text>\n");
        }
        foreach (double level in new[] { 0.1, 0.2, 0.5, 1, 2, 5, 10, 20, 50, 100 }.Where(level => level >= least
            && level <= largest))
        {
            svg.Append(CultureInfo.InvariantCulture,
                $"<path d=\"M{Left} {Y(level):0.0}H{Width - Right}\" stroke=\"#ddd\"/><text x=\"{Left - 6}\" "
                    + $"y=\"{Y(level) + 4:0.0}\" text-anchor=\"end\">{level}</text>\n");
        }
        svg.Append(CultureInfo.InvariantCulture,
            $"<text x=\"{(Left + Width - Right) / 2}\" y=\"{Height - 12}\" text-anchor=\"middle\">network "
                + $"passes</text>\n");
        svg.Append(CultureInfo.InvariantCulture,
            $"<text transform=\"translate(16 {(Top + Height - Bottom) / 2}) rotate(-90)\" "
                + $"text-anchor=\"middle\">distance in levels of 255</text>\n");
        int index = 0;
        foreach (var solver in runs.GroupBy(run => run.Sampler))
        {
            string color = s_colors[index % s_colors.Length];
            string points = string.Join(' ', solver.OrderBy(run => run.Passes)
                .Select(run => string.Create(CultureInfo.InvariantCulture,
                    $"{X(run.Passes):0.0},{Y(run.Distance):0.0}")));
            svg.Append(CultureInfo.InvariantCulture,
                $"<polyline points=\"{points}\" fill=\"none\" stroke=\"{color}\" stroke-width=\"2\"/>\n");
            svg.Append(CultureInfo.InvariantCulture,
                $"<text x=\"{Width - Right + 12}\" y=\"{Top + 14 + (18 * index)}\" "
                    + $"fill=\"{color}\">{solver.Key}</text>\n");
            index++;
        }
        return svg.Append("</svg>\n").ToString();
    }

    private static string Show(double distance) => distance.ToString("0.00", CultureInfo.InvariantCulture);
}

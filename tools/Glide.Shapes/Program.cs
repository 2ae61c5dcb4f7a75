using System.Globalization;
using Glide.ModelSets;
using Glide.Runtime;
using Glide.Shapes;

return args switch
{
    ["draw", var folder, var count, .. var options] when Number(count) is > 0 and var images
        && Options(options) is { } chosen => Draw(folder, images, chosen),
    ["study", var folder, var plan, .. var settings] when settings.All(GuidanceStudy.Settings.Contains) =>
        Study(folder, plan, settings),
    ["rows", "upsamplers"] => Print(StudyRows.Upsamplers()),
    ["rows", .. var ways] when ways.Length > 0 && ways.All(StudyRows.IsWay) => Print(StudyRows.Ways(ways)),
    ["pairs", var folder, var images, var baseline, .. var others] when others.Length > 0 =>
        Compare(folder, images, baseline, others),
    _ => Refuse(),
};

static int Refuse()
{
    Console.Error.WriteLine($"""
        usage: Glide.Shapes draw FOLDER COUNT [--seed N] [--size 32|128] [--shape NAME]
               Glide.Shapes study SET STEPS [{string.Join('|', GuidanceStudy.Settings)}]...
               Glide.Shapes rows upsamplers|PRESET|SAMPLER-STEPS...
               Glide.Shapes pairs SET IMAGES BASELINE OTHER...
        """);
    return 2;
}

static int Draw(string folder, int count, DrawOptions options)
{
    // Of one shape, all colors in turn.
    Func<Random, int, ShapeImage> draw = options.Shape is { } shape
        ? (random, index) => ShapeImage.One(random, ShapeImage.Colors[index % ShapeImage.Colors.Count], shape)
        : (random, _) => ShapeImage.Random(random, withTwo: true, options.Side);
    foreach (string shard in ShapeShards.Write(folder, count, draw, options.Seed, options.Side))
        Console.WriteLine(shard);
    return 0;
}

// The order of sums depends on the number of threads.
static void UseOneThread()
{
    Libtorch.Load();
    TorchSharp.torch.set_num_threads(1);
}

static int Study(string set, string steps, string[] settings)
{
    UseOneThread();
    new GuidanceStudy(ModelSet.Read(set), steps, Console.WriteLine)
        .Run(settings.Length > 0 ? settings : GuidanceStudy.Settings);
    return 0;
}

static int Print(IEnumerable<string> lines)
{
    foreach (string line in lines)
        Console.WriteLine(line);
    return 0;
}

static int Compare(string set, string images, string baseline, string[] others)
{
    UseOneThread();
    new PairStudy(ModelSet.Read(set), images, Console.WriteLine).Run(baseline, others);
    return 0;
}

static int? Number(string text) =>
    int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out int number) ? number : null;

static DrawOptions? Options(string[] options)
{
    var chosen = new DrawOptions(Seed: 0, ShapeImage.Side, Shape: null);
    for (; options.Length > 0; options = options[2..])
    {
        switch (options)
        {
            case ["--seed", var text, ..] when Number(text) is { } number:
                chosen = chosen with { Seed = number };
                break;
            case ["--size", "32" or "128", ..]:
                chosen = chosen with { Side = Number(options[1])!.Value };
                break;
            case ["--shape", var shape, ..] when ShapeImage.Shapes.Contains(shape)
                || ShapeImage.FurtherShapes.Contains(shape):
                chosen = chosen with { Shape = shape };
                break;
            default:
                return null;
        }
    }
    return chosen.Shape is null || chosen.Side == ShapeImage.Side ? chosen : null;
}

internal sealed record DrawOptions(int Seed, int Side, string? Shape);

using System.Globalization;
using Glide.Images;
using Glide.ModelSets;
using Glide.Pipelines;
using static TorchSharp.torch;

namespace Glide.Shapes;

/// <summary>
/// Compares images of the same prompts and seeds that were made in two ways, by CLIP and by <see cref="ShapeReader"/>.
/// </summary>
/// <param name="models">Its CLIP judges.</param>
/// <param name="folder">Holds the images of <see cref="StudyRows"/>: NAME-PROMPT-SEED.png.</param>
/// <param name="report">Gets the rows of a Markdown table.</param>
internal sealed class PairStudy(ModelSet models, string folder, Action<string> report)
{
    /// <summary>
    /// Differences below this share of the spread over seeds do not count: 0.2 standard deviations are what Cohen
    /// (1988) calls a small effect. With independent images, 192 pairs make the 95 % interval reach as far to either
    /// side.
    /// </summary>
    private const double MarginInSpreads = 0.2;

    private const double Normal95 = 1.96;

    /// <summary>Compares others with a baseline.</summary>
    public void Run(string baseline, IEnumerable<string> others)
    {
        using var noGradient = no_grad();
        using var judge = ClipModel.Load(models,
            TorchRuntime.Start(new DeviceOptions { Device = "cpu", Dtype = "fp32", Threads = 1 }));
        var known = Judge(baseline, judge);
        double scoreSpread = SpreadOverSeeds(known.Values, image => image.Score),
            rightSpread = SpreadOverSeeds(known.Values, image => image.IsRight ? 1 : 0),
            residualSpread = SpreadOverSeeds(known.Values, image => image.Residual);
        report(string.Create(CultureInfo.InvariantCulture,
            $"spread over seeds of {baseline}: CLIP's score {scoreSpread:F4}, share that is right {rightSpread:F2}, "
            + $"unexplained {residualSpread:F2} levels; a difference counts from {MarginInSpreads} of it"));
        report("| images | pairs | CLIP's score | difference | right | difference | unexplained | difference | "
            + "distance |");
        report("| --- | --- | --- | --- | --- | --- | --- | --- | --- |");
        foreach (string other in others)
        {
            var pairs = Judge(other, judge).Where(pair => known.ContainsKey(pair.Key))
                .Select(pair => (Base: known[pair.Key], Other: pair.Value)).ToList();
            Report($"`{other}` against `{baseline}`", pairs);
            foreach (var part in pairs.GroupBy(pair => (pair.Base.Image.Width, pair.Base.Prompt.Shapes.Count))
                .OrderByDescending(part => part.Key.Width))
            {
                Report($"… {part.Key.Width} pixels, {(part.Key.Count == 1 ? "one shape" : "two shapes")}", [.. part]);
            }
            // With one image a prompt there is no spread to compare with.
            if (scoreSpread == 0)
                continue;
            Verdict("CLIP's score", Differences(pairs, image => image.Score), MarginInSpreads * scoreSpread);
            Verdict("the share that is right", Differences(pairs, image => image.IsRight ? 1 : 0), MarginInSpreads
                * rightSpread);
            Verdict("what is unexplained, negated", Differences(pairs, image => -image.Residual), MarginInSpreads
                * residualSpread);
        }
    }

    private SortedDictionary<string, Judged> Judge(string name, ClipModel judge)
    {
        var judged = new SortedDictionary<string, Judged>(StringComparer.Ordinal);
        foreach (string path in Directory.EnumerateFiles(folder, $"{name}-??-????.png"))
        {
            var record = GeneratedImageFile.ReadRecord(path)
                ?? throw new InvalidDataException($"'{path}' does not say how it was made");
            var image = GeneratedImageFile.ReadPixels(path);
            var small = image.Width == ShapeImage.Side
                ? image
                : Resizing.Bicubic(image, ShapeImage.Side, ShapeImage.Side);
            var prompt = ShapePrompt.Parse(record.Prompt);
            judged.Add(
                Path.GetFileName(path)[name.Length..],
                new Judged(prompt, record.Seed, image, judge.ScoresOfPairs([image], [record.Prompt])[0],
                    ShapeReader.Shows(small, prompt), ShapeReader.Residual(small, prompt)));
        }
        return judged;
    }

    private void Report(string title, List<(Judged Base, Judged Other)> pairs)
    {
        var score = Differences(pairs, image => image.Score);
        var right = Differences(pairs, image => image.IsRight ? 1 : 0);
        var residual = Differences(pairs, image => image.Residual);
        string[] cells =
        [
            title, $"{pairs.Count}",
            Text($"{pairs.Average(pair => pair.Other.Score):F4} and {pairs.Average(pair => pair.Base.Score):F4}"),
            Text($"{score.Mean:+0.0000;-0.0000} ± {score.Error:F4}"),
            $"{Share(pairs.Select(pair => pair.Other))} and {Share(pairs.Select(pair => pair.Base))}",
            Text($"{100 * right.Mean:+0.0;-0.0} ± {100 * right.Error:F1} points"),
            Text($"{pairs.Average(pair => pair.Other.Residual):F2} and {pairs.Average(pair => pair.Base.Residual):F2}"),
            Text($"{residual.Mean:+0.00;-0.00} ± {residual.Error:F2}"),
            Text($"{pairs.Average(pair => Distance(pair.Base.Image, pair.Other.Image)):F2}"),
        ];
        report($"| {string.Join(" | ", cells)} |");

        static string Text(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
    }

    private void Verdict(string what, (double Mean, double Error) difference, double margin)
    {
        double low = difference.Mean - (Normal95 * difference.Error);
        report(string.Create(CultureInfo.InvariantCulture,
            $"{what}: at 95 % above {low:+0.0000;-0.0000}, allowed is {-margin:+0.0000;-0.0000}: "
                + $"{(low > -margin ? "no worse" : "not shown")}"));
    }

    // The mean of the differences and its standard error.
    private static (double Mean, double Error) Differences(
        List<(Judged Base, Judged Other)> pairs, Func<Judged, double> value)
    {
        double[] differences = [.. pairs.Select(pair => value(pair.Other) - value(pair.Base))];
        double mean = differences.Average();
        return (mean, Math.Sqrt(differences.Sum(difference => Math.Pow(difference - mean, 2)) / Math.Max(1,
            differences.Length - 1) / differences.Length));
    }

    // The standard deviation among images of one prompt and size, pooled over the prompts.
    private static double SpreadOverSeeds(IEnumerable<Judged> images, Func<Judged, double> value)
    {
        var groups = images.GroupBy(image => (image.Prompt.Text, image.Image.Width)).Where(group => group.Count() > 1)
            .ToList();
        double squares = groups.Sum(group => group.Sum(image => Math.Pow(value(image) - group.Average(value), 2)));
        return Math.Sqrt(squares / Math.Max(1, groups.Sum(group => group.Count() - 1)));
    }

    private static string Share(IEnumerable<Judged> images) =>
        string.Create(CultureInfo.InvariantCulture, $"{100 * images.Average(image => image.IsRight ? 1.0 : 0):F0} %");

    private static double Distance(RgbImage a, RgbImage b) =>
        Math.Sqrt(a.Pixels.Zip(b.Pixels, (x, y) => (double)(x - y) * (x - y)).Average());

    private sealed record Judged(ShapePrompt Prompt, long Seed, RgbImage Image, double Score, bool IsRight,
        double Residual);
}

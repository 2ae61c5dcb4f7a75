using System.Globalization;
using System.Text;

namespace Glide.Cli.Study;

/// <summary>Writes a measurement of solvers as a Markdown table and as a plot.</summary>
internal static class SolverReport
{
    private const int Width = 720;
    private const int Height = 440;
    private const int Left = 60;
    private const int Right = 150;
    private const int Top = 20;
    private const int Bottom = 50;

    private static readonly string[] s_colours =
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
                text.Append(solver.FirstOrDefault(run => run.Steps == step) is { } found ? $" {Show(found.Distance)} |" : " – |");
            text.Append('\n');
        }
        return text.ToString();
    }

    /// <summary>Distance over network passes, both axes logarithmic, one line a solver.</summary>
    public static string Plot(IReadOnlyList<SolverRun> runs)
    {
        double fewest = runs.Min(run => run.Passes), most = runs.Max(run => run.Passes);
        double least = runs.Min(run => Math.Max(run.Distance, 0.01)), largest = runs.Max(run => run.Distance);
        double X(double passes) => Left + ((Width - Left - Right) * Math.Log(passes / fewest) / Math.Log(most / fewest));
        double Y(double distance) => Top + ((Height - Top - Bottom) * Math.Log(largest / Math.Max(distance, 0.01)) / Math.Log(largest / least));

        var svg = new StringBuilder();
        svg.Append(CultureInfo.InvariantCulture, $"<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {Width} {Height}\" font-family=\"sans-serif\" font-size=\"12\">\n");
        svg.Append("<rect width=\"100%\" height=\"100%\" fill=\"white\"/>\n");
        foreach (int passes in runs.Select(run => run.Passes).Distinct().Order().Where(passes => passes is 5 or 10 or 20 or 50 or 100))
            svg.Append(CultureInfo.InvariantCulture, $"<path d=\"M{X(passes):0.0} {Top}V{Height - Bottom}\" stroke=\"#ddd\"/><text x=\"{X(passes):0.0}\" y=\"{Height - Bottom + 16}\" text-anchor=\"middle\">{passes}</text>\n");
        foreach (double level in new[] { 0.1, 0.2, 0.5, 1, 2, 5, 10, 20, 50, 100 }.Where(level => level >= least && level <= largest))
            svg.Append(CultureInfo.InvariantCulture, $"<path d=\"M{Left} {Y(level):0.0}H{Width - Right}\" stroke=\"#ddd\"/><text x=\"{Left - 6}\" y=\"{Y(level) + 4:0.0}\" text-anchor=\"end\">{level}</text>\n");
        svg.Append(CultureInfo.InvariantCulture, $"<text x=\"{(Left + Width - Right) / 2}\" y=\"{Height - 12}\" text-anchor=\"middle\">network passes</text>\n");
        svg.Append(CultureInfo.InvariantCulture, $"<text transform=\"translate(16 {(Top + Height - Bottom) / 2}) rotate(-90)\" text-anchor=\"middle\">distance in levels of 255</text>\n");
        int index = 0;
        foreach (var solver in runs.GroupBy(run => run.Sampler))
        {
            string colour = s_colours[index % s_colours.Length];
            string points = string.Join(' ', solver.OrderBy(run => run.Passes).Select(run => string.Create(CultureInfo.InvariantCulture, $"{X(run.Passes):0.0},{Y(run.Distance):0.0}")));
            svg.Append(CultureInfo.InvariantCulture, $"<polyline points=\"{points}\" fill=\"none\" stroke=\"{colour}\" stroke-width=\"2\"/>\n");
            svg.Append(CultureInfo.InvariantCulture, $"<text x=\"{Width - Right + 12}\" y=\"{Top + 14 + (18 * index)}\" fill=\"{colour}\">{solver.Key}</text>\n");
            index++;
        }
        return svg.Append("</svg>\n").ToString();
    }

    private static string Show(double distance) => distance.ToString("0.00", CultureInfo.InvariantCulture);
}

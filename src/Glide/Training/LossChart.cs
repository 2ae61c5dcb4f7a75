using System.Globalization;
using System.Text;
using Glide.Images;

namespace Glide.Training;

/// <summary>The loss over the steps as an SVG.</summary>
internal static class LossChart
{
    private const double Width = 720, Height = 360, Left = 64, Right = 16, Top = 24, Bottom = 40;
    private const int MostPoints = 1000, Lines = 4;

    // The smoothed curve is a running mean with this share of the old one.
    private const double Smoothing = 0.9;

    /// <summary>Draws the chart; the loss is on a logarithmic scale.</summary>
    /// <param name="path">The file; it is replaced.</param>
    /// <param name="points">By ascending step; nothing is written without any.</param>
    public static void Write(string path, IReadOnlyList<LossPoint> points)
    {
        if (points.Count > 0)
            AtomicFile.Write(path, stream => stream.Write(Encoding.UTF8.GetBytes(Draw(Thinned(points)))));
    }

    internal static string Draw(IReadOnlyList<LossPoint> points)
    {
        var scale = new Scale(points);
        var svg = new StringBuilder();
        svg.Append(CultureInfo.InvariantCulture, $"""
            <svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {Width} {Height}"
                font-family="sans-serif" font-size="12">
            <rect width="{Width}" height="{Height}" fill="#fff"/>

            """);
        for (int line = 0; line <= Lines; line++)
        {
            double loss = scale.LossAt((double)line / Lines), y = scale.Y(loss);
            svg.Append(CultureInfo.InvariantCulture, $"""
                <path d="M{Left} {y:0.#}H{Width - Right}" stroke="#ddd"/>
                <text x="{Left - 8}" y="{y + 4:0.#}" text-anchor="end" fill="#444">{loss:G3}</text>

                """);
            double step = scale.StepAt((double)line / Lines);
            svg.Append(CultureInfo.InvariantCulture, $"""
                <text x="{scale.X(step):0.#}" y="{Height - Bottom + 20}" text-anchor="middle"
                    fill="#444">{step:0}</text>

                """);
        }
        svg.Append(Curve(points.Select(point => (scale.X(point.Step), scale.Y(point.Loss))), "#9bc", 1));
        svg.Append(Curve(Smoothed(points).Select(point => (scale.X(point.Step), scale.Y(point.Loss))), "#147", 2));
        svg.Append(CultureInfo.InvariantCulture, $"""
            <text x="{Left}" y="16" fill="#444">loss (log scale); steps below</text>
            </svg>

            """);
        return svg.ToString();
    }

    private static string Curve(IEnumerable<(double X, double Y)> places, string color, int width)
    {
        string path = string.Join('L', places.Select(place =>
            string.Create(CultureInfo.InvariantCulture, $"{place.X:0.#} {place.Y:0.#}")));
        return $"""<path d="M{path}" fill="none" stroke="{color}" stroke-width="{width}"/>""" + "\n";
    }

    private static List<LossPoint> Smoothed(IReadOnlyList<LossPoint> points)
    {
        double mean = points[0].Loss;
        return [.. points.Select(point =>
            point with { Loss = mean = (mean * Smoothing) + (point.Loss * (1 - Smoothing)) })];
    }

    private static IReadOnlyList<LossPoint> Thinned(IReadOnlyList<LossPoint> points)
    {
        int group = (points.Count + MostPoints - 1) / MostPoints;
        return [.. points.Chunk(group).Select(chunk =>
            new LossPoint(chunk[^1].Step, chunk.Average(point => point.Loss)))];
    }

    private sealed class Scale
    {
        private readonly double _leastStep, _mostStep, _least, _most;

        public Scale(IReadOnlyList<LossPoint> points)
        {
            const double smallest = 1e-9;
            _leastStep = points[0].Step;
            _mostStep = Math.Max(points[^1].Step, _leastStep + 1);
            _least = Math.Log(Math.Max(smallest, points.Min(point => point.Loss)));
            _most = Math.Max(Math.Log(Math.Max(smallest, points.Max(point => point.Loss))), _least + 0.01);
        }

        public double X(double step) =>
            Left + ((step - _leastStep) / (_mostStep - _leastStep) * (Width - Left - Right));

        public double Y(double loss) => Height - Bottom
            - ((Math.Log(Math.Max(loss, 1e-9)) - _least) / (_most - _least) * (Height - Top - Bottom));

        public double LossAt(double part) => Math.Exp(_least + (part * (_most - _least)));

        public double StepAt(double part) => _leastStep + (part * (_mostStep - _leastStep));
    }
}

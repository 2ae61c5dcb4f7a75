using System.Xml.Linq;
using Glide.Cli.Study;
using Glide.Cli.Tests.Support;

namespace Glide.Cli.Tests.Commands;

public sealed class SolverStudyTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("glide-study-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public void A_stopped_study_goes_on_with_the_kept_images()
    {
        byte[][] images = [[1, 2, 3], [4, 5, 6]];
        Assert.Equal(images, new KeptImages(_folder).Get("settings", 2, () => images));
        Assert.Equal(images, new KeptImages(_folder).Get("settings", 2, Never));
        Assert.Single(Directory.GetFiles(_folder));
    }

    [Fact]
    public void Other_settings_are_drawn_anew()
    {
        var kept = new KeptImages(_folder);
        kept.Get("settings", 1, () => [[1]]);
        byte[][] others = [[2]];
        Assert.Equal(others, kept.Get("other settings", 1, () => others));
    }

    [Fact]
    public void Without_a_folder_images_are_drawn_once_a_process()
    {
        var kept = new KeptImages(null);
        kept.Get("settings", 1, () => [[1]]);
        Assert.Equal([1], kept.Get("settings", 1, Never)[0]);
        Assert.Empty(Directory.GetFiles(_folder));
    }

    [Fact]
    public void The_report_has_a_row_a_solver_and_a_line_a_solver()
    {
        SolverRun[] runs = [new("ddim", 5, 5, 12.345), new("ddim", 10, 10, 6), new("heun", 5, 9, 20)];
        Assert.Equal("| steps | 5 | 10 |\n| --- | --- | --- |\n| `ddim` | 12.35 | 6.00 |\n| `heun` | 20.00 | – |\n",
            SolverReport.Table(runs));
        var plot = XDocument.Parse(SolverReport.Plot(runs));
        Assert.Equal(2, plot.Descendants().Count(element => element.Name.LocalName == "polyline"));
    }

    [Fact]
    public void A_folder_without_the_page_is_refused()
    {
        using var glide = new GlideProcess();
        var result = glide.Run("study-solvers", _folder);
        Assert.Equal(2, result.ExitCode);
        Assert.Contains("has no place for the table", result.Error, StringComparison.Ordinal);
    }

    private static byte[][] Never() => throw new InvalidOperationException("Drawn again.");
}

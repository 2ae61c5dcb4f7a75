using Glide.Cli.Tests.Support;
using Glide.Sheets;

namespace Glide.Cli.Tests.Batches;

/// <summary>What glide batch shows beside its images.</summary>
public sealed class BatchViewTests : IDisposable
{
    private static readonly string[] s_quick = ["--model", "mini", "--no-upsample", "--steps", "2", "--threads", "2"];
    private readonly GlideProcess _glide = new();

    public void Dispose() => _glide.Dispose();

    [Fact]
    public void A_sheet_shows_all_finished_images_of_the_run_in_the_order_of_the_rows()
    {
        WritePrompts("a", "b", "c", "d", "e");
        string[] arguments = ["batch", "p.txt", "-o", "out", "--grid", "sheets/grid.png", .. s_quick];
        var result = _glide.Run(arguments);
        Assert.True(result.ExitCode == 0, result.Error);
        Assert.Contains("wrote sheets/grid.png", result.Error, StringComparison.Ordinal);
        Assert.Equal(["a 1", "b 2", "c 3", "d 4", "e 5"], Shown("sheets/grid.png"));
        byte[] sheet = File.ReadAllBytes(_glide.PathOf("sheets/grid.png"));

        // Of a run that goes on, those from before too; the sheet that was written before is replaced.
        File.Delete(_glide.PathOf("out/b-2.png"));
        var rest = _glide.Run([.. arguments, "--resume"]);
        Assert.True(rest.ExitCode == 0, rest.Error);
        Assert.Equal("out/b-2.png\n", rest.Output);
        Assert.Equal(sheet, File.ReadAllBytes(_glide.PathOf("sheets/grid.png")));

        WritePrompts("a", "b", "#", "d", "e");
        Assert.Equal(0, _glide.Run([.. arguments, "--resume"]).ExitCode);
        Assert.Equal(["a 1", "b 2", "d 4", "e 5"], Shown("sheets/grid.png"));
        Assert.Equal(0, _glide.Run("batch", "--merge", "out", "--grid", "merged.png").ExitCode);
        Assert.Equal(File.ReadAllBytes(_glide.PathOf("sheets/grid.png")),
            File.ReadAllBytes(_glide.PathOf("merged.png")));
    }

    [Fact]
    public void A_sheet_of_rows_from_stdin_and_of_several_processes()
    {
        using (var process = _glide.Start(null, ["batch", "-", "-o", "in", "--grid", "in.png", .. s_quick]))
        {
            process.StandardInput.Write("a\nb\n");
            Assert.Equal(0, GlideProcess.Finish(process).ExitCode);
        }
        Assert.Equal(["a 1", "b 2"], Shown("in.png"));
        WritePrompts("a", "b", "c");
        var result = _glide.Run(new Dictionary<string, string?> { ["GLIDE_DEVICES"] = "cpu,cpu" },
            ["batch", "p.txt", "-o", "out", "--device", "cuda:all", "--grid", "out.png", "--preview", .. s_quick]);
        Assert.True(result.ExitCode == 0, result.Error);
        Assert.Contains("no preview: several processes draw", result.Error, StringComparison.Ordinal);
        Assert.Equal(["a 1", "b 2", "c 3"], Shown("out.png"));
    }

    [Theory]
    [InlineData("the file exists; 'taken.png'", "--grid", "taken.png")]
    [InlineData("the file exists; 'taken.png'", "--grid", "taken.png", "--resume")]
    [InlineData("--grid has the name of an image; 'out/a-1.png' is that of line 1", "--grid", "out/a-1.png")]
    [InlineData("allowed is a name that ends in .png", "--grid", "grid.jpg")]
    [InlineData("--preview and --progress jsonl contradict each other", "--preview", "--progress", "jsonl")]
    [InlineData("--gif", "--gif", "steps.gif")]
    public void What_cannot_be_shown_is_refused_before_anything_is_made(string message, params string[] options)
    {
        WritePrompts("a");
        File.WriteAllText(_glide.PathOf("taken.png"), "mine");
        var result = _glide.Run(["batch", "p.txt", "-o", "out", .. s_quick, .. options]);
        Assert.Equal(2, result.ExitCode);
        Assert.Contains(message, result.Error, StringComparison.Ordinal);
        Assert.False(File.Exists(_glide.PathOf("out/a-1.png")));
        Assert.Equal("mine", File.ReadAllText(_glide.PathOf("taken.png")));
    }

    [Fact]
    public void Nothing_is_drawn_where_stderr_is_no_terminal()
    {
        WritePrompts("a");
        var result = _glide.Run(["batch", "p.txt", "-o", "out", "--preview", .. s_quick]);
        Assert.Equal(0, result.ExitCode);
        Assert.Contains("no preview: stderr is no terminal", result.Error, StringComparison.Ordinal);
        Assert.DoesNotContain('\e', result.Error);
    }

    private void WritePrompts(params string[] prompts) => File.WriteAllLines(_glide.PathOf("p.txt"), prompts);

    private IEnumerable<string> Shown(string sheet) =>
        SheetRecord.Read(_glide.PathOf(sheet))!.Images.Select(image => $"{image.Prompt} {image.Seed}");
}

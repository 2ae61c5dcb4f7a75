using Glide.Cli.Tests.Support;
using Glide.Sheets;

namespace Glide.Cli.Tests.Output;

/// <summary><c>--grid</c>, <c>--gif</c> and <c>--preview</c> from end to end on the built-in models.</summary>
public sealed class ViewOptionTests : IDisposable
{
    private static readonly string[] Quick = ["--steps", "2", "--no-upsample", "--threads", "1", "-m", "mini"];

    private readonly GlideProcess _glide = new();

    public void Dispose() => _glide.Dispose();

    [Fact]
    public void A_run_writes_its_sheets_and_says_so_on_stderr()
    {
        var result = Sample("a red circle", "-s", "7", "-n", "2", "-o", "out", "--grid", "sheets/grid.png", "--gif",
            "steps.gif");
        Assert.True(result.ExitCode == 0, result.Error);
        Assert.Equal(2, result.Output.Split('\n', StringSplitOptions.RemoveEmptyEntries).Length);
        Assert.Contains("wrote sheets/grid.png", result.Error, StringComparison.Ordinal);
        var sheet = SheetRecord.Read(_glide.PathOf("sheets/grid.png"))!;
        Assert.Equal([("a red circle", 7L), ("a red circle", 8L)],
            sheet.Images.Select(image => (image.Prompt, image.Seed)));
        Assert.Equal("GIF89a"u8.ToArray(), File.ReadAllBytes(_glide.PathOf("steps.gif"))[..6]);

        string shown = _glide.Run("show", "sheets/grid.png").Output;
        Assert.Contains("task       grid of 2 images", shown, StringComparison.Ordinal);
        Assert.Contains("a red circle, seed 8", shown, StringComparison.Ordinal);
        var replayed = _glide.Run("replay", "sheets/grid.png", "--check");
        Assert.Equal(2, replayed.ExitCode);
        Assert.Contains("shows 2 images", replayed.Error, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("the file exists; 'taken.png'", "--grid", "taken.png")]
    [InlineData("the file exists; 'taken.png'", "--gif", "taken.png")]
    [InlineData("allowed is a name that ends in .png", "--grid", "grid.jpg")]
    [InlineData("allowed is a name that ends in .gif or .png", "--gif", "steps.mp4")]
    [InlineData("--grid and --gif name the same file; 'a.png'", "--grid", "a.png", "--gif", "./a.png")]
    [InlineData("found 17; allowed are 1 to 16", "--gif", "a.gif", "-n", "17")]
    [InlineData("found 20; allowed are 1 to 16", "--gif", "a.gif", "--best-of", "20")]
    [InlineData("allowed is one of auto, kitty, iterm2, sixel, blocks", "--preview=ascii")]
    public void What_cannot_be_written_is_refused_before_anything_is_made(string message, params string[] options)
    {
        File.WriteAllText(_glide.PathOf("taken.png"), "mine");
        var result = Sample(["a red circle", .. options]);
        Assert.Equal(2, result.ExitCode);
        Assert.Contains(message, result.Error, StringComparison.Ordinal);
        Assert.Equal(["taken.png"], Directory.GetFileSystemEntries(_glide.Folder).Select(Path.GetFileName));
        Assert.Equal("mine", File.ReadAllText(_glide.PathOf("taken.png")));
    }

    [Fact]
    public void Nothing_is_drawn_where_stderr_is_no_terminal()
    {
        var result = Sample("--preview", "a red circle", "-s", "7");
        Assert.Equal(0, result.ExitCode);
        Assert.Contains("no preview: stderr is no terminal", result.Error, StringComparison.Ordinal);
        Assert.DoesNotContain('\e', result.Error);
        Assert.Equal("a-red-circle-7.png\n", result.Output);
    }

    private CommandResult Sample(params string[] arguments) => _glide.Run(["sample", .. arguments, .. Quick]);
}

using Glide.Cli.Output;
using Glide.Images.Terminal;
using Glide.Images;
using Glide.Pipelines;

namespace Glide.Cli.Tests;

public sealed class PreviewScreenTests : IDisposable
{
    private static readonly TerminalSize s_size = TerminalSize.Usual with { Columns = 60, Rows = 7 };

    private readonly StringWriter _terminal = new();

    public void Dispose() => _terminal.Dispose();

    [Fact]
    public void Pictures_are_drawn_in_place_above_the_line_about_the_progress()
    {
        var screen = new PreviewScreen(_terminal, TerminalProtocol.Blocks, () => s_size);
        screen.Run(progress =>
        {
            progress.Report(Progress(0));
            screen.Forming(Forming(1));
            progress.Report(Progress(1));
            screen.Forming(Forming(4));
            progress.Report(Progress(4));
        });

        string[] parts = Drawn();
        // Lines free of the picture at first; from then on up over its four lines and drawn anew.
        Assert.StartsWith("\r\e[38;2;", parts[0], StringComparison.Ordinal);
        Assert.Equal(4, parts[0].Count(c => c == '\n'));
        Assert.StartsWith("base ░░░░░░░░░░░░░░░░░░░░ 0/4\e[J\rbase █████░░░░░░░░░░░░░░░ 1/4  ", parts[0][(parts[0].LastIndexOf('\n') + 1)..], StringComparison.Ordinal);
        Assert.Equal(4, parts[1].Count(c => c == '\n'));
        Assert.Contains("base ████████████████████ 4/4  ", parts[1], StringComparison.Ordinal);
        Assert.Equal(2, parts.Length);
        Assert.EndsWith("\r\e[K", parts[1], StringComparison.Ordinal);
    }

    [Fact]
    public void Not_every_step_is_drawn_but_the_last_of_a_stage_is()
    {
        var screen = new PreviewScreen(_terminal, TerminalProtocol.Blocks, () => s_size);
        screen.Run(_ =>
        {
            for (int step = 1; step <= 4; step++)
                screen.Forming(Forming(step));
        });
        Assert.Equal(2, Drawn().Length);
    }

    [Fact]
    public void What_comes_after_a_picture_stands_below_it()
    {
        var screen = new PreviewScreen(_terminal, TerminalProtocol.Blocks, () => s_size);
        screen.Forming(Forming(4));
        screen.Leave();
        screen.Forming(Forming(4));
        Assert.Single(Drawn()); // never went up
    }

    // Cut where the cursor went up over a picture of four lines.
    private string[] Drawn() => _terminal.ToString().Split("\r\e[4A");

    private static GenerationProgress Progress(int step) => new("base", step, 4, 0, 1, 0, 1);

    private static FormingPictures Forming(int step) => new("base", step, 4, [0], [new RgbImage(8, 8, [.. Enumerable.Repeat((byte)step, 192)])]);
}

using Glide.Cli.Output;
using Glide.Images;
using Glide.Images.Terminal;
using Glide.Pipelines;

namespace Glide.Cli.Tests.Output;

public sealed class PreviewScreenTests : IDisposable
{
    private static readonly TerminalSize s_size = TerminalSize.Usual with { Columns = 60, Rows = 7 };

    private readonly StringWriter _terminal = new();

    public void Dispose() => _terminal.Dispose();

    [Fact]
    public void Images_are_drawn_in_place_above_the_line_about_the_progress()
    {
        var screen = new PreviewScreen(_terminal, TerminalProtocol.Blocks, () => s_size);
        screen.Run(progress =>
        {
            progress.Report(Progress(0));
            screen.Preview(Preview(1));
            progress.Report(Progress(1));
            screen.Preview(Preview(4));
            progress.Report(Progress(4));
        });

        string[] parts = BaseSamples();
        // Lines free of the image at first; from then on up over its four lines and drawn anew.
        Assert.StartsWith("\r\e[38;2;", parts[0], StringComparison.Ordinal);
        Assert.Equal(4, parts[0].Count(c => c == '\n'));
        Assert.StartsWith("base ░░░░░░░░░░░░░░░░░░░░ 0/4\e[J\rbase █████░░░░░░░░░░░░░░░ 1/4  ",
            parts[0][(parts[0].LastIndexOf('\n') + 1)..], StringComparison.Ordinal);
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
                screen.Preview(Preview(step));
        });
        Assert.Equal(2, BaseSamples().Length);
    }

    [Fact]
    public void What_comes_after_an_image_stands_below_it()
    {
        var screen = new PreviewScreen(_terminal, TerminalProtocol.Blocks, () => s_size);
        screen.Preview(Preview(4));
        screen.Leave();
        screen.Preview(Preview(4));
        Assert.Single(BaseSamples()); // never went up
    }

    // Cut where the cursor went up over an image of four lines.
    private string[] BaseSamples() => _terminal.ToString().Split("\r\e[4A");

    private static GenerationProgress Progress(int step) => new("base", step, 4, 0, 1, 0, 1);

    private static StepPreview Preview(int step) =>
        new("base", step, 4, [0], [new RgbImage(8, 8, [.. Enumerable.Repeat((byte)step, 192)])]);
}

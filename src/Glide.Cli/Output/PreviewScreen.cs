using System.Diagnostics;
using System.Globalization;
using System.Text;
using Glide.Images.Terminal;
using Glide.Pipelines;

namespace Glide.Cli.Output;

/// <summary>
/// Draws images in the terminal while they form, with a line about the progress below, again and again in place.
/// </summary>
internal sealed class PreviewScreen(TextWriter error, TerminalProtocol protocol, Func<TerminalSize> size)
    : IProgressDisplay
{
    private const int BarWidth = 20;

    // As often as images look alive; more would only slow down the terminal and the drawing.
    private static readonly TimeSpan s_pause = TimeSpan.FromMilliseconds(100);

    private readonly Stopwatch _sinceDrawn = new();
    private readonly Stopwatch _stageClock = new();
    private TerminalImage? _drawn;
    private string _status = "";

    public Action<StepPreview> Preview => Show;

    public TextWriter Above(TextWriter output) => Console.IsOutputRedirected ? output : new LinesBelow(this, output);

    public void Run(Action<IProgress<GenerationProgress>> work)
    {
        try
        {
            work(new Reporter(this));
        }
        finally
        {
            Leave();
        }
    }

    /// <summary>Leaves the images where they are; what comes next stands below.</summary>
    public void Leave()
    {
        error.Write("\r\e[K");
        error.Flush();
        _drawn = null;
    }

    private void Show(StepPreview preview)
    {
        if (_drawn is not null && preview.Step < preview.Steps && _sinceDrawn.Elapsed < s_pause)
            return;
        var image = TerminalImage.Draw(preview.Images, protocol, size());
        string up = _drawn is null ? "" : string.Create(CultureInfo.InvariantCulture, $"\e[{_drawn.Rows}A");
        error.Write($"\r{up}{image.Text}{_status}\e[J");
        error.Flush();
        _drawn = image;
        _sinceDrawn.Restart();
    }

    private void Report(GenerationProgress report)
    {
        if (report.Step == 0)
            _stageClock.Restart();
        _status = Status(report, _stageClock.Elapsed);
        if (_drawn is null)
            return;
        error.Write($"\r{_status}\e[K");
        error.Flush();
    }

    private string Status(GenerationProgress report, TimeSpan elapsed)
    {
        int full = BarWidth * report.Step / Math.Max(1, report.Steps);
        var text = new StringBuilder(ConsoleProgress.Title(report)).Append(' ').Append('█', full)
            .Append('░', BarWidth - full);
        text.Append(CultureInfo.InvariantCulture, $" {report.Step}/{report.Steps}");
        if (report.Step > 0)
        {
            double perStep = elapsed.TotalSeconds / report.Step;
            text.Append(CultureInfo.InvariantCulture,
                $"  {1 / Math.Max(perStep, 1e-9):0.0} steps/s  {perStep * (report.Steps - report.Step):0} s left");
        }

        int columns = size().Columns - 1;
        return text.Length <= columns ? text.ToString() : text.ToString(0, columns);
    }

    /// <summary>Reports at once and in order.</summary>
    private sealed class Reporter(PreviewScreen screen) : IProgress<GenerationProgress>
    {
        public void Report(GenerationProgress value) => screen.Report(value);
    }

    private sealed class LinesBelow(PreviewScreen screen, TextWriter output) : TextWriter
    {
        public override Encoding Encoding => output.Encoding;

        public override void WriteLine(string? value)
        {
            screen.Leave();
            output.WriteLine(value);
        }

        public override void Flush() => output.Flush();
    }
}

/// <summary>
/// <c>--preview</c>, which may stand alone. The parser would take the prompt behind it for its value.
/// </summary>
internal static class PreviewArgument
{
    public const string Name = "--preview";

    public const string Auto = "auto";

    public static IReadOnlyList<string> Kinds { get; } = [Auto, "kitty", "iterm2", "sixel", "blocks"];

    /// <summary>The command line with the value written out where the option stands alone.</summary>
    public static string[] Complete(string[] args)
    {
        int end = Array.IndexOf(args, "--");
        return [.. args.Select((arg, index) => arg == Name && (end < 0 || index < end)
            && !Kinds.Contains(args.ElementAtOrDefault(index + 1)) ? $"{Name}={Auto}" : arg)];
    }
}

using System.Diagnostics;
using System.Globalization;
using System.Text;
using Glide.Pipelines;
using Spectre.Console;
using Spectre.Console.Rendering;

namespace Glide.Cli.Output;

/// <summary>
/// Shows progress on stderr: a bar per stage on a terminal, one plain line per stage elsewhere, nothing when quiet.
/// </summary>
internal sealed class ConsoleProgress(TextWriter error, bool quiet, bool animate) : IProgressDisplay
{
    /// <summary>Whether stderr is a terminal that may be drawn on.</summary>
    public static bool CanAnimate =>
        !Console.IsErrorRedirected &&
        string.IsNullOrEmpty(Environment.GetEnvironmentVariable("NO_COLOR")) &&
        Environment.GetEnvironmentVariable("TERM") is not ("dumb" or "" or null);

    private IAnsiConsole? _live;

    public Action<StepPreview>? Preview => null;

    public TextWriter Above(TextWriter output) => animate && !quiet && !Console.IsOutputRedirected
        ? new LinesAboveBars(this, output) : output;

    public void Run(Action<IProgress<GenerationProgress>> work)
    {
        if (quiet)
            work(new Reporter(_ => { }));
        else if (animate)
            RunWithBars(work);
        else
            RunWithLines(work);
    }

    private void RunWithBars(Action<IProgress<GenerationProgress>> work)
    {
        var console = AnsiConsole.Create(new AnsiConsoleSettings { Out = new AnsiConsoleOutput(Console.Error) });
        _live = console;
        console.Progress()
            .AutoClear(true)
            .HideCompleted(true)
            .Columns(new TaskDescriptionColumn(), new ProgressBarColumn { Width = 30 }, new StepColumn(),
                new RateColumn(), new RemainingTimeColumn())
            .Start(context =>
            {
                ProgressTask? bar = null;
                string stage = "";
                work(new Reporter(report =>
                {
                    if (bar is null || stage != report.Stage || report.Step < bar.Value)
                    {
                        bar?.StopTask();
                        stage = report.Stage;
                        bar = context.AddTask(Title(report), maxValue: Math.Max(1, report.Steps));
                    }
                    bar.Description = Title(report);
                    bar.Value = report.Step;
                }));
            });
        _live = null;
    }

    private void RunWithLines(Action<IProgress<GenerationProgress>> work)
    {
        var clock = Stopwatch.StartNew();
        int begin = 0, last = 0;
        work(new Reporter(report =>
        {
            // A batch may go on behind the first steps of others.
            if (report.Step != last + 1)
            {
                clock.Restart();
                begin = report.Step;
            }
            last = report.Step;
            if (report.Step != report.Steps)
                return;
            double seconds = clock.Elapsed.TotalSeconds;
            int steps = report.Steps - begin;
            error.WriteLine(string.Create(CultureInfo.InvariantCulture,
                $"{Title(report)}: {Counted.Of(steps, "step")} in {seconds:0.0} s "
                    + $"({steps / Math.Max(seconds, 1e-9):0.0} steps/s)"));
        }));
    }

    /// <summary>What a report is about: the stage, and which of several images.</summary>
    public static string Title(GenerationProgress report) => report switch
    {
        { Images: 1 } => report.Stage,
        { Rows: 1 } => $"{report.Stage} {report.First + 1} of {report.Images}",
        _ => $"{report.Stage} {report.First + 1}-{report.First + report.Rows} of {report.Images}",
    };

    private sealed class LinesAboveBars(ConsoleProgress progress, TextWriter output) : TextWriter
    {
        public override Encoding Encoding => output.Encoding;

        public override void WriteLine(string? value)
        {
            if (progress._live is { } console)
                console.Write(new Text(value + Environment.NewLine));
            else
                output.WriteLine(value);
        }

        public override void Flush() => output.Flush();
    }

    /// <summary>Reports at once and in order, which <see cref="Progress{T}"/> does not promise.</summary>
    private sealed class Reporter(Action<GenerationProgress> show) : IProgress<GenerationProgress>
    {
        public void Report(GenerationProgress value) => show(value);
    }

    private sealed class StepColumn : ProgressColumn
    {
        public override IRenderable Render(RenderOptions options, ProgressTask task, TimeSpan deltaTime) =>
            new Text(string.Create(CultureInfo.InvariantCulture, $"{task.Value:0}/{task.MaxValue:0}"));
    }

    private sealed class RateColumn : ProgressColumn
    {
        public override IRenderable Render(RenderOptions options, ProgressTask task, TimeSpan deltaTime)
        {
            double seconds = task.ElapsedTime?.TotalSeconds ?? 0;
            return new Text(seconds > 0 ? string.Create(CultureInfo.InvariantCulture,
                $"{task.Value / seconds:0.0} steps/s") : "");
        }
    }
}

/// <summary>Shows on stderr how far a run is.</summary>
internal interface IProgressDisplay
{
    /// <summary>Wants the images at every step; <c>null</c> where the display does not draw them.</summary>
    Action<StepPreview>? Preview { get; }

    /// <summary>
    /// A writer for lines of stdout while the display is drawn: where both share a terminal, lines go above it.
    /// </summary>
    TextWriter Above(TextWriter output);

    /// <summary>Runs the work while its progress is shown.</summary>
    /// <param name="work">Gets where to report to.</param>
    void Run(Action<IProgress<GenerationProgress>> work);
}

using System.Diagnostics;
using System.Globalization;
using Glide.ModelSets;
using Spectre.Console;
using Spectre.Console.Rendering;

namespace Glide.Cli.Output;

/// <summary>
/// Shows downloads on stderr: a bar a file on a terminal, one plain line a file elsewhere, nothing when quiet.
/// </summary>
internal sealed class DownloadBars(TextWriter error, bool quiet, bool animate)
{
    /// <summary>Runs the work while its progress is shown.</summary>
    public void Run(Action<IProgress<DownloadProgress>> work)
    {
        if (quiet)
            work(new Reporter(_ => { }));
        else if (animate)
            RunWithBars(work);
        else
            RunWithLines(work);
    }

    private static void RunWithBars(Action<IProgress<DownloadProgress>> work)
    {
        var console = AnsiConsole.Create(new AnsiConsoleSettings { Out = new AnsiConsoleOutput(Console.Error) });
        console.Progress()
            .AutoClear(true)
            .Columns(new TaskDescriptionColumn(), new ProgressBarColumn { Width = 30 }, new BytesColumn(),
                new RateColumn(), new RemainingTimeColumn())
            .Start(context =>
            {
                var bars = new Dictionary<string, ProgressTask>();
                work(new Reporter(report =>
                {
                    if (!bars.TryGetValue(report.File, out var bar))
                    {
                        bars.Add(report.File, bar = context.AddTask(Markup.Escape(report.File),
                            maxValue: Math.Max(1, report.Total ?? 1)));
                    }
                    bar.IsIndeterminate = report.Total is null;
                    bar.MaxValue = Math.Max(1, report.Total ?? report.Received);
                    bar.Value = report.Received;
                    if (report.Notice is not null)
                        console.WriteLine($"{report.File}: {report.Notice}");
                }));
            });
    }

    private void RunWithLines(Action<IProgress<DownloadProgress>> work)
    {
        var clocks = new Dictionary<string, (Stopwatch Clock, long Start)>();
        work(new Reporter(report =>
        {
            if (!clocks.TryGetValue(report.File, out var begun))
                clocks.Add(report.File, begun = (Stopwatch.StartNew(), report.Received));
            if (report.Notice is null)
                return;
            bool isWhole = report.Received == report.Total;
            double seconds = begun.Clock.Elapsed.TotalSeconds;
            error.WriteLine(isWhole
                ? string.Create(CultureInfo.InvariantCulture,
                    $"{report.File}: {ByteSize.Text(report.Received)} in {seconds:0.0} s; {report.Notice}")
                : $"{report.File}: {ByteSize.Text(report.Received)}; {report.Notice}");
        }));
    }

    private sealed class BytesColumn : ProgressColumn
    {
        public override IRenderable Render(RenderOptions options, ProgressTask task, TimeSpan deltaTime) =>
            new Text(task.IsIndeterminate
                ? ByteSize.Text((long)task.Value)
                : $"{ByteSize.Text((long)task.Value)} of {ByteSize.Text((long)task.MaxValue)}");
    }

    private sealed class RateColumn : ProgressColumn
    {
        public override IRenderable Render(RenderOptions options, ProgressTask task, TimeSpan deltaTime) =>
            new Text(task.Speed is { } speed ? $"{ByteSize.Text((long)speed)}/s" : "");
    }

    /// <summary>Reports at once and in order, which <see cref="Progress{T}"/> does not promise.</summary>
    private sealed class Reporter(Action<DownloadProgress> show) : IProgress<DownloadProgress>
    {
        public void Report(DownloadProgress value) => show(value);
    }
}

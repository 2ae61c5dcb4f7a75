using System.Globalization;
using Glide.Cli.Output;
using Glide.Training;

namespace Glide.Cli.Training;

/// <summary>Shows how far training is: one line that changes on a terminal, some lines elsewhere.</summary>
internal sealed class TrainingProgressLine(TextWriter error, bool quiet) : IDisposable
{
    private const string ToStartAndClear = "\r\e[K";

    // Elsewhere than on a terminal a line is for a log file.
    private static readonly TimeSpan s_pause = TimeSpan.FromSeconds(10);

    private readonly bool _animates = ConsoleProgress.CanAnimate;
    private DateTime _next = DateTime.MinValue;
    private bool _isShown;

    public void Report(TrainingProgress progress)
    {
        if (quiet || (!_animates && DateTime.UtcNow < _next && progress.Step < progress.Steps))
            return;
        _next = DateTime.UtcNow + s_pause;
        error.Write(_animates ? ToStartAndClear + Text(progress) : Text(progress) + Environment.NewLine);
        error.Flush();
        _isShown = true;
    }

    /// <summary>Leaves the last line where it is.</summary>
    public void Dispose()
    {
        if (_isShown && _animates)
            error.WriteLine();
        _isShown = false;
    }

    internal static string Text(TrainingProgress progress)
    {
        var left = TimeSpan.FromSeconds(Math.Min(progress.SecondsLeft, TimeSpan.FromDays(999).TotalSeconds));
        string time = left.TotalDays >= 1
            ? string.Create(CultureInfo.InvariantCulture, $"{left.TotalDays:0.0} days")
            : left.ToString(left.TotalHours >= 1 ? @"h\:mm\:ss" : @"m\:ss", CultureInfo.InvariantCulture);
        return string.Create(CultureInfo.InvariantCulture,
            $"step {progress.Step:N0} of {progress.Steps:N0}  loss {progress.Loss:G3}  "
                + $"{progress.ImagesPerSecond:G3} images/s  {time} left");
    }
}

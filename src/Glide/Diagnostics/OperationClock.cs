using System.Diagnostics;
using Glide.Models.Ops;

namespace Glide.Diagnostics;

/// <summary>
/// Adds up the time between the beginnings and the ends that <see cref="Operations"/> announces, by kind.
/// </summary>
/// <remarks>
/// Of operations within each other the outermost counts. One thread at a time may run networks meanwhile.
/// </remarks>
internal sealed class OperationClock : IDisposable
{
    private readonly Dictionary<string, TimeSpan> _times = [];
    private readonly ActivityListener _listener;
    private readonly Action _finish;
    private long _start;
    private int _depth;
    private bool _isRunning;

    /// <summary>Listens, and counts nothing until <see cref="Resume"/>.</summary>
    /// <param name="finish">Waits until the device has done what it was told to.</param>
    public OperationClock(Action finish)
    {
        _finish = finish;
        _listener = new ActivityListener
        {
            ShouldListenTo = source => source.Name == Operations.SourceName,
            Sample = (ref ActivityCreationOptions<ActivityContext> _) => ActivitySamplingResult.PropagationData,
            ActivityStarted = _ => Begin(),
            ActivityStopped = activity => End(activity.OperationName),
        };
        ActivitySource.AddActivityListener(_listener);
    }

    public IReadOnlyDictionary<string, TimeSpan> Times => _times;

    /// <summary>Counts operations from now on; none may be under way.</summary>
    public void Resume() => _isRunning = true;

    /// <summary>Counts none from now on; none may be under way.</summary>
    public void Pause() => _isRunning = false;

    public void Dispose() => _listener.Dispose();

    private void Begin()
    {
        if (!_isRunning || _depth++ > 0)
            return;
        _finish();
        _start = Stopwatch.GetTimestamp();
    }

    private void End(string kind)
    {
        if (!_isRunning || --_depth > 0)
            return;
        _finish();
        _times[kind] = _times.GetValueOrDefault(kind) + Stopwatch.GetElapsedTime(_start);
    }
}

/// <summary>What a kind of operation takes of a step.</summary>
/// <param name="Kind"><c>convolution</c>, <c>normalization</c>, <c>attention</c>, <c>linear</c>, <c>resampling</c>,
/// <c>text</c>, or <c>other</c> for all between them.</param>
/// <param name="Milliseconds">Mean over the timed steps.</param>
internal sealed record OperationTime(string Kind, double Milliseconds);

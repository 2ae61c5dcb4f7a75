using System.Diagnostics;
using Glide.Datasets;
using Glide.Images;

namespace Glide.Training;

/// <summary>The one loop of training: steps, log, checkpoints, samples, the ends of a run.</summary>
internal sealed class TrainLoop : IDisposable
{
    // Steps with finite gradients after which the loss scale is doubled (Micikevicius et al. 2018).
    private const int StepsPerDoubling = 2000;

    private static readonly TimeSpan s_leastReserve = TimeSpan.FromSeconds(2);

    private readonly TrainingRun _run;
    private readonly TrainingState _state;
    private readonly TimestepSampler _timesteps;
    private readonly List<Replica> _replicas;
    private readonly Func<CancellationToken, TrainingBatch> _next;
    private readonly TrainingLog _log;
    private readonly IDisposable _lock;
    private TimeSpan _longestStep, _longestSave;

    /// <summary>Begins, or goes on from the last checkpoint.</summary>
    /// <param name="run">The folder, with the plan.</param>
    /// <param name="objectives">What is learned, on each device of the run; stay the caller's.</param>
    /// <param name="next">Opens the batches from a number on.</param>
    /// <exception cref="UsageException">Another process trains in the folder.</exception>
    /// <exception cref="CheckpointException">The last checkpoint is damaged, or of another run.</exception>
    public TrainLoop(
        TrainingRun run, IReadOnlyList<IObjective> objectives, Func<long, Func<CancellationToken, TrainingBatch>> next)
    {
        _run = run;
        _lock = run.Lock();
        _timesteps = new TimestepSampler(Settings.Timesteps, objectives[0].TimestepCount);
        _state = new TrainingState(objectives[0].Parameters, _timesteps, Settings);
        if (run.FindCheckpoints() is [.., var last])
            _state.Load(last);
        _replicas = [new Replica(objectives[0], _state.Weights)];
        foreach (var copy in objectives.Skip(1))
        {
            _replicas.Add(new Replica(copy, new FlatWeights(copy.Parameters)));
            _replicas[^1].Weights.CopyValues(_state.Weights);
        }
        _log = new TrainingLog(run.LogPath, _state.Step, objectives[0]);
        _next = next(_state.Step * Settings.Accumulate);
    }

    /// <summary>Draws samples with the averaged weights; <c>null</c> for none.</summary>
    public Func<RgbImage>? Samples { get; init; }

    /// <summary>
    /// Called at each checkpoint while the network has the averaged weights; <c>null</c> for nothing.
    /// </summary>
    public Action? Saving { get; init; }

    /// <summary>Called after each step.</summary>
    public Action<TrainingProgress>? Progress { get; init; }

    /// <summary>When everything must be saved; <c>null</c> for no limit.</summary>
    public DateTime? Deadline { get; init; }

    /// <summary>Steps done.</summary>
    public long Step => _state.Step;

    private TrainingSettings Settings => _run.Plan.Settings;

    /// <summary>Trains until the last step, the deadline or a signal; then saves.</summary>
    /// <returns>Why the run ended.</returns>
    /// <exception cref="NumericsException">The loss or a gradient is not finite; the last checkpoint stays.</exception>
    /// <exception cref="ResourceException">The disk is full.</exception>
    public TrainingEnd Run(CancellationToken stop)
    {
        // A run without a checkpoint gets one, even if there was no time for a step.
        long saved = _run.FindCheckpoints().Count > 0 ? _state.Step : -1;
        var clock = Stopwatch.StartNew();
        var sinceLog = Stopwatch.StartNew();
        while (_state.Step < Settings.Steps && !stop.IsCancellationRequested && !IsLate())
        {
            var start = clock.Elapsed;
            double norm = MakeStep();
            if (_state.Step % Settings.LogEvery == 0 || _state.Step == Settings.Steps)
            {
                Report(norm, sinceLog.Elapsed.TotalSeconds);
                sinceLog.Restart();
            }
            if (_state.Step % Settings.SaveEvery == 0)
                Save(saved = _state.Step);
            if (Settings.SampleEvery > 0 && _state.Step % Settings.SampleEvery == 0)
                DrawSamples();
            _longestStep = clock.Elapsed - start > _longestStep ? clock.Elapsed - start : _longestStep;
        }
        if (saved != _state.Step)
            Save(_state.Step);
        LossChart.Write(_run.ChartPath, _log.Points);
        return _state.Step >= Settings.Steps ? TrainingEnd.Finished
            : stop.IsCancellationRequested ? TrainingEnd.Stopped : TrainingEnd.OutOfTime;
    }

    public void Dispose()
    {
        foreach (var copy in _replicas.Skip(1))
            copy.Weights.Dispose();
        _replicas.ForEach(replica => replica.Dispose());
        _state.Dispose();
        _lock.Dispose();
    }

    private bool IsLate() => Deadline is { } end
        && DateTime.UtcNow + _longestStep + _longestSave + s_leastReserve > end;

    // Returns the length of the gradient.
    private double MakeStep()
    {
        bool isHalf = _run.Plan.Dtype == "fp16";
        double scale = isHalf ? _state.LossScale : 1;
        var names = new List<string>();
        var batches = new List<BatchTerms>();
        _replicas.ForEach(replica => replica.Weights.ZeroGradients());
        for (int part = 0; part < Settings.Accumulate; part += _replicas.Count)
            AddGradients(part, scale / Settings.Accumulate, names, batches);
        foreach (var copy in _replicas.Skip(1))
            _state.Weights.AddGradients(copy.Weights);
        foreach (var batch in batches)
        {
            _timesteps.Observe(batch.Timesteps, SumOf(batch.Terms));
            _log.Add(batch);
        }
        double norm = _state.Weights.GradientNorm() / scale;
        if (double.IsFinite(norm))
            Update(norm, scale, isHalf);
        else if (isHalf && _state.LossScale > 1)
            _state.LossScale /= 2;
        else
            throw NotFinite("gradient", names);
        _state.Step++;
        return norm;
    }

    // One batch on each device, all at once.
    private void AddGradients(int part, double factor, List<string> names, List<BatchTerms> batches)
    {
        var drawn = new List<DrawnBatch>();
        try
        {
            foreach (var replica in _replicas)
            {
                using var batch = _next(CancellationToken.None);
                long number = (_state.Step * Settings.Accumulate) + part + drawn.Count;
                drawn.Add(replica.Draw(batch, Settings.Seed, number, _timesteps));
            }
            BatchTerms[] made = drawn.Count == 1
                ? [_replicas[0].AddGradients(drawn[0], factor)]
                : Task.WhenAll(_replicas.Zip(drawn, (replica, batch) =>
                    Task.Run(() => replica.AddGradients(batch, factor)))).GetAwaiter().GetResult();
            foreach (var (batch, terms) in drawn.Zip(made))
            {
                if (!double.IsFinite(terms.Loss))
                    throw NotFinite("loss", batch.Names);
                names.AddRange(batch.Names);
            }
            batches.AddRange(made);
        }
        finally
        {
            drawn.ForEach(batch => batch.Dispose());
        }
    }

    private void Update(double norm, double scale, bool isHalf)
    {
        double limit = Settings.ClipGradient > 0 ? Math.Min(1, Settings.ClipGradient / (norm + 1e-6)) : 1;
        long updates = _state.Optimizer.Steps;
        _state.Optimizer.Step(Settings.RateAt(_state.Step), limit / scale);
        _replicas[0].Objective.AfterStep();
        foreach (var copy in _replicas.Skip(1))
            copy.Weights.CopyValues(_state.Weights);
        _state.Average.Update(updates);
        if (isHalf && (updates + 1) % StepsPerDoubling == 0)
            _state.LossScale *= 2;
    }

    private void Report(double norm, double seconds)
    {
        double rate = Settings.RateAt(_state.Step - 1);
        var (loss, speed) = _log.Write(new StepRecord(_state.Step, rate, norm, seconds, Environment.WorkingSet));
        double images = (double)(Settings.Steps - _state.Step) * Settings.Accumulate * Settings.BatchSize;
        Progress?.Invoke(new TrainingProgress(_state.Step, Settings.Steps, loss, speed, images / speed));
    }

    private void Save(long step)
    {
        var clock = Stopwatch.StartNew();
        _state.Save(_run.CheckpointPath(step));
        if (Saving is { } saving)
            _state.Average.Apply(saving);
        _run.DeleteOldCheckpoints(Settings.Keep);
        LossChart.Write(_run.ChartPath, _log.Points);
        _longestSave = clock.Elapsed > _longestSave ? clock.Elapsed : _longestSave;
    }

    private void DrawSamples()
    {
        if (Samples is { } draw)
            _state.Average.Apply(() => ImageFile.SavePng(_run.SamplePath(_state.Step), draw()));
    }

    private NumericsException NotFinite(string what, IReadOnlyList<string> images)
    {
        const int shown = 8;
        string last = _run.FindCheckpoints() is [.., var path]
            ? $"the last good checkpoint is '{path}'" : "there is no checkpoint yet";
        string more = images.Count > shown ? $" and {images.Count - shown} more" : "";
        return new NumericsException(
            $"the {what} is not finite at step {_state.Step + 1}, with the images "
                + $"{string.Join(", ", images.Take(shown))}{more}; {last}; try a lower --lr or --dtype fp32");
    }

    private static float[] SumOf(float[][] terms) =>
        [.. Enumerable.Range(0, terms[0].Length).Select(image => terms.Sum(term => term[image]))];
}

/// <summary>Why a run ended.</summary>
internal enum TrainingEnd
{
    Finished,

    /// <summary>By a signal.</summary>
    Stopped,

    OutOfTime,
}

/// <summary>How far a run is.</summary>
/// <param name="Step">Steps done.</param>
/// <param name="Steps">Steps in all.</param>
/// <param name="Loss">Mean since the last report.</param>
/// <param name="ImagesPerSecond">Speed since the last report.</param>
/// <param name="SecondsLeft">At this speed.</param>
internal sealed record TrainingProgress(
    long Step, long Steps, double Loss, double ImagesPerSecond, double SecondsLeft);

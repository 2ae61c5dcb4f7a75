using System.Diagnostics;
using System.Text.Json.Nodes;
using Glide.Pipelines;

namespace Glide.Server.Jobs;

/// <summary>How far a job is.</summary>
/// <param name="Report">The run's own report.</param>
/// <param name="Fraction">0 to 1; never falls.</param>
/// <param name="SecondsLeft">An estimate; <c>null</c> before the first step.</param>
internal sealed record JobProgress(GenerationProgress Report, double Fraction, double? SecondsLeft)
{
    public JsonObject ToJson() => new()
    {
        ["stage"] = Report.Stage,
        ["step"] = Report.Step,
        ["steps"] = Report.Steps,
        ["first"] = Report.First,
        ["rows"] = Report.Rows,
        ["images_done"] = Report.ImagesDone,
        ["images"] = Report.Images,
        ["fraction"] = Math.Round(Fraction, 4),
        ["seconds_left"] = SecondsLeft is { } seconds ? Math.Round(seconds, 1) : null,
    };
}

/// <summary>Estimates how long jobs take from the time that stages took before.</summary>
internal sealed class StageTimes
{
    // What a stage is taken to need that has not run yet: with the built-in networks both take about as long.
    private const double Unknown = 1;

    private readonly Dictionary<string, double> _seconds = [];

    /// <summary>Follows a job.</summary>
    public JobTimer Follow(JobPlan plan) => new(this, plan);

    /// <summary>Measures the stages of one job.</summary>
    internal sealed class JobTimer
    {
        private const string Inversion = "invert";

        private readonly StageTimes _times;
        private readonly IReadOnlyList<(string Name, string Key)> _stages;
        private readonly Stopwatch _clock = new();
        private int _stage = -1;
        private double _fraction;

        public JobTimer(StageTimes times, JobPlan plan)
        {
            _times = times;
            var stages = plan.Recipe.Stages.Select((stage, place) =>
                (plan.Task == JobTasks.Upscale ? "upsample" : Recipe.NameOf(place), $"{plan.Task} {stage}"));
            _stages = plan.Task == JobTasks.Vary
                ? [(Inversion, $"{Inversion} {plan.Recipe.Base}"), .. stages]
                : [.. stages];
        }

        /// <summary>The progress of the whole job.</summary>
        public JobProgress Progress(GenerationProgress report)
        {
            int stage = Math.Max(0, _stages.ToList().FindIndex(each => each.Name == report.Stage));
            if (stage != _stage || report.Step == 0)
                _clock.Restart();
            _stage = stage;
            double elapsed = _clock.Elapsed.TotalSeconds, part = (double)report.Step / Math.Max(1, report.Steps);
            string key = KeyOf(stage, report.Rows);
            if (report.Step == report.Steps)
                _times._seconds[key] = elapsed;
            double whole = report.Step > 0 ? elapsed / part : SecondsOf(stage, report.Rows);
            double before = Sum(0, stage, report.Rows), after = Sum(stage + 1, _stages.Count, report.Rows);
            double round = before + whole + after;
            int images = Math.Max(1, report.Images), rows = Math.Max(1, report.Rows);
            double rounds = Math.Max(0, (double)(images - report.First - rows) / rows);
            double left = (whole * (1 - part)) + after + (rounds * round);
            double done = (report.First / (double)rows * round) + before + (whole * part);
            _fraction = Math.Max(_fraction, done / Math.Max(1e-9, done + left));
            return new JobProgress(report, Math.Min(1, _fraction), report.Step > 0 ? left : null);
        }

        private double Sum(int first, int end, int rows) =>
            Enumerable.Range(first, end - first).Sum(stage => SecondsOf(stage, rows));

        private double SecondsOf(int stage, int rows) =>
            _times._seconds.GetValueOrDefault(KeyOf(stage, rows), Unknown);

        private string KeyOf(int stage, int rows) => $"{rows} {_stages[stage].Key}";
    }
}

using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using Glide.Images;

namespace Glide.Training;

/// <summary>The log of a run, one JSON object a line, and the chart of its loss.</summary>
internal sealed class TrainingLog
{
    private const int Quarters = 4;

    private readonly string _path;
    private readonly IObjective _objective;
    private readonly List<LossPoint> _points = [];
    private readonly List<BatchTerms> _batches = [];

    /// <summary>Opens the log of a run that goes on behind a step; later lines are removed.</summary>
    /// <param name="path">The file; it need not exist.</param>
    /// <param name="step">Steps done.</param>
    /// <param name="objective">Names what is measured.</param>
    public TrainingLog(string path, long step, IObjective objective)
    {
        _path = path;
        _objective = objective;
        if (!File.Exists(path))
            return;
        var kept = new List<string>();
        foreach (string line in File.ReadLines(path))
        {
            if (Point(line) is not { } point || point.Step > step)
                continue;
            kept.Add(line);
            _points.Add(point);
        }
        AtomicFile.Write(path, stream => stream.Write(Encoding.UTF8.GetBytes(string.Concat(kept.Select(line =>
            line + "\n")))));
    }

    /// <summary>The loss over the steps.</summary>
    public IReadOnlyList<LossPoint> Points => _points;

    /// <summary>Remembers a batch for the next line.</summary>
    public void Add(BatchTerms batch) => _batches.Add(batch);

    /// <summary>Writes a line about the batches since the last one.</summary>
    /// <returns>The mean loss, and the images a second.</returns>
    public (double Loss, double ImagesPerSecond) Write(StepRecord step)
    {
        int images = _batches.Sum(batch => batch.Timesteps.Length);
        double loss = _batches.Average(batch => batch.Loss), speed = images / Math.Max(step.Seconds, 1e-9);
        var line = new JsonObject
        {
            ["step"] = step.Step,
            ["loss"] = Rounded(loss),
        };
        for (int term = 0; term < _objective.Terms.Count; term++)
            AddTerm(line, term);
        line["lr"] = step.Rate;
        line["gradient_norm"] = Rounded(step.GradientNorm);
        line["images_per_second"] = Rounded(speed);
        line["memory_mb"] = step.MemoryBytes / 1_000_000;
        File.AppendAllText(_path, line.ToJsonString() + "\n");
        _points.Add(new LossPoint(step.Step, loss));
        _batches.Clear();
        return (loss, speed);
    }

    // The mean over all images, then over those of each quarter of the timesteps, null where there were none.
    private void AddTerm(JsonObject line, int term)
    {
        string name = _objective.Terms[term];
        var values = _batches.SelectMany(batch => batch.Timesteps.Zip(batch.Terms[term])).ToList();
        line[name] = Rounded(values.Average(value => value.Second));
        line[$"{name}_quarters"] = new JsonArray([.. Enumerable.Range(0, Quarters).Select(quarter =>
        {
            var own = values.FindAll(value => value.First * Quarters / _objective.TimestepCount == quarter);
            return own.Count == 0 ? null : JsonValue.Create(Rounded(own.Average(value => value.Second)));
        })]);
    }

    private static LossPoint? Point(string line)
    {
        try
        {
            var node = JsonNode.Parse(line);
            return new LossPoint((long)node!["step"]!, (double)node["loss"]!);
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException or NullReferenceException)
        {
            // A line that was cut when the process ended.
            return null;
        }
    }

    private static double Rounded(double value) =>
        double.IsFinite(value) && value != 0
            ? Math.Round(value, Math.Clamp(6 - (int)Math.Ceiling(Math.Log10(Math.Abs(value))), 0, 15))
            : 0;
}

/// <summary>What the log says of a step beside its losses.</summary>
/// <param name="Step">Steps done.</param>
/// <param name="Rate">Learning rate.</param>
/// <param name="GradientNorm">Length of the gradient before it was limited.</param>
/// <param name="Seconds">Time since the last line.</param>
/// <param name="MemoryBytes">Memory of the process.</param>
internal sealed record StepRecord(long Step, double Rate, double GradientNorm, double Seconds, long MemoryBytes);

/// <summary>Mean loss up to a step.</summary>
internal sealed record LossPoint(long Step, double Loss);

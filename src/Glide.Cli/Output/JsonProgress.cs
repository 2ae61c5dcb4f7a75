using System.Diagnostics;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;
using Glide.Pipelines;

namespace Glide.Cli.Output;

/// <summary>Progress for machines: a JSON object a line.</summary>
internal sealed class JsonProgress(TextWriter error) : IProgress<GenerationProgress>, IProgressDisplay
{
    private readonly Stopwatch _clock = Stopwatch.StartNew();

    public Action<StepPreview>? Preview => null;

    public TextWriter Above(TextWriter output) => output;

    public void Run(Action<IProgress<GenerationProgress>> work) => work(this);

    public void Report(GenerationProgress value) => error.WriteLine(JsonLine.Of(new JsonObject
    {
        ["event"] = "progress",
        ["stage"] = value.Stage,
        ["step"] = value.Step,
        ["steps"] = value.Steps,
        ["images_done"] = value.ImagesDone,
        ["images"] = value.Images,
        ["seconds_left"] = SecondsLeft(value),
    }));

    // From whole images, once there are some; before that, from the steps of the first.
    private double? SecondsLeft(GenerationProgress value)
    {
        double done = value.ImagesDone > 0 ? value.ImagesDone : value.Rows
            * (double)value.Step / Math.Max(1, value.Steps);
        return done > 0 ? Math.Round(_clock.Elapsed.TotalSeconds / done * (value.Images - done), 1) : null;
    }
}

/// <summary>JSON on one line, readable for people where that is safe.</summary>
internal static class JsonLine
{
    private static readonly JsonSerializerOptions Options =
        new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    public static string Of(JsonObject json) => json.ToJsonString(Options);
}

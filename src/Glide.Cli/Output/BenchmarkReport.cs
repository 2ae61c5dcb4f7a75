using System.Globalization;
using System.Text.Json.Nodes;
using Glide.Pipelines.Benchmarks;

namespace Glide.Cli.Output;

/// <summary>Measurements for people and for programs.</summary>
internal static class BenchmarkReport
{
    /// <summary>One line of JSON.</summary>
    public static string Json(BenchmarkResult result) => JsonLine.Of(new JsonObject
    {
        ["stage"] = result.Stage,
        ["dtype"] = result.Dtype,
        ["device"] = result.Device,
        ["processor"] = result.Processor,
        ["threads"] = result.Threads,
        ["guidance"] = result.Guidance,
        ["rows"] = result.Rows,
        ["ms_per_step"] = Math.Round(result.MillisecondsPerStep, 3),
        ["processor_ms_per_step"] = Math.Round(result.ProcessorMillisecondsPerStep, 3),
        ["steps_per_second"] = Math.Round(result.StepsPerSecond, 4),
        ["gflop_per_step"] = Math.Round(result.GflopPerStep, 3),
        ["gflop_per_second"] = Math.Round(result.GflopPerSecond, 1),
        ["ceiling_convolution"] = Math.Round(result.ConvolutionCeiling, 1),
        ["ceiling_matrix"] = Math.Round(result.MatrixCeiling, 1),
        ["part_of_ceiling"] = Math.Round(result.PartOfCeiling, 4),
        ["text_ms"] = Math.Round(result.TextMilliseconds, 2),
        ["load_seconds"] = Math.Round(result.LoadSeconds, 3),
        ["peak_bytes"] = result.PeakBytes,
        ["step_bytes"] = result.StepBytes,
        ["profile_ms"] = new JsonObject(result.Profile.Select(time => KeyValuePair.Create(time.Kind, (JsonNode?)Math.Round(time.Milliseconds, 3)))),
    });

    /// <summary>A table of the measurements, and one of the kinds of operation where they were asked for.</summary>
    public static void Print(IReadOnlyList<BenchmarkResult> results, TextWriter output)
    {
        var first = results[0];
        output.WriteLine(first.Device == "cpu" ? $"{first.Processor}, {first.Threads} thread(s)" : first.Device);
        output.WriteLine();
        var table = new TextTable("STAGE", "DTYPE", "GUIDED", "ROWS", "MS/STEP", "STEPS/S", "GFLOP/S", "CONV", "MATMUL", "OF IT", "TEXT MS", "LOAD S", "PEAK MB", "STEP MB");
        foreach (var result in results)
        {
            table.Add(result.Stage, result.Dtype, result.Guidance, Show(result.Rows, "0"), Show(result.MillisecondsPerStep, "0.0"), Show(result.StepsPerSecond, "0.000"),
                Show(result.GflopPerSecond, "0"), Show(result.ConvolutionCeiling, "0"), Show(result.MatrixCeiling, "0"), Show(result.PartOfCeiling, "0 %"),
                Show(result.TextMilliseconds, "0"), Show(result.LoadSeconds, "0.00"), Megabytes(result.PeakBytes), Megabytes(result.StepBytes));
        }
        table.Write(output);
        output.WriteLine();
        output.WriteLine("CONV, MATMUL: GFLOP/s of a large convolution and a large matrix product; OF IT: part");
        output.WriteLine("of the larger one. TEXT: once a prompt. LOAD: from a file that was just written.");
        output.WriteLine("PEAK: the most that loading and steps held; STEP: of it, what the steps added.");
        foreach (var result in results.Where(result => result.Profile.Count > 0))
            PrintProfile(result, output);
    }

    private static void PrintProfile(BenchmarkResult result, TextWriter output)
    {
        output.WriteLine();
        double all = result.Profile.Sum(time => time.Milliseconds);
        var table = new TextTable($"{result.Stage} {result.Dtype}", "MS/STEP", "SHARE");
        foreach (var time in result.Profile)
            table.Add(time.Kind, Show(time.Milliseconds, "0.0"), Show(time.Milliseconds / all, "0.0 %"));
        table.Write(output);
    }

    private static string Megabytes(long? bytes) => bytes is null ? "-" : Show(bytes.Value / 1e6, "0");

    private static string Show(double value, string format) => value.ToString(format, CultureInfo.InvariantCulture);
}

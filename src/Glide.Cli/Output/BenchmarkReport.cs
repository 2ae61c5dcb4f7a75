using System.Globalization;
using System.Text.Json.Nodes;
using Glide.Diagnostics;

namespace Glide.Cli.Output;

/// <summary>Measurements for people and for programs.</summary>
internal static class BenchmarkReport
{
    private const int ImplementationColumn = 2;
    private const int SpeedupColumn = 6;

    /// <summary>How a sentence calls what glide is measured beside.</summary>
    public static string NameOf(string rival) => rival == BenchmarkResult.Original ? "the original" : rival;

    public static string Json(BenchmarkResult result) => JsonLine.Of(new JsonObject
    {
        ["stage"] = result.Stage,
        ["dtype"] = result.Dtype,
        ["implementation"] = result.Implementation,
        ["device"] = result.Device,
        ["processor"] = result.Processor,
        ["threads"] = result.Threads,
        ["guidance"] = result.Guidance,
        ["rows"] = result.Rows,
        ["ms_per_step"] = Math.Round(result.MillisecondsPerStep, 3),
        ["processor_ms_per_step"] = Math.Round(result.ProcessorMillisecondsPerStep, 3),
        ["speedup"] = result.Speedup is { } speedup ? Math.Round(speedup, 3) : null,
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
        ["profile_ms"] = new JsonObject(result.Profile.Select(time =>
            KeyValuePair.Create(time.Kind, (JsonNode?)Math.Round(time.Milliseconds, 3)))),
    });

    /// <summary>A table of the measurements, and one of the kinds of operation where they were asked for.</summary>
    public static void Print(IReadOnlyList<BenchmarkResult> results, TextWriter output)
    {
        var first = results[0];
        output.WriteLine(first.Device == "cpu" ? $"{first.Processor}, {first.Threads} thread(s)" : first.Device);
        output.WriteLine();
        bool isBeside = first.Speedup is not null;
        var table = new TextTable([.. Cells(isBeside,
            "STAGE", "DTYPE", "IMPL", "GUIDED", "ROWS", "MS/STEP", "SPEEDUP", "STEPS/S", "GFLOP/S", "CONV", "MATMUL",
            "OF IT", "TEXT MS", "LOAD S", "PEAK MB", "STEP MB")]);
        foreach (var result in results)
            table.Add([.. Row(result, isBeside)]);
        table.Write(output);
        output.WriteLine();
        if (results.Any(result => result.Implementation == BenchmarkResult.Original))
        {
            output.WriteLine("IMPL original: its operations in its order, on the same libtorch and weights, in turns");
            output.WriteLine("with glide; it reads its prompts at every step. SPEEDUP: its time over that of the row.");
        }
        else if (isBeside)
        {
            output.WriteLine("IMPL libtorch: its operations in the same network, on the same weights, in turns with");
            output.WriteLine("glide. SPEEDUP: its time over that of the row.");
        }
        output.WriteLine("CONV, MATMUL: GFLOP/s of a large convolution and a large matrix product; OF IT: part");
        output.WriteLine("of the larger one. TEXT: once a prompt. LOAD: from a file that was just written.");
        output.WriteLine("PEAK: the most that loading and steps held; STEP: of it, what the steps added.");
        foreach (var result in results.Where(result => result.Profile.Count > 0))
            PrintProfile(result, output);
    }

    private static IEnumerable<string> Row(BenchmarkResult result, bool isBeside) => Cells(isBeside,
        result.Stage,
        result.Dtype,
        result.Implementation,
        result.Guidance,
        Show(result.Rows, "0"),
        Show(result.MillisecondsPerStep, "0.0"),
        Show(result.Speedup ?? 1, "0.00"),
        Show(result.StepsPerSecond, "0.000"),
        Show(result.GflopPerSecond, "0"),
        Show(result.ConvolutionCeiling, "0"),
        Show(result.MatrixCeiling, "0"),
        Show(result.PartOfCeiling, "0 %"),
        Show(result.TextMilliseconds, "0"),
        Show(result.LoadSeconds, "0.00"),
        Megabytes(result.PeakBytes),
        Megabytes(result.StepBytes));

    // Without a comparison the columns that compare are left out.
    private static IEnumerable<string> Cells(bool isBeside, params string[] cells) =>
        isBeside ? cells : cells.Where((_, column) => column is not (ImplementationColumn or SpeedupColumn));

    private static void PrintProfile(BenchmarkResult result, TextWriter output)
    {
        output.WriteLine();
        double all = result.Profile.Sum(time => time.Milliseconds);
        var table = new TextTable(Title(result), "MS/STEP", "SHARE");
        foreach (var time in result.Profile)
            table.Add(time.Kind, Show(time.Milliseconds, "0.0"), Show(time.Milliseconds / all, "0.0 %"));
        table.Write(output);
    }

    private static string Title(BenchmarkResult result) =>
        $"{result.Stage} {result.Dtype}{(result.Speedup is null ? "" : $" {result.Implementation}")}";

    private static string Megabytes(long? bytes) => bytes is null ? "-" : Show(bytes.Value / 1e6, "0");

    private static string Show(double value, string format) => value.ToString(format, CultureInfo.InvariantCulture);
}

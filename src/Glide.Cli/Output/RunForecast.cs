using System.Globalization;
using System.Text.Json.Nodes;
using Glide.Cli.Options;
using Glide.Diagnostics;
using Glide.ModelSets;
using Glide.Pipelines;
using Glide.Sheets;

namespace Glide.Cli.Output;

/// <summary>What a run will take.</summary>
/// <param name="Device">Where it was measured.</param>
/// <param name="Parts">Its images by their recipes.</param>
internal sealed record RunForecast(string Device, IReadOnlyList<ForecastPart> Parts)
{
    private const int Few = 100;

    /// <summary>Processes that share the work, one a device.</summary>
    public required int Processes { get; init; }

    /// <summary>Images that an earlier run has finished; <c>null</c> where none is gone on with.</summary>
    public required int? Finished { get; init; }

    /// <summary>Seconds before the first image is begun, and those of loading what is loaded later.</summary>
    public required double StartSeconds { get; init; }

    public required double DrawSeconds { get; init; }

    /// <summary>Memory at its peak; <c>null</c> where the system does not say.</summary>
    public required long? MemoryBytes { get; init; }

    /// <summary>Memory that is left beside.</summary>
    public required long AvailableBytes { get; init; }

    /// <summary>Room that the files take at most.</summary>
    public required long DiskBytes { get; init; }

    public required IReadOnlyList<string> Files { get; init; }

    public required long FreeBytes { get; init; }

    private double Seconds => StartSeconds + DrawSeconds;

    private bool HasWeights => Parts.All(part => part.Cost.HasWeights);

    public void Print(TextWriter output)
    {
        output.WriteLine($"device     {Device}{(Processes > 1 ? $", {Processes} processes" : "")}");
        if (Finished is { } finished)
            output.WriteLine($"finished   {Counted.Of(finished, "image is", "images are")} there already");
        if (Parts.Count == 0)
            output.WriteLine("images   0");
        foreach (var part in Parts)
            part.Print(output);
        output.WriteLine($"time       {Duration(Seconds)}, of which {Duration(StartSeconds)} to start");
        output.WriteLine(
            $"memory     {(MemoryBytes is { } bytes ? ByteSize.Text(bytes) : "unknown")}; "
                + $"{ByteSize.Text(AvailableBytes)} available beside");
        output.WriteLine(
            $"disk       at most {ByteSize.Text(DiskBytes)} for {string.Join(", ", Files)}; "
                + $"{ByteSize.Text(FreeBytes)} free");
        if (!HasWeights)
            output.WriteLine("weights    not all on this machine; measured with others of the same size");
    }

    public JsonObject ToJson() => new()
    {
        ["device"] = Device,
        ["processes"] = Processes,
        ["images"] = Parts.Sum(part => part.Work.Finished),
        ["finished_images"] = Finished,
        ["seconds"] = Math.Round(Seconds, 2),
        ["start_seconds"] = Math.Round(StartSeconds, 2),
        ["memory_bytes"] = MemoryBytes,
        ["available_bytes"] = AvailableBytes,
        ["disk_bytes"] = DiskBytes,
        ["free_bytes"] = FreeBytes,
        ["files"] = new JsonArray([.. Files.Select(file => JsonValue.Create(file))]),
        ["has_weights"] = HasWeights,
        ["parts"] = new JsonArray([.. Parts.Select(part => part.ToJson())]),
    };

    private static string Duration(double seconds) => seconds < Few
        ? string.Create(CultureInfo.InvariantCulture, $"{seconds:0.0} s")
        : TimeSpan.FromSeconds(Math.Round(seconds)).ToString("c", CultureInfo.InvariantCulture);
}

/// <summary>The images of one recipe in a forecast.</summary>
/// <param name="Work">What is to be made.</param>
/// <param name="Cost">What was measured.</param>
internal sealed record ForecastPart(Workload Work, RunCost Cost)
{
    public void Print(TextWriter output)
    {
        output.WriteLine(
            $"images     {Work.Finished} of {Cost.Size}, up to {Cost.Stages[0].BatchSize} together");
        if (Cost.Scoring is { } scoring)
        {
            string culled = Work.Cull is null ? "" : $", {Work.Drawn} drawn to the end";
            output.WriteLine(string.Create(CultureInfo.InvariantCulture,
                $"candidates {Work.Begun}{culled}; {Counted.Of(Work.Scores, "score")} by CLIP of "
                    + $"{scoring.ScoreSeconds:0.000} s"));
        }
        for (int stage = 0; stage < Cost.Stages.Count; stage++)
        {
            PrintStage(output, Recipe.NameOf(stage), Cost.Stages[stage], Work.Recipe.Stages[stage],
                Work.PassesOf(stage));
        }
    }

    public JsonObject ToJson()
    {
        var json = new JsonObject
        {
            ["images"] = Work.Finished,
            ["candidates"] = Work.Begun,
            ["drawn"] = Work.Drawn,
            ["width"] = Cost.Size.Width,
            ["height"] = Cost.Size.Height,
            ["batch_size"] = Cost.Stages[0].BatchSize,
        };
        for (int stage = 0; stage < Cost.Stages.Count; stage++)
            json[Recipe.NameOf(stage)] = ToJson(Cost.Stages[stage], Work.Recipe.Stages[stage], Work.PassesOf(stage));
        if (Cost.Stages.Count == 1)
            json[Recipe.NameOf(1)] = null;
        json["scoring"] = Cost.Scoring is not { } scoring ? null : new JsonObject
        {
            ["scores"] = Work.Scores,
            ["seconds_per_score"] = Math.Round(scoring.ScoreSeconds, 4),
            ["load_seconds"] = Math.Round(scoring.LoadSeconds, 3),
        };
        return json;
    }

    private static void PrintStage(TextWriter output, string name, StageCost cost, StageRecipe recipe, long passes) =>
        output.WriteLine(string.Create(
        CultureInfo.InvariantCulture,
        $"{name,-10} {Counted.Of(passes, "pass", "passes")} ({recipe.CountPasses()} an image), "
            + $"{cost.PassSeconds:0.000} s for {cost.BatchSize}; {recipe.Sampler} {recipe.Steps}, network "
            + $"{cost.Network}"));

    private static JsonObject ToJson(StageCost cost, StageRecipe recipe, long passes) => new()
    {
        ["network"] = cost.Network,
        ["passes"] = recipe.CountPasses(),
        ["image_passes"] = passes,
        ["batch_size"] = cost.BatchSize,
        ["seconds_per_pass"] = Math.Round(cost.PassSeconds, 4),
        ["load_seconds"] = Math.Round(cost.LoadSeconds, 3),
    };
}

/// <summary>The files that a run would write, and the room for them.</summary>
/// <param name="views">What is written beside the images.</param>
/// <param name="sheet">The numbered sheet in place of the images; <c>null</c> where they are written one by
/// one.</param>
/// <param name="output">Where the images go; <c>null</c> for the current folder.</param>
internal sealed class ForecastFiles(ViewSettings views, string? sheet, string? output)
{
    public IReadOnlyList<string> Names { get; } =
    [
        sheet is null ? "the images" : "--sheet",
        .. views.Grid is null ? Array.Empty<string>() : ["--grid"],
        .. views.Film is null ? Array.Empty<string>() : ["--gif"],
    ];

    /// <summary>Bytes on the disk where the images go that nobody uses yet.</summary>
    public long FreeBytes
    {
        get
        {
            // The folder may not be there yet; its disk is that of the nearest one that is.
            string path = Path.GetFullPath(sheet ?? output ?? ".");
            while (!Directory.Exists(path))
                path = Path.GetDirectoryName(path)!;
            return new DriveInfo(path).AvailableFreeSpace;
        }
    }

    /// <summary>Bytes that all files take at most.</summary>
    /// <param name="parts">What is made.</param>
    /// <param name="finished">Images that are there already; a grid shows them too.</param>
    public long MostBytes(IReadOnlyList<ForecastPart> parts, int finished)
    {
        long bytes = parts.Sum(part => sheet is null
            ? part.Cost.MostBytesFor(part.Work.Finished)
            : ProofSheet.MostBytesFor(part.Work.Finished, part.Cost.Size.Side));
        if (views.Grid is not null && parts.Count > 0)
        {
            bytes += ContactSheet.MostBytesFor(parts.Sum(part => part.Work.Finished) + finished,
                parts.Max(part => part.Cost.Size.Side));
        }
        if (views.Film is { } film)
        {
            bytes += parts.Sum(part => StepAnimation.MostBytesFor(film, part.Work.Finished, part.Cost.Size.Side,
                part.Work.Recipe));
        }
        return bytes;
    }
}

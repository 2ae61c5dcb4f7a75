using System.Globalization;
using System.Text.Json.Nodes;
using Glide.ModelStore;

namespace Glide.Cli.Output;

/// <summary>What a run will take.</summary>
/// <param name="Device">Where it was measured.</param>
/// <param name="Parts">Its pictures by their recipes.</param>
internal sealed record RunForecast(string Device, IReadOnlyList<ForecastPart> Parts)
{
    private const int Few = 100;

    /// <summary>Processes that share the work, one a device.</summary>
    public required int Processes { get; init; }

    /// <summary>Pictures that an earlier run has finished; <c>null</c> where none is gone on with.</summary>
    public required int? Finished { get; init; }

    /// <summary>Seconds before the first picture is begun, and those of loading what is loaded later.</summary>
    public required double StartSeconds { get; init; }

    /// <summary>Seconds of all that is made.</summary>
    public required double DrawSeconds { get; init; }

    /// <summary>Memory at its peak; <c>null</c> where the system does not say.</summary>
    public required long? MemoryBytes { get; init; }

    /// <summary>Memory that is left beside.</summary>
    public required long AvailableBytes { get; init; }

    /// <summary>Room that the files take at most.</summary>
    public required long DiskBytes { get; init; }

    /// <summary>What these files are.</summary>
    public required IReadOnlyList<string> Files { get; init; }

    /// <summary>Room that there is.</summary>
    public required long FreeBytes { get; init; }

    private double Seconds => StartSeconds + DrawSeconds;

    private bool HasWeights => Parts.All(part => part.Cost.HasWeights);

    /// <summary>Writes it for people.</summary>
    public void Print(TextWriter output)
    {
        output.WriteLine($"device     {Device}{(Processes > 1 ? $", {Processes} processes" : "")}");
        if (Finished is { } finished)
            output.WriteLine($"finished   {finished} pictures are there already");
        if (Parts.Count == 0)
            output.WriteLine("pictures   0");
        foreach (var part in Parts)
            part.Print(output);
        output.WriteLine($"time       {Duration(Seconds)}, of which {Duration(StartSeconds)} to start");
        output.WriteLine($"memory     {(MemoryBytes is { } bytes ? ByteSize.Text(bytes) : "unknown")}; {ByteSize.Text(AvailableBytes)} available beside");
        output.WriteLine($"disk       at most {ByteSize.Text(DiskBytes)} for {string.Join(", ", Files)}; {ByteSize.Text(FreeBytes)} free");
        if (!HasWeights)
            output.WriteLine("weights    not all on this machine; measured with others of the same size");
    }

    /// <summary>The same as an object.</summary>
    public JsonObject ToJson() => new()
    {
        ["device"] = Device,
        ["processes"] = Processes,
        ["pictures"] = Parts.Sum(part => part.Work.Finished),
        ["finished_pictures"] = Finished,
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

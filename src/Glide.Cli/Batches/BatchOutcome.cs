using System.Text.Json.Nodes;

namespace Glide.Cli.Batches;

/// <summary>What a batch came to.</summary>
/// <param name="Had">Pictures that were finished before.</param>
/// <param name="Made">Pictures that this run has made.</param>
/// <param name="Failures">What could not be made and why, a line each.</param>
internal sealed record BatchOutcome(int Had, int Made, IReadOnlyList<string> Failures)
{
    private int Finished => Had + Made;

    private int Total => Finished + Failures.Count;

    /// <summary>For people, who have seen what would be allowed where it was refused.</summary>
    public IEnumerable<string> ToLines() =>
        Failures.Select(failure => $"failed: {failure.Split("; allowed")[0]}").Prepend($"{Finished} of {Total} pictures{(Had > 0 ? $", {Had} of them from before" : "")}");

    /// <summary>For machines: the last event of a run that was not stopped.</summary>
    public JsonObject ToJson() => new()
    {
        ["event"] = "finished",
        ["pictures_done"] = Finished,
        ["pictures"] = Total,
        ["from_before"] = Had,
        ["failed"] = new JsonArray([.. Failures.Select(failure => JsonValue.Create(failure))]),
    };
}

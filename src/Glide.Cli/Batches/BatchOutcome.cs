using System.Text.Json.Nodes;
using Glide.Batches;
using Glide.Cli.Output;

namespace Glide.Cli.Batches;

/// <summary>What a batch came to.</summary>
/// <param name="Had">Images that were finished before.</param>
/// <param name="Made">Images that this run has made.</param>
/// <param name="Failures">What could not be made and why, a line each.</param>
internal sealed record BatchOutcome(int Had, int Made, IReadOnlyList<string> Failures)
{
    private int Finished => Had + Made;

    private int Total => Finished + Failures.Count;

    /// <summary>For people, who have seen what would be allowed where it was refused.</summary>
    public IEnumerable<string> ToLines() =>
        Failures.Select(failure => $"failed: {failure.Split("; allowed")[0]}")
            .Prepend($"{Counted.Share(Finished, Total, "image")}{(Had > 0 ? $", {Had} of them from before" : "")}");

    /// <summary>For machines: the last event of a run that was not stopped.</summary>
    public JsonObject ToJson() => new()
    {
        ["event"] = "finished",
        ["images_done"] = Finished,
        ["images"] = Total,
        ["from_before"] = Had,
        ["failed"] = new JsonArray([.. Failures.Select(failure => JsonValue.Create(failure))]),
    };
}

/// <summary>An image of a batch that goes on, and what earlier runs have left of it.</summary>
/// <param name="Image">What is planned now.</param>
/// <param name="Known">Its line in the journal of this run's share, whether or not its file is still whole.</param>
/// <param name="Done">The line of its file, in whichever journal; <c>null</c> where it is to be made.</param>
internal sealed record PlannedAndDone(PlannedImage Image, JournalLine? Known, JournalLine? Done);

/// <summary>
/// What happens in a batch beside its progress, on stderr: lines for people, or a JSON object a line.
/// </summary>
internal sealed class BatchEvents(TextWriter error, bool asJson)
{
    private readonly HashSet<string> _warnings = [];

    public bool AreJson => asJson;

    /// <summary>An image of a row could not be made.</summary>
    public void Failed(int line, string message)
    {
        if (asJson)
        {
            error.WriteLine(JsonLine.Of(new JsonObject
            {
                ["event"] = "failed",
                ["line"] = line,
                ["message"] = message
            }));
        }
        else
        {
            Messages.Fail(error, $"line {line}: {message}");
        }
    }

    /// <summary>Something is good to know and need not be acted on; said once. Threads may call it at once.</summary>
    public void Warn(string text)
    {
        lock (_warnings)
        {
            if (!_warnings.Add(text))
                return;
            if (asJson)
                error.WriteLine(JsonLine.Of(new JsonObject { ["event"] = "warning", ["message"] = text }));
            else
                Messages.Warn(error, text);
        }
    }

    public void Say(string text) => error.WriteLine(text);
}

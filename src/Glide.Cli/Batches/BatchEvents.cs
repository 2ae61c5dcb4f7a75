using System.Text.Json.Nodes;
using Glide.Cli.Output;

namespace Glide.Cli.Batches;

/// <summary>What happens in a batch beside its progress, on stderr: lines for people, or a JSON object a line.</summary>
internal sealed class BatchEvents(TextWriter error, bool asJson)
{
    private readonly HashSet<string> _warnings = [];

    /// <summary>Whether events are JSON objects.</summary>
    public bool AreJson => asJson;

    /// <summary>A picture of a row could not be made.</summary>
    public void Failed(int line, string message)
    {
        if (asJson)
            error.WriteLine(JsonLine.Of(new JsonObject { ["event"] = "failed", ["line"] = line, ["message"] = message }));
        else
            Messages.Fail(error, $"line {line}: {message}");
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

    /// <summary>A line as it is.</summary>
    public void Say(string text) => error.WriteLine(text);
}

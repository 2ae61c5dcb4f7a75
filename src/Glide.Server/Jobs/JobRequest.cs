using System.Text.Json.Nodes;
using Glide.Batches;

namespace Glide.Server.Jobs;

/// <summary>What a client asks for: a row of a batch, and what is done with its image.</summary>
/// <param name="Prompt">The prompt.</param>
/// <param name="Fields">The other fields by name, in kebab-case, as text; images are files of the folder.</param>
internal sealed record JobRequest(string Prompt, IReadOnlyDictionary<string, string> Fields)
{
    /// <summary>Whether a client waits for the answer, so that nobody asks for the images once it is gone.</summary>
    public bool IsWaitedFor { get; init; }

    /// <summary>Reads a JSON object.</summary>
    /// <exception cref="UsageException">It is none, or a field has a value that no row has.</exception>
    public static JobRequest Parse(string json)
    {
        var faults = new List<RowFault>();
        return JsonRow.Parse(json, 1, faults) is { } row
            ? new JobRequest(row.Prompt, row.Options)
            : throw new UsageException(faults[0].Reason);
    }

    /// <summary>The fields as a client writes them.</summary>
    public JsonObject ToJson()
    {
        var json = new JsonObject { ["prompt"] = Prompt };
        foreach (var (name, text) in Fields)
            json[name.Replace('-', '_')] = text;
        return json;
    }

    /// <summary>The request with a field; an existing one is replaced.</summary>
    public JobRequest With(string name, string text) =>
        this with { Fields = new Dictionary<string, string>(Fields) { [name] = text } };

    /// <summary>The request without a field.</summary>
    public JobRequest Without(string name) =>
        this with { Fields = Fields.Where(field => field.Key != name).ToDictionary() };
}

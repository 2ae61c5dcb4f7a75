using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace Glide.Batches;

// {"prompt": "a red circle", "seed": 7, "count": 2, "output": "circle.png", "guidance_scale": 4.5, "no_upsample": true}

/// <summary>A row of a <c>.jsonl</c> file.</summary>
internal static class JsonRow
{
    /// <summary>Reads one line; <c>null</c> with a fault noted.</summary>
    public static BatchRow? Parse(string line, int number, ICollection<RowFault> faults)
    {
        try
        {
            using var document = JsonDocument.Parse(line);
            if (document.RootElement.ValueKind != JsonValueKind.Object)
                return Refuse($"found {Kind(document.RootElement)}; allowed is one JSON object a line");
            string? prompt = null;
            var options = new Dictionary<string, string>();
            foreach (var field in document.RootElement.EnumerateObject())
            {
                string name = BatchRow.OptionName(field.Name);
                if (field.Value.ValueKind == JsonValueKind.Null)
                    continue;
                if (field.Value.ValueKind is JsonValueKind.Object or JsonValueKind.Array)
                    return Refuse($"'{field.Name}' is {Kind(field.Value)}; allowed are texts, numbers, true and false");
                string text = field.Value.ValueKind == JsonValueKind.String
                    ? field.Value.GetString()!
                    : field.Value.GetRawText();
                if (name == "prompt" && field.Value.ValueKind != JsonValueKind.String)
                    return Refuse($"'prompt' is {Kind(field.Value)}; allowed is a text");
                if (name == "prompt" ? prompt is not null : !options.TryAdd(name, text))
                    return Refuse($"'{field.Name}' stands there twice; leave one out");
                if (name == "prompt")
                    prompt = text;
            }
            return prompt is null
                ? Refuse("there is no 'prompt'; give one, empty for an unconditional image")
                : new BatchRow(number, prompt, options);
        }
        catch (Exception exception) when (exception is JsonException or InvalidOperationException)
        {
            return Refuse($"this is no JSON object; {FirstSentence(exception.Message)}");
        }

        BatchRow? Refuse(string reason)
        {
            faults.Add(new RowFault(number, reason));
            return null;
        }
    }

    private static string Kind(JsonElement value) => value.ValueKind switch
    {
        JsonValueKind.Object => "an object",
        JsonValueKind.Array => "a list",
        JsonValueKind.String => "a text",
        JsonValueKind.Number => "a number",
        _ => value.GetRawText(),
    };

    private static string FirstSentence(string message)
    {
        int end = message.IndexOf(". ", StringComparison.Ordinal);
        return end < 0 ? message : message[..end];
    }
}

/// <summary>Serializers of the journal, made at build time; names in snake_case.</summary>
[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower,
    DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull, RespectNullableAnnotations = true)]
[JsonSerializable(typeof(JournalLine))]
internal sealed partial class BatchJson : JsonSerializerContext
{
    /// <summary>The same with letters of all alphabets as they are, so that people can read their prompts.</summary>
    public static BatchJson NewReadable() => new(new JsonSerializerOptions
    {
        PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower,
        DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
    });
}

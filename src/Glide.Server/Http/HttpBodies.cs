using System.Text.Json;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Http;

namespace Glide.Server.Http;

/// <summary>Bodies of requests and answers: JSON.</summary>
internal static class HttpBodies
{
    private const string Json = "application/json";

    public static Task SendJson(this HttpContext context, JsonNode json)
    {
        context.Response.ContentType = Json;
        return context.Response.WriteAsync(json.ToJsonString(), context.RequestAborted);
    }

    /// <summary>Reads the body as text, whatever its type is declared as: clients leave that out.</summary>
    public static async Task<string> ReadText(this HttpContext context)
    {
        using var reader = new StreamReader(context.Request.Body);
        return await reader.ReadToEndAsync(context.RequestAborted);
    }

    /// <summary>Reads a JSON object.</summary>
    /// <exception cref="UsageException">It is none.</exception>
    public static async Task<JsonObject> ReadObject(this HttpContext context)
    {
        string text = await context.ReadText();
        try
        {
            var body = JsonNode.Parse(text) as JsonObject ?? throw new UsageException("the body is no JSON object");
            // Names that stand twice are found when a field is asked for, not before.
            _ = body.Count;
            return body;
        }
        catch (Exception exception) when (exception is JsonException or ArgumentException)
        {
            throw new UsageException($"the body is no JSON object; {exception.Message}", exception);
        }
    }

    /// <summary>A field as text, numbers and words included; <c>null</c> if it is not given.</summary>
    /// <exception cref="UsageException">It is an object or a list, or no text that can be read.</exception>
    public static string? Text(this JsonObject body, string field)
    {
        try
        {
            return body[field] switch
            {
                null => null,
                JsonValue value when value.TryGetValue(out string? text) => text,
                JsonValue value => value.ToJsonString(),
                _ => throw Refusal(field, null),
            };
        }
        // Half of a surrogate pair.
        catch (InvalidOperationException exception)
        {
            throw Refusal(field, exception);
        }
    }

    private static UsageException Refusal(string field, Exception? cause) => new(
        $"bad value for --{field.Replace('_', '-')}; allowed are texts, numbers, true and false", cause);
}

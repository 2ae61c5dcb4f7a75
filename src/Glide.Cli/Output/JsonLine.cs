using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace Glide.Cli.Output;

/// <summary>JSON on one line, readable for people where that is safe.</summary>
internal static class JsonLine
{
    private static readonly JsonSerializerOptions Options = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    /// <summary>The object without line breaks.</summary>
    public static string Of(JsonObject json) => json.ToJsonString(Options);
}

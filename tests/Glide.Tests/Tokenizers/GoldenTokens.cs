using System.Text.Json;
using System.Text.Json.Serialization;
using Glide.Tests.Support;

namespace Glide.Tests.Tokenizers;

/// <summary>The rows of <c>tokens.json</c>.</summary>
public static class GoldenTokens
{
    public static TheoryData<string> Prompts(bool withClip) =>
        new(Rows.Where(row => !withClip || row.Clip is not null).Select(row => row.Prompt));

    internal static List<GoldenRow> Rows { get; } =
        JsonSerializer.Deserialize<List<GoldenRow>>(File.ReadAllBytes(GoldenFiles.PathOf("tokens.json")))!;

    internal static GoldenRow Row(string prompt) => Rows.First(row => row.Prompt == prompt);
}

/// <summary>A prompt and its ids; <c>Clip</c> is null where the golden file vouches for none.</summary>
internal sealed record GoldenRow(
    [property: JsonPropertyName("prompt")] string Prompt,
    [property: JsonPropertyName("glide")] int[] Glide,
    [property: JsonPropertyName("glide_decoded")] string GlideDecoded,
    [property: JsonPropertyName("clip")] int[]? Clip);

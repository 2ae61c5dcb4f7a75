using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.Json.Serialization;
using System.Text.Json.Serialization.Metadata;
using Glide.Images;
using Glide.ModelSets;

namespace Glide.Pipelines;

/// <summary>How an image was made: everything that is needed to make it again.</summary>
public sealed record ImageMetadata
{
    private const string PromptKey = "prompt";
    private const string SeedKey = "seed";
    private const string ModelKey = "model";
    private const string SoftwareKey = "Software";
    private const string SettingsKey = "glide";

    /// <summary>The version of the library, which is the program's.</summary>
    internal static string LibraryVersion { get; } = typeof(ImageMetadata).Assembly.GetName().Version!.ToString(3);

    /// <summary>The command that made it: <c>sample</c>, <c>inpaint</c>, ...</summary>
    public required string Task { get; init; }

    /// <summary>The prompt as it was given.</summary>
    public required string Prompt { get; init; }

    /// <summary>What stood in place of the empty prompt.</summary>
    public string Negative { get; init; } = "";

    /// <summary>
    /// Further prompts that guided it, as <see cref="ComposedPrompts"/> writes them; <c>null</c> for none.
    /// </summary>
    [JsonInclude]
    internal string? And { get; init; }

    /// <summary>The seed.</summary>
    public required long Seed { get; init; }

    /// <summary>Name of the model set.</summary>
    public required string Model { get; init; }

    /// <summary>SHA-256 over the hashes of the networks that took part, as far as the set pins them.</summary>
    public required string ModelHash { get; init; }

    /// <summary>Files that took the place of the set's own weights, by network; <c>null</c> for none.</summary>
    [JsonInclude]
    internal IReadOnlyDictionary<string, WeightsRecord>? Weights { get; init; }

    /// <summary>LoRA files that changed the networks; <c>null</c> for none.</summary>
    [JsonInclude]
    internal IReadOnlyList<LoraRecord>? Loras { get; init; }

    /// <summary>The program's version.</summary>
    public required string Version { get; init; }

    /// <summary>Device, such as <c>cpu</c>.</summary>
    public required string Device { get; init; }

    /// <summary>Number type of the torso: <c>fp32</c>, <c>fp16</c>, <c>bf16</c>.</summary>
    public required string Dtype { get; init; }

    /// <summary>Threads of libtorch that made it.</summary>
    public required int Threads { get; init; }

    /// <summary>The recipe with the user's changes.</summary>
    public required Recipe Recipe { get; init; }

    /// <summary>
    /// CLIP's score of the small image with the prompt, −1 to 1; <c>null</c> where nobody asked for it.
    /// </summary>
    public double? Score { get; init; }

    /// <summary>What it was chosen from; <c>null</c> where every image was kept.</summary>
    [JsonInclude]
    internal RerankChoice? Choice { get; init; }

    /// <summary>Width and height in pixels.</summary>
    public required int Width { get; init; }

    /// <inheritdoc cref="Width"/>
    public required int Height { get; init; }

    /// <summary>What it was made from; <c>null</c> where it was drawn from noise alone.</summary>
    [JsonInclude]
    internal EditRecord? Edit { get; init; }

    /// <summary>All that it shows in one text.</summary>
    /// <exception cref="UsageException">The further prompts are not as glide writes them.</exception>
    [JsonIgnore]
    internal string JoinedPrompt => ComposedPrompts.FromRecord(And).Join(Prompt);

    /// <summary>The texts of the image file. Nothing in them depends on the time or the machine's name.</summary>
    internal IReadOnlyList<KeyValuePair<string, string>> ToTexts() =>
    [
        new(SoftwareKey, $"glide {Version}"),
        new(PromptKey, Prompt),
        new(SeedKey, Seed.ToString(CultureInfo.InvariantCulture)),
        new(ModelKey, Model),
        new(SettingsKey, JsonSerializer.Serialize(this, GlideJson.Default.ImageMetadata)),
    ];

    /// <summary>
    /// Reads what <see cref="ToTexts"/> wrote; <c>null</c> where there is no such chunk or it is not ours.
    /// </summary>
    internal static ImageMetadata? FromTexts(IEnumerable<KeyValuePair<string, string>> texts)
    {
        return Settings(texts) is { } json ? FormerMetadata.Read(json, GlideJson.Default.ImageMetadata) : null;
    }

    /// <summary>Whether such texts are of a version that ordered random numbers differently.</summary>
    internal static bool HasFormerNoise(IEnumerable<KeyValuePair<string, string>> texts) =>
        Settings(texts) is { } json && FormerNoiseOrder.IsIn(json);

    /// <param name="path">Where the image is.</param>
    /// <param name="seconds">How long it took; <c>null</c> where that is not known.</param>
    internal string ToJsonLine(string path, double? seconds = null)
    {
        // Less than a millisecond was not measured.
        double? rounded = seconds is { } known && Math.Round(known, 3) is > 0 and var some ? some : null;
        var line = new ImageLine(path, Prompt, Seed, Width, Height, rounded, this);
        return JsonSerializer.Serialize(line, GlideJson.Default.ImageLine);
    }

    private static string? Settings(IEnumerable<KeyValuePair<string, string>> texts) =>
        texts.FirstOrDefault(text => text.Key == SettingsKey).Value;
}

/// <summary>A line of <c>--json</c>.</summary>
internal sealed record ImageLine(string Path, string Prompt, long Seed, int Width, int Height, double? Seconds,
    ImageMetadata Settings);

/// <summary>Serializers made at build time: a start without reflection, names in snake_case.</summary>
[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower,
    DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
    RespectNullableAnnotations = true)]
[JsonSerializable(typeof(ImageMetadata))]
[JsonSerializable(typeof(ImageLine))]
[JsonSerializable(typeof(Recipe))]
[JsonSerializable(typeof(RunSettings))]
[JsonSerializable(typeof(NoiseRecord))]
[JsonSerializable(typeof(NoiseLine))]
internal sealed partial class GlideJson : JsonSerializerContext;

/// <summary>What an image was made from.</summary>
/// <param name="Image">SHA-256 over the first image's pixels, its first digits.</param>
internal sealed record EditRecord(string Image)
{
    /// <summary>
    /// Prompts of a chain of edits, of the two ends of an interpolation, or before and after a restyling, in order;
    /// <c>null</c> where there was one.
    /// </summary>
    public IReadOnlyList<string>? Prompts { get; init; }

    /// <summary>The windows that were worked on; <c>null</c> where the whole image was.</summary>
    public IReadOnlyList<EditWindow>? Windows { get; init; }

    /// <summary>
    /// The same as <see cref="GeneratedImage"/> of the image at the other end of an interpolation; <c>null</c> where
    /// there is none.
    /// </summary>
    public string? Other { get; init; }

    /// <summary>
    /// How far it is from the image, to fresh noise or to the other one, 0 to 1; <c>null</c> where neither plays a
    /// part.
    /// </summary>
    public double? Amount { get; init; }

    /// <summary>How the base was inverted to find the image's noise; <c>null</c> where it was not.</summary>
    public StageRecipe? Inversion { get; init; }
}

/// <summary>Reads metadata of this version and of former ones, which used other names.</summary>
internal static class FormerMetadata
{
    private static readonly Dictionary<string, string> s_names =
        new() { ["picture"] = "image", ["pictures"] = "images" };

    /// <summary>Reads a record.</summary>
    /// <returns>The record; <c>null</c> where the text is no JSON or not a whole record.</returns>
    public static T? Read<T>(string json, JsonTypeInfo<T> type)
        where T : class
    {
        try
        {
            var node = JsonNode.Parse(json);
            Upgrade(node);
            return node.Deserialize(type);
        }
        // Names that stand twice in an object, or have half of a surrogate pair, are errors of their own.
        catch (Exception error) when (error is JsonException or ArgumentException or InvalidOperationException)
        {
            return null;
        }
    }

    /// <summary>Brings an object and all within it to the present names.</summary>
    /// <exception cref="ArgumentException">A name stands twice in an object.</exception>
    public static void Upgrade(JsonNode? node)
    {
        if (node is JsonArray array)
        {
            foreach (var element in array)
                Upgrade(element);
        }
        if (node is not JsonObject map)
            return;
        foreach (var (name, value) in map.ToList())
        {
            Upgrade(value);
            if (!s_names.TryGetValue(name, out string? present) || map.ContainsKey(present))
                continue;
            map.Remove(name);
            map.Add(present, value);
        }
        UpgradeRecipe(map);
    }

    // {"base": {"network": ...}, "upsample": {...}} were the only stages.
    private static void UpgradeRecipe(JsonObject map)
    {
        if (map.ContainsKey("stages") || map["base"] is not JsonObject first || !first.ContainsKey("network"))
            return;
        map.Remove("base");
        map.Remove("upsample", out var second);
        map.Add("stages", second is null ? new JsonArray(first) : new JsonArray(first, second));
    }
}

using System.Text.Json;

namespace Glide.Pipelines.Playing;

/// <summary>How a latent was found: everything that leads back from it to its picture.</summary>
public sealed record LatentRecord
{
    private const string PromptKey = "prompt";
    private const string ModelKey = "model";
    private const string SoftwareKey = "software";
    private const string SettingsKey = "glide";

    /// <summary>The prompt that the picture was taken to show.</summary>
    public required string Prompt { get; init; }

    /// <summary>What stood in place of the empty prompt.</summary>
    public string Negative { get; init; } = "";

    /// <summary>SHA-256 over the picture's pixels, its first digits.</summary>
    public required string Picture { get; init; }

    /// <summary>Width and height of the picture in pixels; what is no square was padded to one.</summary>
    public required int Width { get; init; }

    /// <inheritdoc cref="Width"/>
    public required int Height { get; init; }

    /// <summary>Side of the base's pictures, which the latent has too.</summary>
    public required int Size { get; init; }

    /// <summary>Name of the model set.</summary>
    public required string Model { get; init; }

    /// <summary>One hash for the base network.</summary>
    public required string ModelHash { get; init; }

    /// <summary>The program's version.</summary>
    public required string Version { get; init; }

    /// <summary>Device, such as <c>cpu</c>.</summary>
    public required string Device { get; init; }

    /// <summary>Number type of the torso.</summary>
    public required string Dtype { get; init; }

    /// <summary>Steps, guidance and all else that the base was inverted with.</summary>
    public required StageRecipe Inversion { get; init; }

    /// <summary>The texts of a latent file.</summary>
    public IReadOnlyDictionary<string, string> ToTexts() => new SortedDictionary<string, string>(StringComparer.Ordinal)
    {
        [SoftwareKey] = $"glide {Version}",
        [PromptKey] = Prompt,
        [ModelKey] = Model,
        [SettingsKey] = JsonSerializer.Serialize(this, PictureJson.Default.LatentRecord),
    };

    /// <summary>Reads what <see cref="ToTexts"/> wrote; <c>null</c> where it is missing or not ours.</summary>
    public static LatentRecord? FromTexts(IReadOnlyDictionary<string, string> texts)
    {
        if (!texts.TryGetValue(SettingsKey, out string? json))
            return null;
        try
        {
            return JsonSerializer.Deserialize(json, PictureJson.Default.LatentRecord);
        }
        catch (JsonException)
        {
            return null;
        }
    }

    /// <summary>The line that <c>--json</c> prints.</summary>
    public string ToJsonLine(string path, double seconds) =>
        JsonSerializer.Serialize(new LatentLine(path, Prompt, Size, Math.Round(seconds, 3), this), PictureJson.Default.LatentLine);
}

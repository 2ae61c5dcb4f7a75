using System.Text.Json;
using System.Text.Json.Serialization;
using Glide.Images;
using Glide.Pipelines;

namespace Glide.Sheets;

/// <summary>What a sheet of several images shows, as it says itself in its PNG.</summary>
internal sealed record SheetRecord
{
    private const string SoftwareKey = "Software";
    private const string SheetKey = "glide-sheet";

    // Readers leave texts of more than a megabyte out; this many images take less with prompts of usual length.
    private const int MostListed = 2000;

    /// <summary>What kind of sheet it is: <c>grid</c>, <c>sweep</c> or <c>steps</c>.</summary>
    public required string Task { get; init; }

    public required string Model { get; init; }

    /// <summary>One hash for the networks of the first image.</summary>
    public required string ModelHash { get; init; }

    public required string Version { get; init; }

    /// <summary>Device, such as <c>cpu</c>.</summary>
    public required string Device { get; init; }

    /// <summary>Number type of the torso.</summary>
    public required string Dtype { get; init; }

    public required int Threads { get; init; }

    public required int Count { get; init; }

    public required IReadOnlyList<Recipe> Recipes { get; init; }

    /// <summary>The images from the top left, as far as they are listed: 2000 at most.</summary>
    public required IReadOnlyList<SheetImage> Images { get; init; }

    /// <summary>Describes a sheet of images of one run.</summary>
    /// <param name="task">What kind of sheet it is.</param>
    /// <param name="images">The images' records, at least one.</param>
    public static SheetRecord Of(string task, IReadOnlyList<ImageMetadata> images)
    {
        // Recipes are compared as they are written, which sees into lists too.
        var recipes = images.Select(image => image.Recipe).DistinctBy(recipe => recipe.ToJson()).ToList();
        var places = recipes.Select((recipe, place) => (Key: recipe.ToJson(), place))
            .ToDictionary(row => row.Key, row => row.place);
        var first = images[0];
        return new SheetRecord
        {
            Task = task,
            Model = first.Model,
            ModelHash = first.ModelHash,
            Version = first.Version,
            Device = first.Device,
            Dtype = first.Dtype,
            Threads = first.Threads,
            Count = images.Count,
            Recipes = recipes,
            Images = [.. images.Take(MostListed).Select(image =>
                new SheetImage(image.Prompt, image.Seed, places[image.Recipe.ToJson()])
            {
                Negative = image.Negative.Length > 0 ? image.Negative : null,
                And = image.And,
            })],
        };
    }

    public IReadOnlyList<KeyValuePair<string, string>> ToTexts() =>
        [new(SoftwareKey, $"glide {Version}"), new(SheetKey, ToJson())];

    public string ToJson() => JsonSerializer.Serialize(this, SheetJson.Default.SheetRecord);

    /// <summary>What a sheet of several images shows, as it says itself; <c>null</c> where it does not say.</summary>
    /// <exception cref="UsageException">The file is missing, or it is not an image.</exception>
    public static SheetRecord? Read(string path) => FromTexts(ImageFile.ReadTexts(path));

    /// <summary>
    /// Reads what <see cref="ToTexts"/> wrote; <c>null</c> where there is no such chunk or it is not ours.
    /// </summary>
    public static SheetRecord? FromTexts(IEnumerable<KeyValuePair<string, string>> texts)
    {
        string? json = texts.FirstOrDefault(text => text.Key == SheetKey).Value;
        return json is null ? null : FormerMetadata.Read(json, SheetJson.Default.SheetRecord);
    }
}

/// <summary>Serializers of what sheets say about themselves.</summary>
[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower,
    DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull)]
[JsonSerializable(typeof(SheetRecord))]
[JsonSerializable(typeof(ProofRecord))]
internal sealed partial class SheetJson : JsonSerializerContext;

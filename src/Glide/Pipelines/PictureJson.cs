using System.Text.Json.Serialization;

namespace Glide.Pipelines;

/// <summary>Serialisers made at build time: a start without reflection, names in snake_case.</summary>
[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower,
    DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull)]
[JsonSerializable(typeof(PictureRecord))]
[JsonSerializable(typeof(PictureLine))]
[JsonSerializable(typeof(Installation))]
[JsonSerializable(typeof(Recipe))]
[JsonSerializable(typeof(RunSettings))]
internal sealed partial class PictureJson : JsonSerializerContext;

using System.Text.Json.Serialization;
using Glide.Pipelines.Drafts;
using Glide.Pipelines.Playing;
using Glide.Pipelines.Sheets;

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
[JsonSerializable(typeof(SheetRecord))]
[JsonSerializable(typeof(DraftRecord))]
[JsonSerializable(typeof(LatentRecord))]
[JsonSerializable(typeof(LatentLine))]
internal sealed partial class PictureJson : JsonSerializerContext;

using System.Text.Json;
using System.Text.Json.Serialization;

namespace Glide.ModelStore;

/// <summary>How <c>model.json</c> maps to the records; generated at build time, so that nothing is reflected on at start.</summary>
[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower,
    UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow,
    RespectNullableAnnotations = true,
    AllowDuplicateProperties = false,
    ReadCommentHandling = JsonCommentHandling.Skip,
    WriteIndented = true,
    DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull)]
[JsonSerializable(typeof(ModelSet))]
[JsonSerializable(typeof(FileRecord))]
[JsonSerializable(typeof(PartialRecord))]
internal sealed partial class ModelSetJson : JsonSerializerContext;

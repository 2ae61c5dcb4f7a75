using System.Text.Json;

namespace Glide.ModelStore;

/// <summary>The order of random numbers in former versions, which passed over some between the stages.</summary>
internal static class FormerNoiseOrder
{
    /// <summary>The field of a stage that said how many.</summary>
    public const string Field = "passed_over_numbers";

    /// <summary>Whether a text of JSON asks for that order anywhere. 0 is the present one.</summary>
    /// <exception cref="JsonException">The text is no JSON.</exception>
    public static bool IsIn(string json)
    {
        using var document = JsonDocument.Parse(json);
        return IsIn(document.RootElement);
    }

    private static bool IsIn(JsonElement element) => element.ValueKind switch
    {
        JsonValueKind.Object => element.EnumerateObject().Any(property =>
            property.NameEquals(Field) ? !IsNone(property.Value) : IsIn(property.Value)),
        JsonValueKind.Array => element.EnumerateArray().Any(IsIn),
        _ => false,
    };

    private static bool IsNone(JsonElement value) =>
        value.ValueKind == JsonValueKind.Null
        || (value.ValueKind == JsonValueKind.Number && value.TryGetInt64(out long numbers) && numbers == 0);
}

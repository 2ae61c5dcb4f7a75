using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.Json.Serialization.Metadata;

namespace Glide.Pipelines;

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

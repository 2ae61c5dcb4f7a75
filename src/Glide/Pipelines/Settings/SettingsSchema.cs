using System.Text.Json.Nodes;

namespace Glide.Pipelines.Settings;

/// <summary>Describes the settings as JSON Schema.</summary>
internal static class SettingsSchema
{
    private const string AnyStage = "^(base|upsample(-[1-9][0-9]*)?)[.]";
    private const string BaseAlone = "^base[.]";

    /// <summary>The schema of an object whose fields are settings.</summary>
    /// <param name="title">What such an object is.</param>
    /// <param name="required">Names of fields that must be there.</param>
    /// <param name="names">The settings.</param>
    /// <param name="further">More fields.</param>
    public static JsonObject Of(
        string title, string required, IEnumerable<SettingName> names, IEnumerable<Setting> further)
    {
        var fields = new JsonObject();
        foreach (var setting in further)
            fields[Field(setting.Name)] = Describe(setting.Kind, setting.Help, setting.Default);
        foreach (var name in names)
            fields[Field(name.Text)] = Describe(name.Setting.Kind, name.Help, name.Default);
        var patterns = new JsonObject();
        foreach (var setting in StageTable.All.Where(setting => setting.Scope != StageScope.InitImage))
        {
            string stages = setting.Scope == StageScope.Base ? BaseAlone : AnyStage;
            patterns[$"{stages}{Field(setting.Name)}$"] = setting.Kind.ToSchema();
        }
        return new JsonObject
        {
            ["$schema"] = "https://json-schema.org/draft/2020-12/schema",
            ["title"] = title,
            ["type"] = "object",
            ["required"] = new JsonArray(required),
            ["properties"] = fields,
            ["patternProperties"] = patterns,
            ["additionalProperties"] = false,
        };
    }

    private static JsonObject Describe(SettingKind kind, string help, string? otherwise)
    {
        var schema = kind.ToSchema();
        schema["description"] = Setting.Describe(help, otherwise);
        return schema;
    }

    private static string Field(string name) => name.Replace('-', '_');
}

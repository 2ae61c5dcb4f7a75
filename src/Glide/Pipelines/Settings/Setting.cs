using System.Globalization;
using System.Text.Json.Nodes;

namespace Glide.Pipelines.Settings;

/// <summary>One setting: name, allowed values, help and default.</summary>
/// <param name="Name">In kebab-case.</param>
/// <param name="Kind">Which values it takes.</param>
internal abstract record Setting(string Name, SettingKind Kind)
{
    /// <summary>What the help prints for a value, such as <c>X</c>.</summary>
    public string Placeholder { get; init; } = "";

    public required string Help { get; init; }

    /// <summary>What applies if it is not given; <c>null</c> if the help needs no word about it.</summary>
    public string? Default { get; init; }

    public SettingGroup Group { get; init; }

    /// <summary>A short option name, such as <c>-s</c>.</summary>
    public string? ShortName { get; init; }

    /// <summary>Whether a sweep can go through several values of it.</summary>
    public bool IsAxis { get; init; }

    /// <summary>Whether an option may be given several times.</summary>
    public bool IsRepeatable { get; init; }

    public static string Describe(string help, string? otherwise) =>
        otherwise is null ? help : $"{help} Default: {otherwise}.";
}

/// <summary>A setting of a record.</summary>
/// <param name="Name">In kebab-case.</param>
/// <param name="Kind">Which values it takes.</param>
/// <param name="Get">Returns the value as text; <c>null</c> if nothing is set.</param>
/// <param name="With">Returns the record with a value that <paramref name="Kind"/> accepts.</param>
internal record Setting<T>(string Name, SettingKind Kind, Func<T, string?> Get, Func<T, string, T> With)
    : Setting(Name, Kind)
{
    /// <summary>Returns the record with a value.</summary>
    /// <param name="target">The record.</param>
    /// <param name="text">The value.</param>
    /// <param name="label">The setting as the user wrote it, for the error message.</param>
    /// <exception cref="UsageException">The value is not allowed.</exception>
    public T Set(T target, string text, string label) =>
        Kind.Refusal(label, text) is { } refusal ? throw new UsageException(refusal) : With(target, text);
}

/// <summary>The headings of a command's help.</summary>
internal enum SettingGroup
{
    Command,

    /// <summary>What is generated, from what, and how many.</summary>
    Image,

    Sampling,

    /// <summary>Classifier-free and CLIP guidance.</summary>
    Guidance,

    SecondStage,

    /// <summary>How a network learns.</summary>
    Training,

    /// <summary>Where images go and what is printed.</summary>
    Output,

    /// <summary>Models, device, number type, threads.</summary>
    Machine,
}

/// <summary>The values that a setting takes. Values are text, in no locale, until they are in the recipe.</summary>
internal abstract record SettingKind
{
    /// <summary>States what was found and what is allowed; <c>null</c> for a valid value.</summary>
    public abstract string? Fault(string text);

    public abstract JsonObject ToSchema();

    /// <summary>The whole error message for a value; <c>null</c> for a valid one.</summary>
    /// <param name="label">The setting as the user wrote it, such as <c>--steps</c>.</param>
    /// <param name="text">The value.</param>
    public string? Refusal(string label, string text) => Fault(text) switch
    {
        null => null,
        var fault when fault.Contains(label, StringComparison.Ordinal) => fault,
        var fault => $"bad value for {label}; {fault}",
    };

    /// <summary>Formats a number so that it is read back as the same number.</summary>
    public static string Text(double value) => value.ToString(CultureInfo.InvariantCulture);

    /// <summary>Whether a text is a number, finite or not.</summary>
    public static bool IsNumber(string text) =>
        double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out _);

    public static double ToNumber(string text) => double.Parse(text, NumberStyles.Float, CultureInfo.InvariantCulture);

    /// <summary>Reads a whole number that was checked.</summary>
    public static long ToWhole(string text) =>
        long.Parse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture);
}

/// <summary>A finite number within bounds, both included.</summary>
internal sealed record NumberKind(double Least, double Most) : SettingKind
{
    public static NumberKind Of((double Least, double Most) range) => new(range.Least, range.Most);

    public override string? Fault(string text)
    {
        bool isNumber = double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out double value);
        return isNumber && double.IsFinite(value) && value >= Least && value <= Most
            ? null
            : $"found '{text}'; allowed is a number from {Show(Least)} to {Show(Most)}, with a point for decimals";
    }

    public override JsonObject ToSchema() => new() { ["type"] = "number", ["minimum"] = Least, ["maximum"] = Most };

    private static string Show(double value) => value.ToString("G15", CultureInfo.InvariantCulture);
}

/// <summary>A whole number within bounds, both included.</summary>
internal sealed record WholeKind(long Least, long Most) : SettingKind
{
    public override string? Fault(string text)
    {
        bool isWhole = long.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out long value);
        return isWhole && value >= Least && value <= Most
            ? null
            : $"found '{text}'; allowed is a whole number from {Least} to {Most}";
    }

    public override JsonObject ToSchema() => new() { ["type"] = "integer", ["minimum"] = Least, ["maximum"] = Most };
}

/// <summary>One of a few words.</summary>
internal sealed record OneOfKind(IReadOnlyList<string> Allowed) : SettingKind
{
    public override string? Fault(string text) =>
        Allowed.Contains(text) ? null : $"found '{text}'; allowed is one of {string.Join(", ", Allowed)}";

    public override JsonObject ToSchema() =>
        new() { ["type"] = "string", ["enum"] = new JsonArray([.. Allowed.Select(word => JsonValue.Create(word))]) };
}

/// <summary>A text.</summary>
/// <param name="Check">
/// Returns <c>null</c> for a valid text, otherwise what is allowed; may throw a <see cref="UsageException"/> instead.
/// </param>
internal sealed record TextKind(Func<string, string?>? Check = null) : SettingKind
{
    /// <summary>Whether some of its texts are numbers, which JSON may write without quotes.</summary>
    public bool MayBeNumber { get; init; }

    public override string? Fault(string text)
    {
        try
        {
            return Check?.Invoke(text) is { } allowed ? $"found '{text}'; allowed is {allowed}" : null;
        }
        catch (UsageException refusal)
        {
            return refusal.Message;
        }
    }

    public override JsonObject ToSchema() =>
        new() { ["type"] = MayBeNumber ? new JsonArray("string", "integer") : JsonValue.Create("string") };
}

/// <summary>On or off.</summary>
internal sealed record FlagKind : SettingKind
{
    /// <summary>What an option without a value stands for.</summary>
    public const string On = "true";

    public override string? Fault(string text) =>
        Read(text) is null ? $"found '{text}'; allowed are true and false" : null;

    public override JsonObject ToSchema() => new() { ["type"] = "boolean" };

    /// <summary>Whether it is on; <c>null</c> for a text that says neither.</summary>
    public static bool? Read(string text) => text.ToLowerInvariant() switch
    {
        On or "1" or "yes" => true,
        "false" or "0" or "no" => false,
        _ => null,
    };

    public static string Text(bool value) => value ? On : "false";
}

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

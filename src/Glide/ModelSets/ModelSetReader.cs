using System.Text.Json;

namespace Glide.ModelSets;

/// <summary>Reads <c>model.json</c>.</summary>
internal static class ModelSetReader
{
    private const long LongestFile = 1 << 20;

    public static ModelSet Read(string folder)
    {
        string path = Path.Combine(Path.GetFullPath(folder), ModelSet.FileName);
        byte[] json = ReadBytes(folder, path);
        ModelSet set;
        try
        {
            set = JsonSerializer.Deserialize(json, ModelSetJson.Default.ModelSet)
                ?? throw new CheckpointException(
                    $"{path} holds 'null'; it must hold an object that describes a model set");
        }
        catch (JsonException error)
        {
            string where = error.LineNumber is { } line ? $"line {line + 1}, " : "";
            throw new CheckpointException(
                $"{path} is not a valid model description; {where}{Cause(error)}; mend the file or choose another set "
                    + $"with --model", error);
        }

        var faults = ModelSetFaults.Of(set).ToList();
        if (faults.Count > 0)
        {
            throw new CheckpointException(
                $"{path} is not a valid model description; {string.Join("; ", faults)}; mend the file or choose "
                    + $"another set with --model");
        }

        string definition = Path.GetDirectoryName(path)!;
        return set with { Folder = definition, DefinitionFolder = definition };
    }

    private static byte[] ReadBytes(string folder, string path)
    {
        try
        {
            if (!File.Exists(path))
            {
                throw new UsageException(Directory.Exists(folder)
                    ? $"{folder} is no model set; it has no {ModelSet.FileName}; give the name or the folder of a "
                        + $"set"
                    : $"the folder {folder} does not exist; give the name or the folder of a model set");
            }

            long length = RegularFile.LengthOf(path);
            if (length == 0)
                throw new CheckpointException($"{path} is empty, or a pipe or device; it must be a file of JSON");
            return length <= LongestFile
                ? File.ReadAllBytes(path)
                : throw new CheckpointException(
                    $"{path} has {length} bytes; a model description has at most {LongestFile}");
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw new UsageException($"{path} cannot be read: {error.Message}", error);
        }
    }

    // The serializer's messages name .NET types and repeat the position, which does not help users.
    private static string Cause(JsonException error)
    {
        string message = error.Message.Split(" Path: ")[0].TrimEnd('.').Replace(';', ',');
        string field = string.IsNullOrEmpty(error.Path) || error.Path == "$"
            ? "the whole file"
            : error.Path.TrimStart('$', '.');
        int missing = message.IndexOf("was missing required properties", StringComparison.Ordinal);
        if (missing >= 0)
        {
            message = message[missing..].Replace("was missing required properties including:", "lacks",
                StringComparison.Ordinal);
        }
        else if (message.StartsWith("The JSON property", StringComparison.Ordinal))
        {
            message = "there is no such field (is it misspelt?)";
        }
        else if (message.Contains("doesn't allow null values", StringComparison.Ordinal))
        {
            message = "null is not allowed";
        }
        else if (message.StartsWith("The JSON value could not be converted", StringComparison.Ordinal))
        {
            message = "the value has the wrong type";
        }

        return $"{field}: {message}";
    }
}

/// <summary>The order of random numbers in earlier versions, which skipped some between the stages.</summary>
internal static class FormerNoiseOrder
{
    /// <summary>The field of a stage with the number of skipped ones.</summary>
    public const string Field = "passed_over_numbers";

    /// <summary>Whether a JSON text requests that order anywhere; 0 is the current order.</summary>
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

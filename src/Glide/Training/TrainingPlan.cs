using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;
using Glide.Checkpoints;
using Glide.Models;
using Glide.Models.Clip;
using Glide.ModelSets;
using Glide.Pipelines;
using Glide.Pipelines.Settings;

namespace Glide.Training;

/// <summary>Everything that decides what a run makes: <c>train.json</c>.</summary>
/// <param name="Network">One of <see cref="Networks"/>.</param>
internal sealed record TrainingPlan(string Network)
{
    /// <summary>Name of the network that is trained in two encoders.</summary>
    public const string Clip = "clip";

    private const string SettingsField = "settings", UNetField = "unet", ImageField = "clip_image",
        TextField = "clip_text";

    // Written for people: no escapes where JSON needs none.
    private static readonly JsonSerializerOptions s_indented = new()
    {
        WriteIndented = true,
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
    };

    /// <summary>What can be trained, by the names of a model set.</summary>
    public static IReadOnlyList<string> Networks { get; } =
        ["base", "upsample", "base-inpaint", "upsample-inpaint", Clip];

    /// <summary>Datasets as the user wrote them: PATH or PATH:WEIGHT.</summary>
    public IReadOnlyList<string> Data { get; init; } = [];

    /// <summary>Model set or file of the first weights; <c>null</c> for random ones.</summary>
    public string? From { get; init; }

    /// <summary>Model set of the sizes and of CLIP's tokenizer; <c>null</c> for the default.</summary>
    public string? Model { get; init; }

    /// <summary>Prompts of the sheets of samples; empty for captions of the data.</summary>
    public IReadOnlyList<string> Prompts { get; init; } = [];

    /// <summary>fp32, fp16 or bf16.</summary>
    public string Dtype { get; init; } = "fp32";

    /// <summary>Threads of the CPU, on whose number the order of sums depends; <c>null</c> for one per core.</summary>
    public int? Threads { get; init; }

    /// <summary>
    /// Sizes of the network, as in <c>model.json</c>; for CLIP those of the base whose noise it sees, where known.
    /// </summary>
    public UNetConfig? UNet { get; init; }

    /// <summary>Sizes of CLIP's image encoder; <c>null</c> for U-Nets.</summary>
    public ClipImageConfig? ClipImage { get; init; }

    /// <summary>Sizes and tokenizer of CLIP's text encoder; <c>null</c> for U-Nets.</summary>
    public ClipTextEntry? ClipText { get; init; }

    public TrainingSettings Settings { get; init; } = new();

    /// <summary>Whether the plan gives the sizes of its network; otherwise a model set does.</summary>
    public bool HasSizes => Network == Clip ? ClipImage is not null && ClipText is not null : UNet is not null;

    /// <summary>The plan with the number type and the threads that it runs with.</summary>
    public TrainingPlan On(TorchRuntime runtime) =>
        this with { Dtype = runtime.Precision.Name, Threads = runtime.Threads };

    /// <summary>Reads a <c>train.json</c>, or a part of one that the user wrote.</summary>
    /// <param name="path">The file.</param>
    /// <param name="network">The network if the file names none.</param>
    /// <exception cref="UsageException">The file is missing, no JSON, or has a field or value that is not allowed.
    /// </exception>
    public static TrainingPlan Read(string path, string? network = null)
    {
        try
        {
            var root = JsonNode.Parse(TextFile(path), documentOptions: new JsonDocumentOptions
            {
                CommentHandling = JsonCommentHandling.Skip,
                AllowTrailingCommas = true,
            }) as JsonObject ?? throw new JsonException("it is no object");
            return Read(root, path, network);
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException or FormatException
            or ArgumentException)
        {
            throw new UsageException($"'{path}' is no {TrainingRun.PlanFile}: {e.Message.Split('\n')[0]}", e);
        }
    }

    /// <summary>The plan as the text of a <c>train.json</c>.</summary>
    public string ToJson()
    {
        var settings = new JsonObject();
        foreach (var setting in TrainingTable.All)
        {
            if (setting.Get(Settings) is { } text)
                settings[setting.Name] = ToNode(setting.Kind, text);
        }
        var root = new JsonObject
        {
            ["network"] = Network,
            ["data"] = new JsonArray([.. Data.Select(source => JsonValue.Create(source))]),
            ["from"] = From,
            ["model"] = Model,
            ["dtype"] = Dtype,
            ["threads"] = Threads,
            ["prompts"] = new JsonArray([.. Prompts.Select(prompt => JsonValue.Create(prompt))]),
            [SettingsField] = settings,
        };
        if (UNet is not null)
            root[UNetField] = JsonSerializer.SerializeToNode(UNet, ModelSetJson.Default.UNetConfig);
        if (ClipImage is not null)
            root[ImageField] = JsonSerializer.SerializeToNode(ClipImage, ModelSetJson.Default.ClipImageConfig);
        if (ClipText is not null)
            root[TextField] = JsonSerializer.SerializeToNode(ClipText, ModelSetJson.Default.ClipTextEntry);
        return root.ToJsonString(s_indented) + "\n";
    }

    private static TrainingPlan Read(JsonObject root, string path, string? network)
    {
        string name = (string?)root["network"] ?? network ?? throw new JsonException("it names no network");
        if (!Networks.Contains(name))
            throw new JsonException($"network is '{name}', allowed is one of {string.Join(", ", Networks)}");
        var plan = new TrainingPlan(name);
        foreach (var (field, value) in root)
        {
            plan = field switch
            {
                "network" => plan,
                "data" => plan with { Data = Texts(value) },
                "from" => plan with { From = (string?)value },
                "model" => plan with { Model = (string?)value },
                "dtype" => plan with { Dtype = Word(field, (string?)value, ["fp32", "fp16", "bf16"]) },
                "threads" => plan with { Threads = (int?)value },
                "prompts" => plan with { Prompts = Texts(value) },
                SettingsField => plan with { Settings = ReadSettings(plan.Settings, value, path) },
                UNetField => plan with { UNet = value.Deserialize(ModelSetJson.Default.UNetConfig) },
                ImageField => plan with { ClipImage = value.Deserialize(ModelSetJson.Default.ClipImageConfig) },
                TextField => plan with { ClipText = value.Deserialize(ModelSetJson.Default.ClipTextEntry) },
                _ => throw new JsonException($"'{Quoted.Text(field)}' is not known; allowed are network, data, from, "
                    + "model, dtype, threads, prompts, settings, unet, clip_image and clip_text"),
            };
        }
        return plan;
    }

    private static TrainingSettings ReadSettings(TrainingSettings settings, JsonNode? value, string path)
    {
        foreach (var (name, node) in value?.AsObject() ?? [])
        {
            var setting = TrainingTable.Find(name.Replace('_', '-'))
                ?? throw new JsonException(
                    $"settings.{Quoted.Text(name)} is not known; 'glide train --help' lists all");
            if (node is not null)
                settings = setting.Set(settings, node.ToString(), $"settings.{name} of '{path}'");
        }
        return settings;
    }

    private static IReadOnlyList<string> Texts(JsonNode? value) =>
        [.. (value?.AsArray() ?? []).Select(text => (string?)text ?? throw new JsonException("a text is null"))];

    private static string Word(string field, string? word, string[] allowed) => allowed.Contains(word)
        ? word!
        : throw new JsonException($"{field} is '{word}', allowed is one of {string.Join(", ", allowed)}");

    private static JsonNode ToNode(SettingKind kind, string text) => kind switch
    {
        FlagKind => FlagKind.Read(text) == true,
        WholeKind => SettingKind.ToWhole(text),
        NumberKind => SettingKind.ToNumber(text),
        _ => text,
    };

    private static string TextFile(string path)
    {
        const long most = 1 << 20;
        if (!File.Exists(path))
            throw new UsageException($"there is no file '{path}'; give a {TrainingRun.PlanFile}");
        long length = RegularFile.LengthOf(path);
        if (length is 0 or > most)
        {
            throw new UsageException(
                $"'{path}' has {length:N0} bytes; allowed is a {TrainingRun.PlanFile} of 1 to {most:N0}");
        }
        try
        {
            return File.ReadAllText(path);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new UsageException($"'{path}' cannot be read: {e.Message}", e);
        }
    }
}

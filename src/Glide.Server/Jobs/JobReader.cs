using System.Text.Json.Nodes;
using Glide.Batches;
using Glide.Images;
using Glide.Inversion;
using Glide.ModelSets;
using Glide.Pipelines;
using Glide.Pipelines.Settings;

namespace Glide.Server.Jobs;

/// <summary>Checks what a client asks for, with the settings of the command line.</summary>
/// <param name="models">Has the recipes that settings change.</param>
/// <param name="folder">What names of images are relative to.</param>
internal sealed class JobReader(ModelSet models, string folder)
{
    /// <summary>Images of a job at most: a client that wants more asks again.</summary>
    public const int MostImages = 100;

    // Far more than the networks read of a prompt.
    private const int MostText = 10_000;

    public const string Task = "task", Image = "image", Mask = "mask", Prompt = "prompt";

    private const string Output = "output", Amount = "amount", Count = "count";

    // Seven digits are easy to type again and plenty to choose from.
    private const long Seeds = 10_000_000;

    private static readonly IReadOnlyList<StageSetting> s_editing =
        [StageTable.Strength, StageTable.KeepStructure, StageTable.KeepStructureUntil];

    private static readonly Setting<string> s_task = new(
        Task, new OneOfKind(JobTasks.All), text => text, (_, text) => text)
    {
        Help = "What is done: sample has no image; inpaint repaints a part of it, edit starts from it, upscale "
            + "enlarges it, vary makes images like it.",
        Default = "inpaint with an image, else sample",
        Group = SettingGroup.Image,
    };

    private static readonly Setting<string> s_amount = new(
        Amount, new NumberKind(0, 1), text => text, (_, text) => text)
    {
        Help = "With vary: how much the images differ; 0 not at all, 1 shares only the prompt.",
        Default = "0.3",
        Group = SettingGroup.Image,
    };

    private static readonly IReadOnlyList<Setting> s_own = [s_task, s_amount, .. s_editing];

    /// <summary>The fields of a job beside the settings.</summary>
    public static IReadOnlyList<Setting> Fields { get; } =
        [.. RowReader.Others.Where(field => field.Name != Output), .. s_own];

    /// <summary>
    /// The JSON Schema of a job; <c>x-group</c> is the heading of the help that a setting stands under.
    /// </summary>
    public static JsonObject Schema()
    {
        var schema = SettingsSchema.Of("A job of glide serve", Prompt, RowReader.Settings, Fields);
        var fields = schema["properties"]!;
        foreach (var name in RowReader.Settings)
            Group(name.Text, name.Group);
        foreach (var setting in Fields)
            Group(setting.Name, setting.Group);
        fields[Count]!["maximum"] = MostImages;
        return schema;

        void Group(string name, SettingGroup group) => fields[name.Replace('-', '_')]!["x-group"] = group.ToString();
    }

    /// <summary>The request with a seed, so that the job can be made again as it was accepted.</summary>
    public static JobRequest WithSeed(JobRequest request) =>
        request.Fields.GetValueOrDefault(SamplingTable.Seed) is { Length: > 0 }
            ? request
            : request.With(SamplingTable.Seed, SettingKind.Text(Random.Shared.NextInt64(Seeds)));

    /// <summary>Checks a request.</summary>
    /// <exception cref="UsageException">A field is unknown, a value is not allowed, or an image cannot be
    /// read.</exception>
    public JobPlan Plan(JobRequest request)
    {
        var faults = new List<RowFault>();
        string task = Own(request, s_task) ?? (request.Fields.ContainsKey(Image) ? JobTasks.Inpaint : JobTasks.Sample);
        foreach (var setting in s_own)
        {
            if (Own(request, setting) is { } text && setting.Kind.Refusal(setting.Name, text) is { } refusal)
                faults.Add(new RowFault(1, refusal));
        }
        foreach (var setting in s_own.Skip(1))
        {
            string owner = setting == s_amount ? JobTasks.Vary : JobTasks.Edit;
            if (task != owner && Own(request, setting) is not null)
                faults.Add(new RowFault(1, $"{setting.Name} belongs to {owner}; the task is {task}; leave it out"));
        }
        if (request.Fields.ContainsKey(Output))
            faults.Add(new RowFault(1, "unknown field 'output'; the server names its files"));
        foreach (var (name, text) in request.Fields.Append(new(Prompt, request.Prompt)))
        {
            if (text.Length > MostText)
                faults.Add(new RowFault(1, $"{name} has {text.Length} characters; allowed are {MostText}"));
        }
        if ((task == JobTasks.Sample) == request.Fields.ContainsKey(Image))
            faults.Add(new RowFault(1, task == JobTasks.Sample ? "sample takes no image" : $"{task} needs an image"));
        Refuse(faults);
        var row = new BatchRow(1, request.Prompt, Rest(request, keepsImage: task == JobTasks.Inpaint));
        var reader = new RowReader(GivenSettings.None, models, folder, _ => { });
        var plan = task is JobTasks.Sample or JobTasks.Inpaint
            ? OfRow(task, reader.Read(row, faults), faults)
            : OfImage(task, request, reader.Given(row, faults), faults);
        return plan.Requests.Count <= MostImages
            ? plan
            : throw new UsageException($"bad value for count; found '{plan.Requests.Count}'; allowed is a whole number "
                + $"from 1 to {MostImages}");
    }

    private static JobPlan OfRow(string task, IReadOnlyList<RowImage> images, List<RowFault> faults)
    {
        Refuse(faults);
        return new JobPlan(task, [.. images.Select(image => image.Request)], images[0].Recipe)
        {
            Source = images[0].Source,
            Files = images[0].Source?.Files,
        };
    }

    private JobPlan OfImage(string task, JobRequest request, GivenSettings? given, List<RowFault> faults)
    {
        Refuse(faults);
        string name = request.Fields[Image], path = Path.Combine(folder, name);
        _ = InitImage.Load(path);
        var published = Recipe.For(models, JobTasks.Sample);
        var recipe = task switch
        {
            JobTasks.Upscale => given!.ApplyTo(published),
            JobTasks.Vary => given!.ApplyTo(DeterministicRecipe.Of(published).WithBase(
                stage => stage with { Steps = DeterministicRecipe.Steps, GuidanceScale = 1 })),
            _ => given!.ApplyTo(published, models: models).WithBase(stage => Edited(stage, request)),
        };
        var run = given!.Sampling();
        return new JobPlan(task, run.Requests([request.Prompt], chosenSeed: 0),
            run.NoUpsample && task != JobTasks.Upscale ? recipe.BaseOnly() : recipe)
        {
            ImagePath = path,
            Files = new SourceFiles { Image = name, ImageSha256 = BatchJournal.HashOf(path) },
            Amount = SettingKind.ToNumber(Own(request, s_amount) ?? s_amount.Default!),
        };
    }

    private static StageRecipe Edited(StageRecipe stage, JobRequest request)
    {
        bool keeps = Own(request, StageTable.KeepStructure) is not null;
        var given = s_editing.Where(setting => keeps || setting != StageTable.KeepStructureUntil)
            .Select(setting => (setting, Text: Own(request, setting) ?? setting.Default));
        return given.Where(each => each.Text is not null)
            .Aggregate(stage, (changed, each) => each.setting.With(changed, each.Text!));
    }

    private static string? Own(JobRequest request, Setting setting) =>
        request.Fields.GetValueOrDefault(setting.Name) is { Length: > 0 } text ? text : null;

    private static Dictionary<string, string> Rest(JobRequest request, bool keepsImage) => request.Fields
        .Where(field => !s_own.Any(own => own.Name == field.Key) && (keepsImage || field.Key != Image))
        .ToDictionary(field => field.Key, field => field.Value);

    private static void Refuse(List<RowFault> faults)
    {
        if (faults.Count > 0)
            throw new UsageException(string.Join("; ", faults.Select(fault => fault.Reason)));
    }
}

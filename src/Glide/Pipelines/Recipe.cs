using System.Globalization;
using System.Text.Json;
using System.Text.Json.Serialization;
using Glide.Diffusion.Samplers;
using Glide.ModelSets;

namespace Glide.Pipelines;

/// <summary>The stages of a cascade as data: the first draws a small image, each later one enlarges it.</summary>
public sealed record Recipe
{
    /// <summary>The stages in the order in which they run; at least one.</summary>
    public required IReadOnlyList<StageRecipe> Stages { get; init; }

    /// <summary>The first stage.</summary>
    [JsonIgnore]
    public StageRecipe Base => Stages[0];

    /// <summary>The last stage, which makes the finished image.</summary>
    [JsonIgnore]
    public StageRecipe Last => Stages[^1];

    [JsonIgnore]
    internal IReadOnlyList<string> Networks => [.. Stages.Select(stage => stage.Network).Distinct()];

    /// <summary>A recipe of some stages.</summary>
    public static Recipe Of(params IReadOnlyList<StageRecipe> stages) => new() { Stages = stages };

    /// <summary>What a model set publishes for a task.</summary>
    /// <param name="models">The set.</param>
    /// <param name="task"><c>sample</c>, <c>inpaint</c> or <c>clip</c>.</param>
    /// <exception cref="UsageException">The set has no recipe for that task.</exception>
    public static Recipe For(ModelSet models, string task) =>
        models.Recipes.TryGetValue(task, out var settings)
            ? new Recipe { Stages = [.. settings.All.Select(StageRecipe.From)] }
            : throw new UsageException(
                $"model set '{models.Name}' has no recipe for '{task}'; it has "
                    + $"{string.Join(", ", models.Recipes.Keys)}; "
                + "choose another set with --model");

    /// <summary>Name of a stage by its place: <c>base</c>, <c>upsample</c>, <c>upsample-2</c>, ...</summary>
    internal static string NameOf(int stage) => stage switch
    {
        0 => "base",
        1 => "upsample",
        _ => string.Create(CultureInfo.InvariantCulture, $"upsample-{stage}"),
    };

    /// <summary>Place of a stage by its name; −1 where no stage of this recipe has it.</summary>
    internal int IndexOf(string name) => Enumerable.Range(0, Stages.Count)
        .FirstOrDefault(stage => NameOf(stage) == name, -1);

    /// <summary>The first stage alone.</summary>
    public Recipe BaseOnly() => Of(Base);

    /// <summary>The recipe with one stage changed.</summary>
    /// <param name="stage">Its place.</param>
    /// <param name="change">From the stage to what takes its place.</param>
    public Recipe With(int stage, Func<StageRecipe, StageRecipe> change) =>
        new() { Stages = [.. Stages.Select((each, place) => place == stage ? change(each) : each)] };

    /// <summary>The recipe with its first stage changed.</summary>
    public Recipe WithBase(Func<StageRecipe, StageRecipe> change) => With(0, change);

    /// <summary>The recipe with every stage after the first changed.</summary>
    public Recipe WithLater(Func<StageRecipe, StageRecipe> change) =>
        new() { Stages = [Base, .. Stages.Skip(1).Select(change)] };

    internal string ToJson() => JsonSerializer.Serialize(this, GlideJson.Default.Recipe);

    /// <inheritdoc/>
    public bool Equals(Recipe? other) => other is not null && Stages.SequenceEqual(other.Stages);

    /// <inheritdoc/>
    public override int GetHashCode() => Stages.Aggregate(0, HashCode.Combine);
}

/// <summary>Samplers and steps of both stages under one name; everything else stays the recipe's.</summary>
/// <param name="Name">What the user writes.</param>
/// <param name="Sampler">Of the base.</param>
/// <param name="Steps">Of the base.</param>
/// <param name="UpsampleSampler">Of the upsampler.</param>
/// <param name="UpsampleSteps">Of the upsampler.</param>
public sealed record QualityPreset(string Name, string Sampler, string Steps, string UpsampleSampler,
    string UpsampleSteps)
{
    /// <summary>All presets, the quickest first.</summary>
    public static IReadOnlyList<QualityPreset> All { get; } =
    [
        new("draft", SamplerNames.DpmSolver2MSde, "10", SamplerNames.DpmSolver2M, "4"),
        new("fast", SamplerNames.DpmSolver2MSde, "15", SamplerNames.DpmSolver2M, "6"),
        new("normal", SamplerNames.DpmSolver2MSde, "24", SamplerNames.DpmSolver2M, "7"),
        new("paper", SamplerNames.Ddpm, "100", SamplerNames.Ddim, "fast27"),
        new("eval", SamplerNames.Ddpm, "250", SamplerNames.Ddim, "fast27"),
    ];

    /// <summary>The default for images from prompts alone; measured, see docs/studies/presets.md.</summary>
    internal static QualityPreset ForPrompts { get; } = Parse("normal");

    internal static IReadOnlyList<string> Names { get; } = [.. All.Select(preset => preset.Name)];

    /// <summary>The preset of that name.</summary>
    /// <exception cref="UsageException">No preset has that name.</exception>
    public static QualityPreset Parse(string name) =>
        All.FirstOrDefault(preset => preset.Name == name)
        ?? throw new UsageException($"there is no quality '{name}'; allowed are {string.Join(", ", Names)}");

    /// <summary>The recipe with these samplers and steps; every stage after the first takes the upsampler's.</summary>
    public Recipe Apply(Recipe recipe) => recipe
        .WithBase(stage => stage with { Sampler = Sampler, Steps = Steps, Eta = 0, Spacing = null, Churn = 0 })
        .WithLater(stage => stage with
        {
            Sampler = UpsampleSampler,
            Steps = UpsampleSteps,
            Eta = 0,
            Spacing = null,
            Churn = 0
        });

    /// <summary>
    /// The recipe with these where the user names no preset: a sampler that needs many steps, once it is named, keeps
    /// the recipe's.
    /// </summary>
    /// <param name="recipe">The recipe.</param>
    /// <param name="samplerOf">The user's sampler of the stage at that place; <c>null</c> for the preset's.</param>
    /// <exception cref="UsageException">There is no such sampler.</exception>
    internal Recipe ApplyUnnamed(Recipe recipe, Func<int, string?> samplerOf) => new()
    {
        Stages =
        [
            .. Apply(recipe).Stages.Zip(recipe.Stages, (few, many) => (few, many)).Select((stage, place) =>
                stage.few with { Steps = StepsFor(samplerOf(place), stage.few.Steps, stage.many.Steps) }),
        ],
    };

    /// <summary>What it means, in one line.</summary>
    public override string ToString() => $"{Name} = {Sampler} {Steps} + {UpsampleSampler} {UpsampleSteps}";

    private static string StepsFor(string? sampler, string few, string many) =>
        sampler is null || SamplerFactory.Parse(sampler).StartsCapped ? few : many;
}

using System.Text.Json;
using Glide.Diffusion.Samplers;
using Glide.ModelSets;

namespace Glide.Pipelines;

/// <summary>Both stages of the cascade as data.</summary>
public sealed record Recipe
{
    /// <summary>The stage that draws the small image.</summary>
    public required StageRecipe Base { get; init; }

    /// <summary>The stage that enlarges it; <c>null</c> leaves the small image as it is.</summary>
    public StageRecipe? Upsample { get; init; }

    /// <summary>What a model set publishes for a task.</summary>
    /// <param name="models">The set.</param>
    /// <param name="task"><c>sample</c>, <c>inpaint</c> or <c>clip</c>.</param>
    /// <exception cref="UsageException">The set has no recipe for that task.</exception>
    public static Recipe For(ModelSet models, string task) =>
        models.Recipes.TryGetValue(task, out var settings)
            ? new Recipe { Base = StageRecipe.From(settings.Base), Upsample = StageRecipe.From(settings.Upsample) }
            : throw new UsageException(
                $"model set '{models.Name}' has no recipe for '{task}'; it has {string.Join(", ", models.Recipes.Keys)}; choose another set with --model");

    /// <summary>One JSON object; equal for equal recipes.</summary>
    public string ToJson() => JsonSerializer.Serialize(this, GlideJson.Default.Recipe);
}

/// <summary>Samplers and steps of both stages under one name; everything else stays the recipe's.</summary>
/// <param name="Name">What the user writes.</param>
/// <param name="Sampler">Of the base.</param>
/// <param name="Steps">Of the base.</param>
/// <param name="UpsampleSampler">Of the upsampler.</param>
/// <param name="UpsampleSteps">Of the upsampler.</param>
public sealed record QualityPreset(string Name, string Sampler, string Steps, string UpsampleSampler, string UpsampleSteps)
{
    /// <summary>All presets, the quickest first.</summary>
    public static IReadOnlyList<QualityPreset> All { get; } =
    [
        new("draft", "dpmpp-2m-sde", "10", "dpmpp-2m", "4"),
        new("fast", "dpmpp-2m-sde", "15", "dpmpp-2m", "6"),
        new("normal", "dpmpp-2m-sde", "24", "dpmpp-2m", "7"),
        new("paper", "ddpm", "100", "ddim", "fast27"),
        new("eval", "ddpm", "250", "ddim", "fast27"),
    ];

    /// <summary>The default for images from prompts alone; measured, see docs/studies/presets.md.</summary>
    public static QualityPreset ForPrompts { get; } = Parse("normal");

    /// <summary>Their names.</summary>
    public static IReadOnlyList<string> Names { get; } = [.. All.Select(preset => preset.Name)];

    /// <summary>The preset of that name.</summary>
    /// <exception cref="UsageException">No preset has that name.</exception>
    public static QualityPreset Parse(string name) =>
        All.FirstOrDefault(preset => preset.Name == name)
        ?? throw new UsageException($"there is no quality '{name}'; allowed are {string.Join(", ", Names)}");

    /// <summary>The recipe with these samplers and steps.</summary>
    public Recipe Apply(Recipe recipe) => recipe with
    {
        Base = recipe.Base with { Sampler = Sampler, Steps = Steps, Eta = 0, Spacing = null, Churn = 0 },
        Upsample = recipe.Upsample is null
            ? null
            : recipe.Upsample with { Sampler = UpsampleSampler, Steps = UpsampleSteps, Eta = 0, Spacing = null, Churn = 0 },
    };

    /// <summary>The recipe with these where the user names no preset: a sampler that needs many steps, once it is named, keeps the recipe's.</summary>
    /// <param name="recipe">The recipe.</param>
    /// <param name="sampler">The base's sampler by the user's wish; <c>null</c> for the preset's.</param>
    /// <param name="upsampleSampler">The same of the upsampler.</param>
    /// <exception cref="UsageException">There is no such sampler.</exception>
    public Recipe ApplyUnnamed(Recipe recipe, string? sampler, string? upsampleSampler)
    {
        var applied = Apply(recipe);
        return applied with
        {
            Base = applied.Base with { Steps = StepsFor(sampler, Steps, recipe.Base.Steps) },
            Upsample = applied.Upsample is { } upsample
                ? upsample with { Steps = StepsFor(upsampleSampler, UpsampleSteps, recipe.Upsample!.Steps) }
                : null,
        };
    }

    /// <summary>What it means, in one line.</summary>
    public override string ToString() => $"{Name} = {Sampler} {Steps} + {UpsampleSampler} {UpsampleSteps}";

    private static string StepsFor(string? sampler, string few, string many) =>
        sampler is null || SamplerFactory.Parse(sampler).StartsCapped ? few : many;
}

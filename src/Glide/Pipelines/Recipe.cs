using System.Text.Json;
using Glide.ModelStore;

namespace Glide.Pipelines;

/// <summary>Both stages of the cascade as data.</summary>
public sealed record Recipe
{
    /// <summary>The stage that draws the small picture.</summary>
    public required StageRecipe Base { get; init; }

    /// <summary>The stage that enlarges it; <c>null</c> leaves the small picture as it is.</summary>
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
    public string ToJson() => JsonSerializer.Serialize(this, PictureJson.Default.Recipe);
}

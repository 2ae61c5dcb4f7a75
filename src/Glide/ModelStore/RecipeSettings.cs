namespace Glide.ModelStore;

/// <summary>The stages that make a picture and their published settings.</summary>
public sealed record RecipeSettings
{
    /// <summary>The stage that makes the small picture.</summary>
    public required StageSettings Base { get; init; }

    /// <summary>The stage that enlarges it.</summary>
    public required StageSettings Upsample { get; init; }
}

namespace Glide.Pipelines.Sheets;

/// <summary>One picture of a sheet.</summary>
/// <param name="Prompt">Its prompt.</param>
/// <param name="Seed">Its seed.</param>
/// <param name="Recipe">Place of its recipe in <see cref="SheetRecord.Recipes"/>.</param>
public sealed record SheetPicture(string Prompt, long Seed, int Recipe)
{
    /// <summary>What stood in place of the empty prompt; <c>null</c> where nothing did.</summary>
    public string? Negative { get; init; }
}

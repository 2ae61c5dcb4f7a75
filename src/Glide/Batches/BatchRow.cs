using Glide.Pipelines;

namespace Glide.Batches;

/// <summary>A row of a batch file.</summary>
/// <param name="Line">Line of the file that the row begins in, from 1.</param>
/// <param name="Prompt">The prompt, exactly as it stands there.</param>
/// <param name="Options">What the row says beside the prompt, by field name (<c>seed</c>, <c>steps</c>, ...), as text.</param>
public sealed record BatchRow(int Line, string Prompt, IReadOnlyDictionary<string, string> Options)
{
    /// <summary>Field names as the options are called: <c>guidance_scale</c> and <c>--guidance-scale</c> are <c>guidance-scale</c>.</summary>
    public static string OptionName(string field) => field.Trim().TrimStart('-').Replace('_', '-').ToLowerInvariant();
}

/// <summary>An image of a batch that is to be made.</summary>
/// <param name="Number">Its number in the whole batch, all shards together, from 1.</param>
/// <param name="Line">Line of the batch file.</param>
/// <param name="Request">What it shows, with its seed.</param>
/// <param name="Recipe">How it is made.</param>
/// <param name="FileName">Where it goes, relative to the batch's folder.</param>
public sealed record PlannedImage(int Number, int Line, ImageRequest Request, Recipe Recipe, string FileName)
{
    /// <summary>What it is painted into; <c>null</c> where all of it is drawn.</summary>
    public RowSource? Source { get; init; }
}

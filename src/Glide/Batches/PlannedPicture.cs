using Glide.Pipelines;

namespace Glide.Batches;

/// <summary>A picture of a batch that is to be made.</summary>
/// <param name="Number">Its number in the whole batch, all shards together, from 1.</param>
/// <param name="Line">Line of the batch file.</param>
/// <param name="Request">What it shows, with its seed.</param>
/// <param name="Recipe">How it is made.</param>
/// <param name="FileName">Where it goes, relative to the batch's folder.</param>
public sealed record PlannedPicture(int Number, int Line, PictureRequest Request, Recipe Recipe, string FileName)
{
    /// <summary>What it is painted into; <c>null</c> where all of it is drawn.</summary>
    public RowSource? Source { get; init; }
}

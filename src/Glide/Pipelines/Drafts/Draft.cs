using Glide.Pipelines.Clip;

namespace Glide.Pipelines.Drafts;

/// <summary>A small picture on a sheet, with all that is needed to enlarge it.</summary>
/// <param name="Prompt">What it shows.</param>
/// <param name="Seed">Its seed.</param>
/// <param name="X">Column of its left edge on the sheet.</param>
/// <param name="Y">Row of its top edge.</param>
public sealed record Draft(string Prompt, long Seed, int X, int Y)
{
    /// <summary>What stood in place of the empty prompt.</summary>
    public string Negative { get; init; } = "";

    /// <summary>As in <see cref="PictureRecord.Score"/>.</summary>
    public double? Score { get; init; }

    /// <summary>As in <see cref="PictureRecord.Choice"/>.</summary>
    public PictureChoice? Choice { get; init; }
}

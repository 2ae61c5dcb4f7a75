using Glide.Batches;
using Glide.Pipelines;

namespace Glide.Cli.Batches;

/// <summary>A picture that a row of a batch file asks for.</summary>
/// <param name="Line">Line of the file.</param>
/// <param name="Request">What it shows.</param>
/// <param name="Recipe">How it is made.</param>
/// <param name="Output">The file name that the row gives; <c>null</c> for one made from the prompt.</param>
internal sealed record RowPicture(int Line, PictureRequest Request, Recipe Recipe, string? Output)
{
    /// <summary>What it is painted into; <c>null</c> where all of it is drawn.</summary>
    public RowSource? Source { get; init; }
}

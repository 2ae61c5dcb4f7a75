using Glide.Images;

namespace Glide.Pipelines;

/// <summary>What an image was made from.</summary>
/// <param name="Image">SHA-256 over the first image's pixels, its first digits.</param>
public sealed record EditRecord(string Image)
{
    /// <summary>Prompts of a chain of edits, of the two ends of an interpolation, or before and after a restyling, in order; <c>null</c> where there was one.</summary>
    public IReadOnlyList<string>? Prompts { get; init; }

    /// <summary>The windows that were worked on; <c>null</c> where the whole image was.</summary>
    public IReadOnlyList<EditWindow>? Windows { get; init; }

    /// <summary>The same as <see cref="GeneratedImage"/> of the image at the other end of an interpolation; <c>null</c> where there is none.</summary>
    public string? Other { get; init; }

    /// <summary>How far it is from the image, to fresh noise or to the other one, 0 to 1; <c>null</c> where neither plays a part.</summary>
    public double? Amount { get; init; }

    /// <summary>How the base was inverted to find the image's noise; <c>null</c> where it was not.</summary>
    public StageRecipe? Inversion { get; init; }
}

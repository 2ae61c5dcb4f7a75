namespace Glide.Pipelines.Editing;

/// <summary>What a picture was made from.</summary>
/// <param name="Picture">SHA-256 over the first picture's pixels, its first digits.</param>
public sealed record EditRecord(string Picture)
{
    /// <summary>Prompts of a chain of edits, in order; <c>null</c> where there was one.</summary>
    public IReadOnlyList<string>? Prompts { get; init; }

    /// <summary>The windows that were worked on; <c>null</c> where the whole picture was.</summary>
    public IReadOnlyList<EditWindow>? Windows { get; init; }
}

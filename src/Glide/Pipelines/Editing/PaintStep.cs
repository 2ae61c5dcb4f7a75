namespace Glide.Pipelines.Editing;

/// <summary>One edit of a chain: what is painted where.</summary>
/// <param name="Mask">What stays, at the picture's size.</param>
/// <param name="Prompt">What is painted; <c>null</c> for the request's own prompt.</param>
public sealed record PaintStep(KnownMask Mask, string? Prompt = null);

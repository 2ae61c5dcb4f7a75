namespace Glide.Pipelines.Playing;

/// <summary>Another prompt that a picture's own is mixed with, in what the networks know of both.</summary>
/// <param name="Prompt">The other prompt.</param>
/// <param name="Amount">0 leaves the own prompt, 1 puts the other in its place.</param>
public sealed record PromptBlend(string Prompt, double Amount);

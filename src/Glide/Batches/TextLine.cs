namespace Glide.Batches;

/// <summary>A line of a text file.</summary>
/// <param name="Number">From 1.</param>
/// <param name="Text">The line without its end; bytes that are no UTF-8 stand there as U+FFFD.</param>
/// <param name="Fault">What is wrong with its bytes; <c>null</c> where it is good UTF-8.</param>
public sealed record TextLine(int Number, string Text, string? Fault);

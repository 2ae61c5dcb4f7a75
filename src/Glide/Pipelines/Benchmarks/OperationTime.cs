namespace Glide.Pipelines.Benchmarks;

/// <summary>What a kind of operation takes of a step.</summary>
/// <param name="Kind"><c>convolution</c>, <c>normalisation</c>, <c>attention</c>, <c>linear</c>, <c>resampling</c>, <c>text</c>, or <c>other</c> for all between them.</param>
/// <param name="Milliseconds">Mean over the timed steps.</param>
public sealed record OperationTime(string Kind, double Milliseconds);

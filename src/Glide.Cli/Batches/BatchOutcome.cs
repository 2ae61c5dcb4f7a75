namespace Glide.Cli.Batches;

/// <summary>What a batch came to.</summary>
/// <param name="Had">Pictures that were finished before.</param>
/// <param name="Made">Pictures that this run has made.</param>
/// <param name="Failures">What could not be made and why, a line each.</param>
internal sealed record BatchOutcome(int Had, int Made, IReadOnlyList<string> Failures);

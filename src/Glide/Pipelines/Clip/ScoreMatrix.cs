namespace Glide.Pipelines.Clip;

/// <summary>How well pictures go with prompts.</summary>
/// <param name="Prompts">One a column.</param>
/// <param name="Rows">One a picture: cosines from −1 to 1.</param>
public sealed record ScoreMatrix(IReadOnlyList<string> Prompts, IReadOnlyList<IReadOnlyList<double>> Rows);

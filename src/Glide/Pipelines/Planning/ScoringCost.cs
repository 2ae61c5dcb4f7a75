namespace Glide.Pipelines.Planning;

/// <summary>What CLIP's scores of candidates take, as it was measured.</summary>
/// <param name="LoadSeconds">Loading CLIP, once a run.</param>
/// <param name="ScoreSeconds">Scoring one picture.</param>
/// <param name="HasWeights">Whether CLIP's own weights were there; others take the same time.</param>
public sealed record ScoringCost(double LoadSeconds, double ScoreSeconds, bool HasWeights);

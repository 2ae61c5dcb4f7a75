namespace Glide.Pipelines.Clip;

/// <summary>What a picture was chosen from by its score.</summary>
/// <param name="BestOf">Candidates for its prompt, itself among them.</param>
public sealed record PictureChoice(int BestOf)
{
    /// <summary>How candidates were dropped on the way, as <see cref="Culling.Parse"/> reads it; <c>null</c> where none were.</summary>
    public string? Cull { get; init; }

    /// <summary>Its own score then, while it was noisy; <c>null</c> where none were dropped.</summary>
    public double? ScoreAtCull { get; init; }
}

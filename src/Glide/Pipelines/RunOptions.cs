using Glide.Pipelines.Clip;

namespace Glide.Pipelines;

/// <summary>What a run does beside sampling.</summary>
public sealed record RunOptions
{
    /// <summary>Pictures per forward pass; <c>null</c> chooses from the memory there is.</summary>
    public int? BatchSize { get; init; }

    /// <summary>Keeps so many of each prompt's small pictures, the best by CLIP's score, and enlarges only these; <c>null</c> keeps all.</summary>
    public int? KeepBest { get; init; }

    /// <summary>With <see cref="KeepBest"/>: drops the worst of each prompt's pictures while they are still noisy; <c>null</c> draws all to the end.</summary>
    public Culling? Cull { get; init; }

    /// <summary>The command that makes the pictures, for their records.</summary>
    public string Task { get; init; } = "sample";

    /// <summary>Gets each picture as soon as it is finished.</summary>
    public required Action<Picture> Finished { get; init; }

    /// <summary>Gets what the user should know but need not act on.</summary>
    public Action<string>? Warn { get; init; }

    /// <summary>Gets the progress after every step.</summary>
    public IProgress<GenerationProgress>? Progress { get; init; }

    /// <summary>Gets the pictures at every step, as far as they are; <c>null</c> saves the work.</summary>
    public Action<FormingPictures>? Forming { get; init; }

    /// <summary>Stops the run between two batches: what is under way is finished first.</summary>
    public CancellationToken StopAfterBatch { get; init; }

    /// <summary>Stops the run between two steps.</summary>
    public CancellationToken Cancellation { get; init; }
}

using System.Text.Json;
using Glide.Images;

namespace Glide.Pipelines;

/// <summary>What a run does beside sampling.</summary>
public sealed record RunOptions
{
    /// <summary>Images per forward pass; <c>null</c> chooses from the memory there is.</summary>
    public int? BatchSize { get; init; }

    /// <summary>
    /// Keeps so many of each prompt's small images, the best by CLIP's score, and enlarges only these; <c>null</c>
    /// keeps all.
    /// </summary>
    internal int? KeepBest { get; init; }

    /// <summary>
    /// With <see cref="KeepBest"/>: drops the worst of each prompt's images while they are still noisy; <c>null</c>
    /// draws all to the end.
    /// </summary>
    internal EarlyPruning? Cull { get; init; }

    /// <summary>The command that makes the images, for their records.</summary>
    public string Task { get; init; } = "sample";

    /// <summary>Gets each image as soon as it is finished.</summary>
    public required Action<GeneratedImage> Finished { get; init; }

    /// <summary>Gets what the user should know but need not act on.</summary>
    public Action<string>? Warn { get; init; }

    /// <summary>Gets the progress after every step.</summary>
    public IProgress<GenerationProgress>? Progress { get; init; }

    /// <summary>Gets the images at every step, as far as they are; <c>null</c> saves the work.</summary>
    public Action<StepPreview>? Preview { get; init; }

    /// <summary>Stops the run between two batches: what is under way is finished first.</summary>
    public CancellationToken StopAfterBatch { get; init; }

    /// <summary>Stops the run between two steps.</summary>
    public CancellationToken Cancellation { get; init; }
}

/// <summary>Everything beside prompt and seed that an image depends on.</summary>
internal sealed record RunSettings
{
    public required string Model { get; init; }

    /// <summary>One hash for the networks that take part.</summary>
    public required string ModelHash { get; init; }

    /// <inheritdoc cref="ImageMetadata.Weights"/>
    public IReadOnlyDictionary<string, WeightsRecord>? Weights { get; init; }

    /// <inheritdoc cref="ImageMetadata.Loras"/>
    public IReadOnlyList<LoraRecord>? Loras { get; init; }

    public required string Version { get; init; }

    /// <summary>Device, such as <c>cpu</c>.</summary>
    public required string Device { get; init; }

    /// <summary>Number type of the torso.</summary>
    public required string Dtype { get; init; }

    public required Recipe Recipe { get; init; }

    public string ToJson() => JsonSerializer.Serialize(this, GlideJson.Default.RunSettings);
}

/// <summary>How far a run has come; reported after every step and at every change of stage.</summary>
/// <param name="Stage">What is going on: <c>base</c>, <c>upsample</c> or <c>invert</c>.</param>
/// <param name="Step">Steps of this stage that are done, for the images being made together; 0 when it begins.</param>
/// <param name="Steps">Steps that the stage takes.</param>
/// <param name="First">Number of the first of the images that are being made together, from 0.</param>
/// <param name="Rows">How many they are.</param>
/// <param name="ImagesDone">Finished images of the whole run.</param>
/// <param name="Images">Images that the run will make.</param>
public sealed record GenerationProgress(string Stage, int Step, int Steps, int First, int Rows, int ImagesDone,
    int Images);

/// <summary>Images on their way: what the network takes the clean images for at a step.</summary>
/// <param name="Stage">What is going on: <c>base</c> or <c>upsample</c>.</param>
/// <param name="Step">Number of the step that is being made, from 1.</param>
/// <param name="Steps">Steps that the stage takes.</param>
/// <param name="Numbers">Which of the run's requests the images belong to, from 0.</param>
/// <param name="Images">x₀ of each, of the stage's size.</param>
public sealed record StepPreview(string Stage, int Step, int Steps,
    IReadOnlyList<int> Numbers, IReadOnlyList<RgbImage> Images);

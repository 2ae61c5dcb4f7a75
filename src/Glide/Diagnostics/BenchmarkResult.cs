using Glide.ModelSets;
using Glide.Pipelines;

namespace Glide.Diagnostics;

/// <summary>What one stage took with one number type.</summary>
internal sealed record BenchmarkResult
{
    /// <summary><see cref="Implementation"/> of this library's own networks.</summary>
    public const string Glide = "glide";

    /// <summary><see cref="Implementation"/> of the original's operations in its order, on the same libtorch.</summary>
    public const string Original = "original";

    /// <summary><see cref="Implementation"/> of the same networks with libtorch's operations.</summary>
    public const string Libtorch = "libtorch";

    /// <summary><c>base</c> or <c>upsample</c>.</summary>
    public required string Stage { get; init; }

    /// <summary><c>fp32</c>, <c>fp16</c> or <c>bf16</c>.</summary>
    public required string Dtype { get; init; }

    /// <summary><see cref="Glide"/>, or one of <see cref="Benchmark.Rivals"/>.</summary>
    public required string Implementation { get; init; }

    /// <summary><c>cpu</c> or <c>cuda:N</c>.</summary>
    public required string Device { get; init; }

    public required string Processor { get; init; }

    public required int Threads { get; init; }

    public required string Guidance { get; init; }

    /// <summary>Rows that the network sees at once: images, twice as many with guidance.</summary>
    public required int Rows { get; init; }

    /// <summary>A whole sampling step, in milliseconds: the median of the rounds.</summary>
    public required double MillisecondsPerStep { get; init; }

    /// <summary>
    /// What all processor cores together worked for it, in milliseconds: the median likewise; other programs hardly
    /// change it.
    /// </summary>
    public required double ProcessorMillisecondsPerStep { get; init; }

    /// <summary>The rival's milliseconds of a step over these; <c>null</c> where glide was measured alone.</summary>
    public double? Speedup { get; init; }

    /// <summary>
    /// Floating-point operations of the U-Net in a step, in 10⁹; CLIP and the prompts are not counted.
    /// </summary>
    public required double GflopPerStep { get; init; }

    /// <summary>What this machine reaches in a large convolution with that number type.</summary>
    public required double ConvolutionCeiling { get; init; }

    /// <summary>What it reaches in a large matrix product.</summary>
    public required double MatrixCeiling { get; init; }

    /// <summary>
    /// Building the network and loading its float32 weights from a safetensors file that was just written, in seconds.
    /// </summary>
    public required double LoadSeconds { get; init; }

    /// <summary>
    /// Everything that depends on the prompt alone, in milliseconds: once a run, but at every step of the original.
    /// </summary>
    public required double TextMilliseconds { get; init; }

    /// <summary>
    /// Most memory that the process held from before the loading to after the last step; <c>null</c> where the system
    /// does not tell, or two networks were in memory.
    /// </summary>
    public required long? PeakBytes { get; init; }

    /// <summary>
    /// Most memory that the steps took beside what was held before the first; <c>null</c> where the system does not
    /// tell.
    /// </summary>
    /// <remarks>
    /// What earlier measurements of the process have freed may be taken again and is missing here then.
    /// </remarks>
    public required long? StepBytes { get; init; }

    /// <summary>Milliseconds of a step by kind of operation, largest first; empty when not asked for.</summary>
    public required IReadOnlyList<OperationTime> Profile { get; init; }

    public double StepsPerSecond => 1000 / MillisecondsPerStep;

    /// <summary>10⁹ floating-point operations a second.</summary>
    public double GflopPerSecond => GflopPerStep * StepsPerSecond;

    /// <summary><see cref="GflopPerSecond"/> as a part of the larger ceiling.</summary>
    public double PartOfCeiling => GflopPerSecond / Math.Max(ConvolutionCeiling, MatrixCeiling);
}

/// <summary>What is measured, and how often.</summary>
internal sealed record BenchmarkOptions
{
    /// <summary>The set whose networks are measured; only their sizes count, not their weights.</summary>
    public required ModelSet Models { get; init; }

    /// <summary>Where the networks run. The number type <c>auto</c> is the one that a run would choose.</summary>
    public required DeviceOptions Device { get; init; }

    /// <summary>Timed rounds, 1 to 49; the median counts.</summary>
    public int Rounds { get; init; } = 3;

    /// <summary>
    /// Guidance of the base, one of <see cref="Benchmark.Guidances"/>; <c>null</c> as the recipe has it.
    /// </summary>
    public string? Guidance { get; init; }

    /// <summary>Images per step; with guidance the network sees twice as many.</summary>
    public int BatchSize { get; init; } = 1;

    /// <summary>Whether the time is broken down by kind of operation, which costs a little time itself.</summary>
    public bool Profile { get; init; }

    /// <summary>Looked at before every step.</summary>
    public CancellationToken Cancellation { get; init; }
}

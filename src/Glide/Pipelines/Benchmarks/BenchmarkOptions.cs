using Glide.ModelStore;

namespace Glide.Pipelines.Benchmarks;

/// <summary>What is measured, and how often.</summary>
public sealed record BenchmarkOptions
{
    /// <summary>The set whose networks are measured; only their sizes count, not their weights.</summary>
    public required ModelSet Models { get; init; }

    /// <summary>Where the networks run. The number type <c>auto</c> is the one that a run would choose.</summary>
    public required EngineOptions Engine { get; init; }

    /// <summary>Timed rounds, 1 to 49; the median counts.</summary>
    public int Rounds { get; init; } = 3;

    /// <summary>Guidance of the base, one of <see cref="Benchmark.Guidances"/>; <c>null</c> as the recipe has it.</summary>
    public string? Guidance { get; init; }

    /// <summary>Pictures per step; with guidance the network sees twice as many.</summary>
    public int BatchSize { get; init; } = 1;

    /// <summary>Whether the time is broken down by kind of operation, which costs a little time itself.</summary>
    public bool Profile { get; init; }

    /// <summary>Looked at before every step.</summary>
    public CancellationToken Cancellation { get; init; }
}

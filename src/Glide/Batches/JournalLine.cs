using Glide.Pipelines;

namespace Glide.Batches;

/// <summary>A line of the journal: one finished picture.</summary>
public sealed record JournalLine
{
    /// <summary>Number of the picture in the whole batch, from 1; 0 where the file has its row no more.</summary>
    public required int Number { get; init; }

    /// <summary>Pictures of the whole batch; <c>null</c> where the batch came from stdin and its end was not known.</summary>
    public int? Of { get; init; }

    /// <summary>Line of the batch file.</summary>
    public required int Line { get; init; }

    /// <summary>The prompt.</summary>
    public required string Prompt { get; init; }

    /// <summary>What stood in place of the empty prompt.</summary>
    public string Negative { get; init; } = "";

    /// <summary>The seed.</summary>
    public required long Seed { get; init; }

    /// <summary>Model, device, number type and recipe.</summary>
    public required RunSettings Settings { get; init; }

    /// <summary>What it was painted into; <c>null</c> where all of it was drawn.</summary>
    public SourceFiles? Source { get; init; }

    /// <summary>The picture, relative to the journal's folder.</summary>
    public required string Path { get; init; }

    /// <summary>SHA-256 of the picture's file, lower-case hex.</summary>
    public required string Sha256 { get; init; }

    /// <summary>Its share of the time that its batch took.</summary>
    public required double Seconds { get; init; }
}

namespace Glide.Pipelines.Settings;

/// <summary>What a run samples and how many, apart from its stages.</summary>
internal sealed record SamplingSettings
{
    /// <summary>Images per prompt.</summary>
    public int Count { get; init; } = 1;

    /// <summary>The first seed; <c>null</c> if the command chooses one.</summary>
    public long? Seed { get; init; }

    /// <summary>Stands in place of the empty prompt.</summary>
    public string Negative { get; init; } = "";

    /// <summary>The preset that the user named; <c>null</c> for none.</summary>
    public QualityPreset? Quality { get; init; }

    /// <summary>What guides the base.</summary>
    public GuidanceKind Guidance { get; init; }

    /// <summary>Candidates per prompt, of which <see cref="Count"/> are kept; <c>null</c> to keep all.</summary>
    public int? BestOf { get; init; }

    /// <summary>How candidates are dropped early; <c>null</c> if all are sampled to the end.</summary>
    public EarlyPruning? Cull { get; init; }

    /// <summary>Whether the first stage runs alone.</summary>
    public bool NoUpsample { get; init; }

    /// <summary>How many of each prompt's images are kept, the best by CLIP's score; <c>null</c> for all.</summary>
    public int? KeepBest => BestOf is null ? null : Count;

    /// <summary>The requests, prompt by prompt, with seeds counted up from the first.</summary>
    /// <param name="prompts">The prompts.</param>
    /// <param name="chosenSeed">The first seed if none was given.</param>
    /// <exception cref="UsageException">There are too few candidates, or seeds would exceed 2⁶³−1.</exception>
    public IReadOnlyList<ImageRequest> Requests(IReadOnlyList<string> prompts, long chosenSeed)
    {
        if (BestOf < Count)
        {
            throw new UsageException(
                $"--best-of {BestOf} is less than --count {Count}; allowed is --count or more; raise --best-of");
        }
        int count = BestOf ?? Count;
        long first = Seed ?? chosenSeed;
        if (first > long.MaxValue - (count - 1))
        {
            throw new UsageException(
                $"seeds run out; --seed {first} with --count {count}; "
                + $"the last seed may be at most {long.MaxValue}; choose a lower --seed");
        }
        return
        [
            .. prompts.SelectMany(prompt => Enumerable.Range(0, count)
                .Select(index => new ImageRequest(prompt, first + index) { Negative = Negative })),
        ];
    }

    /// <summary>How candidates are dropped early; <c>null</c> if all are sampled to the end.</summary>
    /// <exception cref="UsageException">It drops none, or more than may be dropped.</exception>
    public EarlyPruning? CheckedCull()
    {
        if (Cull is null || BestOf is not { } candidates)
            return null;
        int kept = Cull.Kept(candidates);
        if (kept == candidates)
        {
            throw new UsageException(
                $"--cull {Cull} drops none of --best-of {candidates}; allowed is a share of at least one image; "
                + "raise one of them or leave --cull out");
        }
        if (kept < Count)
        {
            throw new UsageException(
                $"--cull {Cull} leaves {kept} of --best-of {candidates}, fewer than --count {Count}; "
                + "allowed is --count or more; lower the share or raise --best-of");
        }
        return Cull;
    }
}

/// <summary>What draws the base towards its prompt.</summary>
internal enum GuidanceKind
{
    /// <summary>Classifier-free guidance.</summary>
    Cfg,

    /// <summary>The gradient of CLIP's score.</summary>
    Clip,

    /// <summary>Both of them.</summary>
    Both,
}

using System.Globalization;

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

    /// <summary>Further prompts of each image.</summary>
    public ComposedPrompts And { get; init; } = ComposedPrompts.None;

    /// <summary>The preset that the user named; <c>null</c> for none.</summary>
    public QualityPreset? Quality { get; init; }

    public GuidanceKind Guidance { get; init; }

    /// <summary>Candidates per prompt, of which <see cref="Count"/> are kept; <c>null</c> to keep all.</summary>
    public int? BestOf { get; init; }

    /// <summary>How candidates are dropped early; <c>null</c> if all are sampled to the end.</summary>
    public EarlyPruning? Cull { get; init; }

    /// <summary>Whether the first stage runs alone.</summary>
    public bool NoUpsample { get; init; }

    /// <summary>Size of the finished image; <c>null</c> for that of the model set.</summary>
    public ImageSize? Size { get; init; }

    /// <summary>Directions in which images repeat: x, y or xy; <c>null</c> for none.</summary>
    public string? Tile { get; init; }

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
                .Select(index => new ImageRequest(prompt, first + index) { Negative = Negative, And = And })),
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
    Cfg,

    /// <summary>The gradient of CLIP's score.</summary>
    Clip,

    Both,
}

/// <summary>The settings of a run that belong to no single stage.</summary>
internal static class SamplingTable
{
    /// <summary>Name of the setting that commands choose themselves if it is not given.</summary>
    public const string Seed = "seed";

    public static Setting<SamplingSettings> Size { get; } = new(
        "size", new TextKind(CheckSize) { MayBeNumber = true }, run => run.Size?.ToString(),
        (run, text) => run with { Size = ImageSize.Parse(text) })
    {
        Placeholder = "WxH",
        IsAxis = true,
        Group = SettingGroup.Image,
        Help = "Width and height of the finished image, half to twice those of the model set; one number for a square. "
            + "--no-upsample writes the base image of such an image.",
        Default = "the size of the model set",
    };

    public static Setting<SamplingSettings> Tile { get; } = new(
        "tile", new OneOfKind(StageRecipe.TileNames), run => run.Tile, (run, text) => run with { Tile = text })
    {
        Placeholder = "AXES",
        IsAxis = true,
        Group = SettingGroup.Image,
        Help = "Make an image that repeats without a seam from left to right (x), from top to bottom (y) or both (xy).",
    };

    /// <summary>Name of the setting that composes prompts.</summary>
    public const string And = "and";

    /// <summary>Names of settings that choose among images, for what keeps them all.</summary>
    public static IReadOnlyList<string> Choosing { get; } = ["best-of", "cull"];

    public static IReadOnlyList<Setting<SamplingSettings>> All { get; } =
    [
        new("count", new WholeKind(1, 100_000), run => Text(run.Count),
            (run, text) => run with { Count = (int)SettingKind.ToWhole(text) })
        {
            Placeholder = "N", ShortName = "-n", Help = "Images per prompt, with seeds S, S+1, ...", Default = "1",
            Group = SettingGroup.Image,
        },
        new(Seed, new WholeKind(0, long.MaxValue), run => Text(run.Seed),
            (run, text) => run with { Seed = SettingKind.ToWhole(text) })
        {
            Placeholder = "S", ShortName = "-s", Help = "0 to 2^63-1.", IsAxis = true,
            Default = "random, printed and stored in the image", Group = SettingGroup.Image,
        },
        new("negative", new TextKind(), run => run.Negative, (run, text) => run with { Negative = text })
        {
            Placeholder = "PROMPT", Group = SettingGroup.Image,
            Help = "What the image should not show; replaces the empty prompt.",
        },
        new(And, new TextKind(CheckAnd), run => run.And.ToRecord(),
            (run, text) => run with { And = run.And.With(ComposedPrompts.Parse(text)) })
        {
            Placeholder = "PROMPT[:WEIGHT]", Group = SettingGroup.Image, IsRepeatable = true,
            Help = "What the image shows too, guided by its own; may be given several times, or with | between them. "
                + "The weight, by default 1, is its share of the guidance scale; below 0 the image avoids it.",
        },
        new("quality", new OneOfKind(QualityPreset.Names), run => run.Quality?.Name,
            (run, text) => run with { Quality = QualityPreset.Parse(text) })
        {
            Placeholder = "NAME", IsAxis = true, Group = SettingGroup.Sampling,
            Help = $"Samplers and steps, base + upsampler: {string.Join("; ", QualityPreset.All)}.",
            Default = $"{QualityPreset.ForPrompts.Name} for images from prompts alone, "
                + "paper for those from other images",
        },
        new("guidance", new OneOfKind(["cfg", "clip", "both"]), run => run.Guidance.ToString().ToLowerInvariant(),
            (run, text) => run with { Guidance = Enum.Parse<GuidanceKind>(text, ignoreCase: true) })
        {
            Placeholder = "KIND", Default = "cfg", Group = SettingGroup.Guidance,
            Help = "cfg: the network with and without the prompt; clip: the gradient of CLIP's score; both.",
        },
        Size, Tile,
        new("best-of", new WholeKind(1, 100_000), run => Text(run.BestOf),
            (run, text) => run with { BestOf = (int)SettingKind.ToWhole(text) })
        {
            Placeholder = "N", Group = SettingGroup.Image,
            Help = "Generate N small images per prompt, with seeds S, S+1, ..., and finish the --count that CLIP "
                + "scores highest.",
        },
        new("cull", new TextKind(CheckCull), run => run.Cull?.ToString(),
            (run, text) => run with { Cull = EarlyPruning.Parse(text) })
        {
            Placeholder = "SHARE@AT", Group = SettingGroup.Image,
            Help = "With --best-of: drop that share of the candidates when that part of the steps is done, by the "
                + "score of the noisy images. 0.5@0.4 drops the worse half at 40 %.",
        },
        new("no-upsample", new FlagKind(), run => FlagKind.Text(run.NoUpsample),
            (run, text) => run with { NoUpsample = FlagKind.Read(text) == true })
        {
            Help = "Write the base image without enlarging it.", Group = SettingGroup.SecondStage,
        },
    ];

    private static string? Text(long? value) => value?.ToString(CultureInfo.InvariantCulture);

    private static string? CheckSize(string text)
    {
        _ = ImageSize.Parse(text);
        return null;
    }

    private static string? CheckAnd(string text)
    {
        _ = ComposedPrompts.Parse(text);
        return null;
    }

    private static string? CheckCull(string text)
    {
        _ = EarlyPruning.Parse(text);
        return null;
    }
}

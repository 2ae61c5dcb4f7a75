using System.Globalization;
using System.Text.Json.Serialization;
using Glide.Diffusion;
using Glide.Diffusion.Samplers;
using Glide.Models.Ops;
using Glide.ModelSets;

namespace Glide.Pipelines;

/// <summary>How one stage of the cascade samples, and with which network.</summary>
public sealed record StageRecipe
{
    // All published networks were trained with this many; a set that says otherwise is checked again when it is run.
    private const int PublishedSteps = 1000;

    // Two levels of 255 in [-1, 1].
    private const double FaintNoise = 2 / 127.5;

    private const int StrengthsTried = 1000;

    /// <summary>Strength of CLIP's guidance where nobody says another.</summary>
    internal const double DefaultClipScale = 3;

    /// <summary>Name of the network in the model set: <c>base</c>, <c>upsample-inpaint</c>, ...</summary>
    public required string Network { get; init; }

    /// <summary>Sampler by name: <c>ddpm</c>, <c>ddim</c>, ...</summary>
    public required string Sampler { get; init; }

    /// <summary>
    /// Which of the trained steps are taken: <c>100</c>, <c>ddim50</c>, <c>10,10,3,2,2</c>, <c>fast27</c>.
    /// </summary>
    public required string Steps { get; init; }

    /// <summary>η of DDIM: 0 is deterministic, 1 as noisy as DDPM.</summary>
    public double Eta { get; init; }

    /// <summary>Scale of classifier-free guidance; 1 leaves the unconditional pass out.</summary>
    public double GuidanceScale { get; init; } = 1;

    /// <summary>Scale of the gradient of CLIP's score; 0 or <c>null</c> leaves CLIP out.</summary>
    public double? ClipScale { get; init; }

    /// <summary>Factor on the first noise; a little below 1 gives sharper edges in the upsampler.</summary>
    public double Temperature { get; init; } = 1;

    /// <summary>
    /// Of a run that starts from an image: how much of the steps is made, 0 to 1; <c>null</c> for all.
    /// </summary>
    public double? Strength { get; init; }

    /// <summary>N of ILVR: what survives shrinking the image by N stays; <c>null</c> keeps no structure.</summary>
    public int? KeepStructure { get; init; }

    /// <summary>Share of the steps, 0 to 1, that are free of ILVR at the end; <c>null</c> for none.</summary>
    public double? KeepStructureUntil { get; init; }

    /// <summary>
    /// Where the steps lie: <c>trained</c>, <c>time</c>, <c>lambda</c>, <c>karras</c>, <c>balanced</c> or
    /// <c>middle</c>; <c>null</c> for the default of the sampler.
    /// </summary>
    public string? Spacing { get; init; }

    /// <summary>S_churn of Heun: noise added before every step; 0 for none.</summary>
    public double Churn { get; init; }

    /// <summary>
    /// How x₀ is brought into range: <c>static</c>, <c>dynamic</c>, <c>dynamic:0.995</c>, <c>dynamic:0.995:2</c>;
    /// <c>null</c> clamps.
    /// </summary>
    public string? Threshold { get; init; }

    /// <summary>
    /// φ: how far the guided noise is brought back to the spread of the conditional one; 0 to 1, 0 = not at all.
    /// </summary>
    public double GuidanceRescale { get; init; }

    /// <summary>The part of the run that is guided, LO:HI as fractions; <c>null</c> for all of it.</summary>
    public string? GuidanceInterval { get; init; }

    /// <summary>CFG++ instead of plain classifier-free guidance; the scale then lies between 0 and 1.</summary>
    public bool CfgPlusPlus { get; init; }

    /// <summary>
    /// The deep part of the network is computed in every so many passes only; <c>null</c> or 1 in each.
    /// </summary>
    public int? Reuse { get; init; }

    /// <summary>WIDTHxHEIGHT of the stage's images; <c>null</c> for those that its network was trained on.</summary>
    [JsonInclude]
    internal string? Size { get; init; }

    /// <summary>
    /// Directions in which the images repeat without a seam: <c>x</c>, <c>y</c> or <c>xy</c>; <c>null</c> for none.
    /// </summary>
    [JsonInclude]
    internal string? Tile { get; init; }

    /// <summary><see cref="Tile"/> as the networks take it.</summary>
    internal Wrap Wrap => (Tile?.Contains('x', StringComparison.Ordinal) == true ? Wrap.X : Wrap.None)
        | (Tile?.Contains('y', StringComparison.Ordinal) == true ? Wrap.Y : Wrap.None);

    /// <summary>Network passes for one batch of images; a pass with guidance has twice the rows.</summary>
    /// <exception cref="UsageException">The plan cannot be made.</exception>
    internal int CountPasses() => PassesOfSteps().Sum();

    /// <summary>
    /// What is to be said of a run that starts from an image with so little noise that the image stays as it is;
    /// <c>null</c> where it changes, and for 0, which asks for that.
    /// </summary>
    /// <param name="strength">0 to 1.</param>
    internal string? TooWeak(double strength)
    {
        using var sampler = NewSampler();
        var tables = sampler.Tables;
        int steps = tables.StepsForStrength(strength);
        if (steps == 0 || IsSeen(steps))
            return null;
        double least = Enumerable.Range(1, StrengthsTried).Select(part => (double)part / StrengthsTried)
            .FirstOrDefault(part => IsSeen(tables.StepsForStrength(part)));
        string remedy = least > 0
            ? string.Create(CultureInfo.InvariantCulture, $"{least} or more changes it")
            : "give more --steps";
        return string.Create(CultureInfo.InvariantCulture,
            $"--strength {strength} makes {Counted.Share(steps, tables.Count, "step")}, from noise too faint to see, "
                + $"and leaves the image as it is; {remedy}");

        bool IsSeen(int made) => made > 0 && Math.Sqrt(1 - tables.AlphasCumprod[made - 1]) > FaintNoise;
    }

    /// <summary>Network passes of each step, in the order in which steps are made.</summary>
    internal int[] PassesOfSteps()
    {
        using var sampler = NewSampler();
        int steps = Strength is { } part ? sampler.Tables.StepsForStrength(part) : sampler.Tables.Count;
        return [.. Enumerable.Range(1, steps).Select(made => sampler.PassesOf(steps - made))];
    }

    // Where the steps lie decides nothing but how many are left; the schedule is that of the base networks.
    private ISampler NewSampler() => SamplerFactory.Create(
        SamplerFactory.Parse(Sampler), BetaTable.SquaredCosine(PublishedSteps),
        TimestepRespacing.Parse(Steps, PublishedSteps), X0Transform.None, ToSamplerSettings());

    internal static IReadOnlyList<string> SamplerNames => [.. SamplerFactory.Kinds.Select(kind => kind.Name)];

    internal static IReadOnlyList<string> TileNames { get; } = ["x", "y", "xy"];

    internal static IReadOnlyList<string> SpacingNames => TimestepSpacing.SpacingNames;

    /// <summary>Refuses a plan that cannot be made.</summary>
    /// <exception cref="UsageException">It cannot; the message says what can.</exception>
    internal static void CheckSteps(string plan) => _ = TimestepRespacing.Parse(plan, PublishedSteps);

    /// <summary>Refuses a threshold that is none.</summary>
    /// <exception cref="UsageException">The text is none.</exception>
    internal static void CheckThreshold(string threshold) => _ = Diffusion.Guidance.Threshold.Parse(threshold);

    /// <summary>
    /// An interval as <see cref="GuidanceInterval"/> has it; <c>null</c> for the whole run, so that images are the same
    /// to the last byte.
    /// </summary>
    /// <exception cref="UsageException">The text is none.</exception>
    internal static string? ReadInterval(string interval) =>
        Diffusion.Guidance.GuidanceInterval.Parse(interval) is { From: 0, To: 1 } ? null : interval;

    internal SamplerSettings ToSamplerSettings() => new()
    {
        Eta = Eta,
        Churn = Churn,
        Spacing = Spacing is null ? null : TimestepSpacing.ParseSpacing(Spacing),
        CfgPlusPlus = CfgPlusPlus,
    };

    internal static StageRecipe From(StageSettings settings) => new()
    {
        Network = settings.Network,
        Sampler = settings.Sampler,
        Steps = settings.Steps,
        Eta = settings.Eta,
        GuidanceScale = settings.GuidanceScale,
        ClipScale = settings.ClipScale == 0 ? null : settings.ClipScale,
        Temperature = settings.Temperature,
    };
}

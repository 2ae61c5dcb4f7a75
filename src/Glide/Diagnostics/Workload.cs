using Glide.Diffusion.Guidance;
using Glide.Pipelines;

namespace Glide.Diagnostics;

/// <summary>What a run has to do for the images of one recipe.</summary>
/// <param name="Recipe">How they are made.</param>
/// <param name="Begun">Images that the base begins, all candidates among them.</param>
/// <param name="Drawn">Those that it draws to the end; fewer where candidates are culled.</param>
/// <param name="Finished">Those that are kept, enlarged and written.</param>
internal sealed record Workload(Recipe Recipe, int Begun, int Drawn, int Finished)
{
    /// <summary>Whether CLIP chooses among candidates.</summary>
    public bool Chooses { get; private init; }

    /// <summary>How candidates are dropped on the way; <c>null</c> where all are drawn to the end.</summary>
    public EarlyPruning? Cull { get; private init; }

    /// <summary>Further prompts of each image, which are rows of the base's passes.</summary>
    public int Further { get; private init; }

    public static Workload Of(Recipe recipe, int images, int further = 0) =>
        new(recipe, images, images, images) { Further = further };

    /// <summary>Images among which CLIP may choose; the run itself gets the same.</summary>
    public static Workload Of(IReadOnlyList<ImageRequest> requests, Recipe recipe, int? keepBest, EarlyPruning? cull)
    {
        int[] candidates = [.. requests.CountBy(request => request.JoinedPrompt).Select(prompt => prompt.Value)];
        int[] drawn = [.. candidates.Select(count => cull?.Kept(count) ?? count)];
        return new Workload(recipe, requests.Count, drawn.Sum(),
            drawn.Sum(count => Math.Min(keepBest ?? count, count)))
        {
            Chooses = keepBest is not null,
            Cull = cull,
            Further = requests.Max(request => request.And.Guiding.Count),
        };
    }

    /// <summary>
    /// Passes of images through the base: one with a batch of N counts N times, however many rows guidance makes of
    /// them.
    /// </summary>
    /// <exception cref="UsageException">The base has too few steps to cull on the way.</exception>
    public long BasePasses => BaseParts.Sum(part => (long)part.Images * part.Passes);

    /// <summary>Passes of images through a stage, counted likewise.</summary>
    public long PassesOf(int stage) => stage == 0 ? BasePasses : (long)Finished * Recipe.Stages[stage].CountPasses();

    /// <summary>
    /// How often CLIP scores an image: a candidate when it is drawn, and before that when others are dropped.
    /// </summary>
    public int Scores => (Chooses ? Drawn : 0) + (Cull is null ? 0 : Begun);

    /// <summary>The base's work: all images up to the step where some are dropped, then the others.</summary>
    internal IReadOnlyList<BasePart> BaseParts
    {
        get
        {
            int[] passes = Recipe.Base.PassesOfSteps();
            if (Cull is null)
                return [new BasePart(Drawn, passes.Sum(), 0, 1)];
            int made = passes.Length - Cull.StepsLeft(passes.Length);
            double at = (double)made / passes.Length;
            return [new BasePart(Begun, passes[..made].Sum(), 0, at), new BasePart(Drawn, passes[made..].Sum(), at, 1)];
        }
    }

    /// <summary>Some of the base's steps.</summary>
    /// <param name="Images">That make them.</param>
    /// <param name="Passes">Of each image.</param>
    /// <param name="From">Share of all steps that is made before.</param>
    /// <param name="To">Share that is made behind them.</param>
    internal sealed record BasePart(int Images, int Passes, double From, double To);
}

/// <summary>What images of one recipe take.</summary>
/// <param name="Stages">The stages, as the recipe has them.</param>
/// <param name="Scoring">CLIP's choice among candidates; <c>null</c> where all images are kept.</param>
/// <param name="Size">Of the finished images.</param>
internal sealed record RunCost(IReadOnlyList<StageCost> Stages, ScoringCost? Scoring, ImageSize Size)
{
    // Colors that do not compress; a PNG adds a little to them, and the record.
    private const long RecordBytes = 4096;
    private const int Channels = 3;

    /// <summary>Whether all weights that were measured with are the run's own.</summary>
    public bool HasWeights => Stages.All(stage => stage.HasWeights) && Scoring?.HasWeights != false;

    public double SecondsFor(Workload work)
    {
        double seconds = Stages[0].SecondsFor(work.BaseParts.Sum(part => part.Images * part.Passes
            * Share(work.Recipe.Base, part.From, part.To, 2 + work.Further)), work.Begun);
        for (int stage = 1; stage < Stages.Count; stage++)
        {
            seconds += Stages[stage].SecondsFor(work.PassesOf(stage) * Share(work.Recipe.Stages[stage], 0, 1, rows: 2),
                work.Finished);
        }
        return seconds + (work.Scores * (Scoring?.ScoreSeconds ?? 0));
    }

    /// <summary>Bytes that so many image files have at most.</summary>
    public long MostBytesFor(int images) => images * ((long)(Size.Width + 1) * Size.Height * Channels + RecordBytes);

    // Outside of its interval guidance is off, and an image has one row.
    private static double Share(StageRecipe stage, double from, double to, int rows)
    {
        if (stage.GuidanceInterval is not { } text)
            return 1;
        var interval = GuidanceInterval.Parse(text);
        double guided = Math.Max(0, Math.Min(to, interval.To) - Math.Max(from, interval.From)) / (to - from);
        return (1 + ((rows - 1) * guided)) / rows;
    }
}

/// <summary>What CLIP's scores of candidates take, as it was measured.</summary>
/// <param name="LoadSeconds">Loading CLIP, once a run.</param>
/// <param name="ScoreSeconds">Scoring one image.</param>
/// <param name="HasWeights">Whether CLIP's own weights were there; others take the same time.</param>
internal sealed record ScoringCost(double LoadSeconds, double ScoreSeconds, bool HasWeights);

/// <summary>What one stage of the cascade takes for a batch, as it was measured.</summary>
/// <param name="Network">Name of the network.</param>
/// <param name="BatchSize">Images per forward pass.</param>
/// <param name="LoadSeconds">Loading it, once a run.</param>
/// <param name="PassSeconds">One network pass with all rows of the batch; with feature reuse the mean over its
/// cycle.</param>
/// <param name="OtherSeconds">Reading the prompts and drawing the first noise, once a batch.</param>
/// <param name="HasWeights">Whether its own weights, and those of the CLIP that guides it, were there; others take the
/// same time.</param>
internal sealed record StageCost(string Network, int BatchSize, double LoadSeconds, double PassSeconds,
    double OtherSeconds, bool HasWeights)
{
    /// <summary>Seconds for some images; a smaller batch at the end takes as long as it has rows.</summary>
    /// <param name="passes">Passes of images, each image of a batch counted.</param>
    /// <param name="begun">Images that the stage begins.</param>
    internal double SecondsFor(double passes, int begun) =>
        ((passes * PassSeconds) + (begun * OtherSeconds)) / BatchSize;
}

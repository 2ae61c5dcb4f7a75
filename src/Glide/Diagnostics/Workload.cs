using Glide.Pipelines.Clip;

namespace Glide.Pipelines.Planning;

/// <summary>What a run has to do for the pictures of one recipe.</summary>
/// <param name="Recipe">How they are made.</param>
/// <param name="Begun">Pictures that the base begins, all candidates among them.</param>
/// <param name="Drawn">Those that it draws to the end; fewer where candidates are culled.</param>
/// <param name="Finished">Those that are kept, enlarged and written.</param>
public sealed record RunWork(Recipe Recipe, int Begun, int Drawn, int Finished)
{
    /// <summary>Whether CLIP chooses among candidates.</summary>
    public bool Chooses { get; private init; }

    /// <summary>How candidates are dropped on the way; <c>null</c> where all are drawn to the end.</summary>
    public Culling? Cull { get; private init; }

    /// <summary>Pictures that all are kept.</summary>
    public static RunWork Of(Recipe recipe, int pictures) => new(recipe, pictures, pictures, pictures);

    /// <summary>Pictures among which CLIP may choose; the run itself gets the same.</summary>
    /// <param name="requests">All candidates.</param>
    /// <param name="recipe">How they are made.</param>
    /// <param name="keepBest">As of <see cref="RunOptions.KeepBest"/>.</param>
    /// <param name="cull">As of <see cref="RunOptions.Cull"/>.</param>
    public static RunWork Of(IReadOnlyList<PictureRequest> requests, Recipe recipe, int? keepBest, Culling? cull)
    {
        int[] candidates = [.. requests.CountBy(request => request.Prompt).Select(prompt => prompt.Value)];
        int[] drawn = [.. candidates.Select(count => cull?.Kept(count) ?? count)];
        return new RunWork(recipe, requests.Count, drawn.Sum(), drawn.Sum(count => Math.Min(keepBest ?? count, count))) { Chooses = keepBest is not null, Cull = cull };
    }

    /// <summary>Passes of pictures through the base: one with a batch of N counts N times, however many rows guidance makes of them.</summary>
    /// <exception cref="UsageException">The base has too few steps to cull on the way.</exception>
    public long BasePasses => BaseParts.Sum(part => (long)part.Pictures * part.Passes);

    /// <summary>Passes of pictures through the upsampler, counted likewise.</summary>
    public long UpsamplePasses => (long)Finished * (Recipe.Upsample?.CountPasses() ?? 0);

    /// <summary>How often CLIP scores a picture: a candidate when it is drawn, and before that when others are dropped.</summary>
    public int Scores => (Chooses ? Drawn : 0) + (Cull is null ? 0 : Begun);

    /// <summary>The base's work: all pictures up to the step where some are dropped, then the others.</summary>
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
    /// <param name="Pictures">That make them.</param>
    /// <param name="Passes">Of each picture.</param>
    /// <param name="From">Share of all steps that is made before.</param>
    /// <param name="To">Share that is made behind them.</param>
    internal sealed record BasePart(int Pictures, int Passes, double From, double To);
}

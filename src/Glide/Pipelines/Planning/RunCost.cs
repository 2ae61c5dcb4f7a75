using Glide.Diffusion.Guidance;

namespace Glide.Pipelines.Planning;

/// <summary>What pictures of one recipe take.</summary>
/// <param name="Base">The stage that draws.</param>
/// <param name="Upsample">The stage that enlarges; <c>null</c> without one.</param>
/// <param name="Scoring">CLIP's choice among candidates; <c>null</c> where all pictures are kept.</param>
/// <param name="Width">Of the finished pictures, and their height.</param>
public sealed record RunCost(StageCost Base, StageCost? Upsample, ScoringCost? Scoring, int Width)
{
    // Colours that do not compress; a PNG adds a little to them, and the record.
    private const long RecordBytes = 4096;
    private const int Channels = 3;

    /// <summary>Whether all weights that were measured with are the run's own.</summary>
    public bool HasWeights => Base.HasWeights && Upsample?.HasWeights != false && Scoring?.HasWeights != false;

    /// <summary>Seconds for the work, without loading.</summary>
    public double SecondsFor(RunWork work)
    {
        double seconds = Base.SecondsFor(work.BaseParts.Sum(part => part.Pictures * part.Passes * Share(work.Recipe.Base, part.From, part.To)), work.Begun);
        if (Upsample is not null)
            seconds += Upsample.SecondsFor(work.UpsamplePasses * Share(work.Recipe.Upsample!, 0, 1), work.Finished);
        return seconds + (work.Scores * (Scoring?.ScoreSeconds ?? 0));
    }

    /// <summary>Bytes that so many picture files have at most.</summary>
    public long MostBytesFor(int pictures) => pictures * ((long)(Width + 1) * Width * Channels + RecordBytes);

    // Outside of its interval guidance is off, and the batch is not doubled.
    private static double Share(StageRecipe stage, double from, double to)
    {
        if (stage.GuidanceInterval is not { } text)
            return 1;
        var interval = GuidanceInterval.Parse(text);
        double guided = Math.Max(0, Math.Min(to, interval.To) - Math.Max(from, interval.From)) / (to - from);
        return (1 + guided) / 2;
    }
}

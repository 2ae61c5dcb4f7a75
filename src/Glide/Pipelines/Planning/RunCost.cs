namespace Glide.Pipelines.Planning;

/// <summary>What pictures of one recipe take.</summary>
/// <param name="Base">The stage that draws.</param>
/// <param name="Upsample">The stage that enlarges; <c>null</c> without one.</param>
/// <param name="BatchSize">Pictures per forward pass.</param>
/// <param name="Width">Of the finished pictures, and their height.</param>
public sealed record RunCost(StageCost Base, StageCost? Upsample, int BatchSize, int Width)
{
    // Colours that do not compress; a PNG adds a little to them, and the record.
    private const long RecordBytes = 4096;
    private const int Channels = 3;

    /// <summary>Seconds for some pictures, without loading.</summary>
    public double SecondsFor(int pictures, Recipe recipe)
    {
        double batch = Of(Base, recipe.Base) + (Upsample is null ? 0 : Of(Upsample, recipe.Upsample!));
        // The last batch may be smaller; a pass takes as long as it has rows.
        return batch * pictures / Math.Min(BatchSize, pictures);
    }

    /// <summary>Bytes that so many picture files have at most.</summary>
    public long MostBytesFor(int pictures) => pictures * ((long)(Width + 1) * Width * Channels + RecordBytes);

    private static double Of(StageCost cost, StageRecipe stage) => cost.OtherSeconds + (cost.PassSeconds * stage.CountPasses() * Share(stage));

    // Outside of its interval guidance is off, and the batch is not doubled.
    private static double Share(StageRecipe stage)
    {
        if (stage.GuidanceInterval is not { } text)
            return 1;
        var interval = Diffusion.Guidance.GuidanceInterval.Parse(text);
        return (1 + (interval.To - interval.From)) / 2;
    }
}

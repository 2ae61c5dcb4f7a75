namespace Glide.Pipelines.Planning;

/// <summary>What one stage of the cascade takes for a batch, as it was measured.</summary>
/// <param name="Network">Name of the network.</param>
/// <param name="BatchSize">Pictures per forward pass.</param>
/// <param name="LoadSeconds">Loading it, once a run.</param>
/// <param name="PassSeconds">One network pass with all rows of the batch; with feature reuse the mean over its cycle.</param>
/// <param name="OtherSeconds">Reading the prompts and drawing the first noise, once a batch.</param>
/// <param name="HasWeights">Whether its own weights, and those of the CLIP that guides it, were there; others take the same time.</param>
public sealed record StageCost(string Network, int BatchSize, double LoadSeconds, double PassSeconds, double OtherSeconds, bool HasWeights)
{
    /// <summary>Seconds for some pictures; a smaller batch at the end takes as long as it has rows.</summary>
    /// <param name="passes">Passes of pictures, each picture of a batch counted.</param>
    /// <param name="begun">Pictures that the stage begins.</param>
    internal double SecondsFor(double passes, int begun) => ((passes * PassSeconds) + (begun * OtherSeconds)) / BatchSize;
}

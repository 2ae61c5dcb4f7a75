using Glide.Runtime;
using static TorchSharp.torch;

namespace Glide.Training;

/// <summary>Exponential moving average of the weights (EMA), which samples better than the last weights do.</summary>
/// <param name="weights">What is averaged; stays the caller's.</param>
/// <param name="rate">Share of the old average in each step, 0 to 1.</param>
internal sealed class WeightAverage(FlatWeights weights, double rate) : IDisposable
{
    /// <summary>The average, [P] float32; begins with the weights themselves.</summary>
    public Tensor Values { get; } = weights.Values.clone().DetachFromDisposeScope();

    /// <summary>Rate at a step: lower at first, so that the random beginning is soon forgotten.</summary>
    /// <param name="rate">The final rate.</param>
    /// <param name="step">Steps made before this one.</param>
    public static double WarmedUp(double rate, long step) => Math.Min(rate, (1.0 + step) / (10.0 + step));

    /// <summary>Moves the average towards the present weights.</summary>
    /// <param name="step">Steps made before this one.</param>
    public void Update(long step) => Mix(WarmedUp(rate, step));

    /// <summary>rate·average + (1 − rate)·weights.</summary>
    public void Mix(double share)
    {
        using var frozen = no_grad();
        Values.LerpInPlace(weights.Values, 1 - share);
    }

    /// <summary>Runs <paramref name="work"/> while the network has the averaged weights.</summary>
    public void Apply(Action work)
    {
        using var frozen = no_grad();
        using var trained = weights.Values.clone();
        weights.Values.copy_(Values);
        weights.Publish();
        try
        {
            work();
        }
        finally
        {
            weights.Values.copy_(trained);
            weights.Publish();
        }
    }

    public void Dispose() => Values.Dispose();
}

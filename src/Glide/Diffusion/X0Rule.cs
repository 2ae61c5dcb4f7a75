using Glide.Diffusion.Guidance;
using static TorchSharp.torch;

namespace Glide.Diffusion;

/// <summary>What is done to every prediction of the clean picture before it is used.</summary>
/// <param name="Threshold">How values are brought into [−1, 1].</param>
/// <param name="Known">Pixels that are known and put in last; null where none are.</param>
internal sealed record X0Rule(Threshold Threshold, KnownPixels? Known = null)
{
    /// <summary>Clamps, as the published recipes do.</summary>
    public static X0Rule Clamp { get; } = new(Threshold.Static);

    /// <summary>Leaves predictions as they are.</summary>
    public static X0Rule None { get; } = new(Threshold.None);

    /// <summary>Applies the rule.</summary>
    /// <param name="x0">Predicted clean pictures, [N, C, H, W].</param>
    /// <returns>A fresh tensor of the same shape.</returns>
    public Tensor Apply(Tensor x0)
    {
        using var scope = NewDisposeScope();
        var inRange = Threshold.Apply(x0);
        return (Known is null ? inRange : Known.PutInto(inRange)).MoveToOuterDisposeScope();
    }
}

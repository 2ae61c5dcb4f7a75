using Glide.Devices;
using static TorchSharp.torch;

namespace Glide.Models.NoisedClip;

/// <summary>The direction in which noisy pictures come nearer to their prompts.</summary>
/// <remarks>
/// Dhariwal &amp; Nichol 2021, algorithm 1, with 100·cos in place of a classifier. The graph goes through the image encoder
/// only, whose weights are frozen, and is gone when the call returns.
/// </remarks>
/// <param name="encoder">Judges the pictures; it stays the caller's.</param>
/// <param name="logitScale">What cosines are multiplied by.</param>
internal sealed class ClipGradient(ClipImageEncoder encoder, double logitScale = ClipScore.LogitScale)
{
    /// <summary>scale · ∇ₓ logitScale·cos(image(x, timestep), text), picture by picture.</summary>
    /// <param name="x">Noisy pictures, [N, 3, S, S] in float32.</param>
    /// <param name="timestep">In the numbering of the trained steps, [N]; fractions are rounded.</param>
    /// <param name="textEmbedding">One row for each picture, of any length, [N, E].</param>
    /// <param name="scale">Strength of the guidance.</param>
    /// <returns>[N, 3, S, S], without a graph.</returns>
    public Tensor Gradient(Tensor x, Tensor timestep, Tensor textEmbedding, double scale)
    {
        using var scope = NewDisposeScope();
        var text = ClipScore.Normalize(textEmbedding.detach());
        var whole = timestep.to(ScalarType.Float64).Plus(0.5).to(ScalarType.Int64);                // truncated: never negative
        using var withGraph = enable_grad();
        var leaf = x.detach().requires_grad_();
        var image = ClipScore.Normalize(encoder.call(leaf, whole));                           // [N, E]
        var total = (image * text).sum().Times(logitScale);                             // rows do not mix
        var gradient = autograd.grad([total], [leaf])[0];
        return gradient.detach().Times(scale).MoveToOuterDisposeScope();
    }
}

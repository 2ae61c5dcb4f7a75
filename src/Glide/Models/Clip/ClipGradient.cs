using Glide.Runtime;
using static TorchSharp.torch;

namespace Glide.Models.Clip;

/// <summary>Gradient of the similarity between noisy images and their prompts.</summary>
/// <remarks>
/// Dhariwal &amp; Nichol 2021, algorithm 1, with 100·cos in place of a classifier. The autograd graph spans the image
/// encoder only, whose weights are frozen, and is freed when the call returns.
/// </remarks>
/// <param name="encoder">Embeds the images; not disposed.</param>
/// <param name="logitScale">Factor on the cosines.</param>
internal sealed class ClipGradient(ClipImageEncoder encoder, double logitScale = ClipScore.LogitScale)
{
    /// <summary>scale · ∇ₓ logitScale·cos(image(x, timestep), text), image by image.</summary>
    /// <param name="x">Noisy images, [N, 3, S, S] in float32.</param>
    /// <param name="timestep">In the numbering of the trained steps, [N]; fractions are rounded.</param>
    /// <param name="textEmbedding">One row for each image, of any length, [N, E].</param>
    /// <param name="scale">Strength of the guidance.</param>
    /// <returns>[N, 3, S, S], without a graph.</returns>
    public Tensor Gradient(Tensor x, Tensor timestep, Tensor textEmbedding, double scale)
    {
        using var scope = NewDisposeScope();
        var text = ClipScore.Normalize(textEmbedding.detach());
        // truncated: never negative
        var whole = timestep.to(ScalarType.Float64).Plus(0.5).to(ScalarType.Int64);
        using var withGraph = enable_grad();
        var leaf = x.detach().requires_grad_();
        var image = ClipScore.Normalize(encoder.call(leaf, whole));                           // [N, E]
        var total = (image * text).sum().Times(logitScale);                             // rows do not mix
        var gradient = autograd.grad([total], [leaf])[0];
        return gradient.detach().Times(scale).MoveToOuterDisposeScope();
    }
}

/// <summary>Similarity of images and prompts.</summary>
internal static class ClipScore
{
    /// <summary>Factor on cosines before their gradient is taken: the exponential of the learned logit scale.</summary>
    public const double LogitScale = 100;

    private const double Epsilon = 1e-12;

    /// <summary>Normalizes embeddings [N, E] to length 1.</summary>
    public static Tensor Normalize(Tensor embeddings)
    {
        using var scope = NewDisposeScope();
        return (embeddings / linalg.norm(embeddings, dims: [-1], keepdim: true).Plus(Epsilon))
            .MoveToOuterDisposeScope();
    }

    /// <summary>The cosine of every image with every prompt.</summary>
    /// <param name="images">[N, E], of any length.</param>
    /// <param name="texts">[M, E], of any length.</param>
    /// <returns>[N, M].</returns>
    public static Tensor Cosines(Tensor images, Tensor texts)
    {
        using var scope = NewDisposeScope();
        return Normalize(images).matmul(Normalize(texts).transpose(0, 1)).MoveToOuterDisposeScope();
    }
}

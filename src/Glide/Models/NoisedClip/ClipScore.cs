using Glide.Devices;
using static TorchSharp.torch;

namespace Glide.Models.NoisedClip;

/// <summary>How well pictures and prompts go together.</summary>
internal static class ClipScore
{
    /// <summary>What cosines are multiplied by before their gradient is taken: the exponential of the learned logit scale.</summary>
    public const double LogitScale = 100;

    private const double Epsilon = 1e-12;

    /// <summary>Embeddings [N, E] at length 1.</summary>
    public static Tensor Normalize(Tensor embeddings)
    {
        using var scope = NewDisposeScope();
        return (embeddings / linalg.norm(embeddings, dims: [-1], keepdim: true).Plus(Epsilon)).MoveToOuterDisposeScope();
    }

    /// <summary>The cosine of every picture with every prompt.</summary>
    /// <param name="images">[N, E], of any length.</param>
    /// <param name="texts">[M, E], of any length.</param>
    /// <returns>[N, M].</returns>
    public static Tensor Cosines(Tensor images, Tensor texts)
    {
        using var scope = NewDisposeScope();
        return Normalize(images).matmul(Normalize(texts).transpose(0, 1)).MoveToOuterDisposeScope();
    }
}

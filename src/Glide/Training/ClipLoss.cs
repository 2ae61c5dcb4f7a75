using Glide.Models.Clip;
using Glide.Runtime;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Glide.Training;

/// <summary>
/// Symmetric cross entropy over the cosines of a batch: each image finds its caption and each caption its images.
/// Radford et al. 2021, figure 3.
/// </summary>
/// <remarks>The scale of the cosines is learned as a logarithm and stays at 100 or below.</remarks>
internal sealed class ClipLoss : IDisposable
{
    private const double LargestScale = 100;

    /// <summary>Begins with a scale.</summary>
    /// <param name="scale">Factor on the cosines at first; the paper begins with 1/0.07.</param>
    /// <param name="device">Device of the encoders.</param>
    public ClipLoss(double scale, Device device)
    {
        using var scope = NewDisposeScope();
        LogScale = new Parameter(tensor([(float)Math.Log(scale)], device: device).DetachFromDisposeScope());
        LogScale.DetachFromDisposeScope();
    }

    /// <summary>ln of the factor on the cosines, [1].</summary>
    public Parameter LogScale { get; }

    /// <summary>The factor on the cosines.</summary>
    public double Scale => Math.Exp(LogScale.item<float>());

    /// <summary>
    /// The loss of a batch, a scalar with its graph, and for each image whether it finds its own caption first (1) or
    /// not (0), [N] float32.
    /// </summary>
    /// <param name="images">Embeddings of the images, [N, E], of any length.</param>
    /// <param name="texts">Embeddings of the different captions, [M, E], of any length.</param>
    /// <param name="captionOfImage">Index of each image's caption, [N] int64 on the embeddings' device.</param>
    public (Tensor Loss, Tensor Right) Of(Tensor images, Tensor texts, Tensor captionOfImage)
    {
        using var scope = NewDisposeScope();
        var logits = ClipScore.Cosines(images, texts) * LogScale.exp();                             // [N, M]
        // All images of a caption are right in equal parts.
        var belongs = nn.functional.one_hot(captionOfImage, texts.shape[0]).to(ScalarType.Float32);  // [N, M]
        var shares = (belongs / belongs.sum(0, keepdim: true)).transpose(0, 1);                      // [M, N]
        var loss = nn.functional.cross_entropy(logits, captionOfImage)
            .Plus(nn.functional.cross_entropy(logits.transpose(0, 1), shares)).Times(0.5);
        var right = logits.detach().argmax(1).eq(captionOfImage).to(ScalarType.Float32);
        return (loss.MoveToOuterDisposeScope(), right.MoveToOuterDisposeScope());
    }

    /// <summary>Limits the scale; called after each step of the optimizer.</summary>
    public void Cap()
    {
        using var frozen = no_grad();
        using var capped = LogScale.AtMost(Math.Log(LargestScale));
        LogScale.copy_(capped);
    }

    public void Dispose() => LogScale.Dispose();
}

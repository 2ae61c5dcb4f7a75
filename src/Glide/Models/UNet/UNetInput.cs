using Glide.Models.Ops;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace Glide.Models.UNet;

/// <summary>Image input of a U-Net. It owns no tensors; their creators dispose them.</summary>
/// <param name="X">Noisy images, [N, 3, H, W].</param>
/// <param name="LowRes">For upsamplers: small images in [−1, 1], [N, 3, h, w].</param>
/// <param name="KnownImage">For inpainting networks: images in [−1, 1], [N, 3, H, W]; <c>null</c> if no pixel is
/// known.</param>
/// <param name="KnownMask">1 for known pixels of <paramref name="KnownImage"/>, else 0, [N, 1, H, W]; <c>null</c> if no
/// pixel is known.</param>
/// <param name="Tiles">Statistics that the rows share if they are tiles of larger images; <c>null</c> if each row is an
/// image.</param>
/// <param name="Wrap">Directions in which the images repeat.</param>
internal sealed record UNetInput(
    Tensor X, Tensor? LowRes = null, Tensor? KnownImage = null, Tensor? KnownMask = null,
        TiledGroupNormStats? Tiles = null, Wrap Wrap = Wrap.None)
{
    /// <summary>What differs in training; <c>null</c> in inference.</summary>
    public TrainingPass? Training { get; init; }

    /// <summary>Concatenates all channels for the first convolution.</summary>
    /// <returns>[N, <see cref="UNetConfig.InputChannels"/>, H, W], a new tensor.</returns>
    /// <exception cref="ArgumentException">The input does not fit the network.</exception>
    public Tensor Assemble(UNetConfig config)
    {
        if (config.Upsample != LowRes is not null)
        {
            throw new ArgumentException(config.Upsample
                ? "This network enlarges an image: LowRes is needed."
                : "This network enlarges nothing: LowRes has no place.");
        }

        if (!config.Inpaint && (KnownImage is not null || KnownMask is not null))
            throw new ArgumentException("This network fills nothing in: KnownImage and KnownMask have no place.");

        using var scope = NewDisposeScope();
        var parts = new List<Tensor> { X };
        if (config.Inpaint)
        {
            var mask = KnownMask ?? zeros_like(X.narrow(1, 0, 1));
            parts.Add(KnownImage is null ? zeros_like(X) : KnownImage * mask);
            parts.Add(mask);
        }

        if (LowRes is not null)
        {
            parts.Add(Enlarged(LowRes));
        }

        return cat(parts, dim: 1).MoveToOuterDisposeScope();
    }

    // Bilinear, to the size of X. A row and a column more are all that is seen beyond an edge.
    private Tensor Enlarged(Tensor lowRes)
    {
        using var scope = NewDisposeScope();
        long height = X.shape[2], width = X.shape[3];
        long above = Wrap.HasFlag(Wrap.Y) ? height / lowRes.shape[2] : 0;
        long beside = Wrap.HasFlag(Wrap.X) ? width / lowRes.shape[3] : 0;
        var large = functional.interpolate(
            CircularPadding.Pad(lowRes, 1, Wrap), size: [height + (2 * above), width + (2 * beside)],
            mode: InterpolationMode.Bilinear, align_corners: false);
        return large.narrow(2, above, height).narrow(3, beside, width).MoveToOuterDisposeScope();   // [N, 3, H, W]
    }
}

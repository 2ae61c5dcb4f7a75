using Glide.Models.Ops;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace Glide.Models.UNet;

/// <summary>Image input of a U-Net. It owns no tensors; their creators dispose them.</summary>
/// <param name="X">Noisy images, [N, 3, S, S].</param>
/// <param name="LowRes">For upsamplers: small images in [−1, 1], [N, 3, s, s].</param>
/// <param name="KnownImage">For inpainting networks: images in [−1, 1], [N, 3, S, S]; <c>null</c> if no pixel is
/// known.</param>
/// <param name="KnownMask">1 for known pixels of <paramref name="KnownImage"/>, else 0, [N, 1, S, S]; <c>null</c> if no
/// pixel is known.</param>
/// <param name="Tiles">Statistics that the rows share if they are tiles of larger images; <c>null</c> if each row is an
/// image.</param>
internal sealed record UNetInput(
    Tensor X, Tensor? LowRes = null, Tensor? KnownImage = null, Tensor? KnownMask = null,
        TiledGroupNormStats? Tiles = null)
{
    /// <summary>Concatenates all channels for the first convolution.</summary>
    /// <returns>[N, <see cref="UNetConfig.InputChannels"/>, S, S], a new tensor.</returns>
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
            parts.Add(functional.interpolate(
                LowRes, size: [X.shape[2], X.shape[3]], mode: InterpolationMode.Bilinear, align_corners: false));
        }

        return cat(parts, dim: 1).MoveToOuterDisposeScope();
    }
}

using Glide.Models.Ops;
using static TorchSharp.torch.nn;
using static TorchSharp.torch;

namespace Glide.Models.UNet;

/// <summary>What a U-Net looks at. It owns no tensor: whoever made them disposes them.</summary>
/// <param name="X">Noisy images, [N, 3, S, S].</param>
/// <param name="LowRes">For networks that enlarge: small images in [−1, 1], [N, 3, s, s].</param>
/// <param name="KnownImage">For networks that fill in: images in [−1, 1], [N, 3, S, S]; <c>null</c> where nothing is known.</param>
/// <param name="KnownMask">Which pixels of them are known, 1 or 0, [N, 1, S, S]; <c>null</c> where nothing is.</param>
/// <param name="Tiles">Statistics that the rows share if they are tiles of larger images; <c>null</c> if each row is an image.</param>
internal sealed record UNetInput(
    Tensor X, Tensor? LowRes = null, Tensor? KnownImage = null, Tensor? KnownMask = null, TiledGroupNormStats? Tiles = null)
{
    /// <summary>All of it side by side, as the first convolution takes it.</summary>
    /// <returns>[N, <see cref="UNetConfig.InputChannels"/>, S, S], a new tensor.</returns>
    /// <exception cref="ArgumentException">It does not suit the network.</exception>
    public Tensor Assemble(UNetConfig config)
    {
        if (config.Upsample != LowRes is not null)
        {
            throw new ArgumentException(config.Upsample ? "This network enlarges an image: LowRes is needed." : "This network enlarges nothing: LowRes has no place.");
        }

        if (!config.Inpaint && (KnownImage is not null || KnownMask is not null))
        {
            throw new ArgumentException("This network fills nothing in: KnownImage and KnownMask have no place.");
        }

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

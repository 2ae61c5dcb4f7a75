using Glide.Devices;
using static TorchSharp.torch;

namespace Glide.Diffusion.Guidance;

/// <summary>Pixels of the clean picture that are known: inpainting is this function on x₀.</summary>
/// <remarks>Holds tensors of its own; its maker disposes it.</remarks>
internal sealed class KnownPixels : IDisposable
{
    private readonly Tensor _known;
    private readonly Tensor _unknownMask;

    /// <summary>Keeps the known part.</summary>
    /// <param name="image">The picture, [1, C, H, W], in [−1, 1]; stays the caller's.</param>
    /// <param name="knownMask">[1, 1, H, W], 1 = keep; stays the caller's.</param>
    public KnownPixels(Tensor image, Tensor knownMask)
    {
        using var scope = NewDisposeScope();
        _known = (image * knownMask).DetachFromDisposeScope();
        _unknownMask = knownMask.Complement().DetachFromDisposeScope();
    }

    /// <summary>Replaces what is known.</summary>
    /// <param name="x0">[N, C, H, W]; every picture gets the same known pixels.</param>
    public Tensor PutInto(Tensor x0)
    {
        using var scope = NewDisposeScope();
        return (x0 * _unknownMask).Plus(_known).MoveToOuterDisposeScope();
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _known.Dispose();
        _unknownMask.Dispose();
    }
}

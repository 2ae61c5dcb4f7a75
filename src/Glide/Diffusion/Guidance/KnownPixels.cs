using Glide.Runtime;
using static TorchSharp.torch;

namespace Glide.Diffusion.Guidance;

/// <summary>Known pixels of the clean image, which inpainting puts into x₀.</summary>
/// <remarks>Owns tensors; the creator disposes it.</remarks>
internal sealed class KnownPixels : IDisposable
{
    private readonly Tensor _known;
    private readonly Tensor _unknownMask;

    /// <summary>Keeps the known part.</summary>
    /// <param name="image">The image, [1, C, H, W], in [−1, 1]; not disposed.</param>
    /// <param name="knownMask">[1, 1, H, W], 1 = keep; not disposed.</param>
    public KnownPixels(Tensor image, Tensor knownMask)
    {
        using var scope = NewDisposeScope();
        _known = (image * knownMask).DetachFromDisposeScope();
        _unknownMask = knownMask.Complement().DetachFromDisposeScope();
    }

    /// <summary>Replaces the known pixels.</summary>
    /// <param name="x0">[N, C, H, W]; every image gets the same known pixels.</param>
    public Tensor PutInto(Tensor x0)
    {
        using var scope = NewDisposeScope();
        return (x0 * _unknownMask).Plus(_known).MoveToOuterDisposeScope();
    }

    public void Dispose()
    {
        _known.Dispose();
        _unknownMask.Dispose();
    }
}

/// <summary>
/// Inpainting with a network that has no mask input: after each step the known part of x is replaced by the noised
/// original.
/// </summary>
/// <remarks>
/// GLIDE (Nichol et al. 2021), section 2.1 and appendix; Sohl-Dickstein et al. 2015. Owns tensors; the creator disposes
/// it.
/// </remarks>
internal sealed class ReplacementInpainting : IDisposable
{
    private readonly DiffusionTables _tables;
    private readonly Tensor _image;
    private readonly Tensor _knownMask;
    private readonly NoiseSource _noise;

    /// <summary>Keeps the known part.</summary>
    /// <param name="tables">The run's steps.</param>
    /// <param name="image">The image, [1, C, H, W], in [−1, 1]; not disposed.</param>
    /// <param name="knownMask">[1, 1, H, W], 1 = keep; not disposed.</param>
    /// <param name="noise">A source of its own, so that the order of the images' own draws does not change; not
    /// disposed.</param>
    public ReplacementInpainting(DiffusionTables tables, Tensor image, Tensor knownMask, NoiseSource noise)
    {
        _tables = tables;
        _image = image.alias().DetachFromDisposeScope();
        _knownMask = knownMask.alias().DetachFromDisposeScope();
        _noise = noise;
    }

    /// <summary>The <see cref="StepHook"/>.</summary>
    public Tensor AfterStep(Tensor x, int step) => Replace(x, _tables.AlphasCumprodPrev[step]);

    /// <summary>
    /// Replaces the known part of x by the original with noise of level ᾱ; also used for x before the first step.
    /// </summary>
    public Tensor Replace(Tensor x, double alphaBar)
    {
        using var scope = NewDisposeScope();
        var known = DiffusionMath.AddNoise(_image, _noise.Draw(), alphaBar);
        return (x * _knownMask.Complement()).Plus(known * _knownMask).MoveToOuterDisposeScope();
    }

    public void Dispose()
    {
        _image.Dispose();
        _knownMask.Dispose();
    }
}

using System.Globalization;
using Glide.Runtime;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace Glide.Diffusion.Guidance;

/// <summary>
/// Replaces the coarse structure of x after each step by that of the noised original: x + φ(y) − φ(x) with a low-pass
/// filter φ.
/// </summary>
/// <remarks>ILVR, Choi et al. 2021, algorithm 1. Owns a tensor; the creator disposes it.</remarks>
internal sealed class Ilvr : IDisposable
{
    private readonly DiffusionTables _tables;
    private readonly Tensor _image;
    private readonly int _factor;
    private readonly int _untilStep;
    private readonly NoiseSource _noise;

    /// <summary>Keeps the original image.</summary>
    /// <param name="tables">The run's steps.</param>
    /// <param name="image">The image, [1, C, H, W], in [−1, 1]; not disposed.</param>
    /// <param name="factor">N of φ, which downsamples by N and upsamples again; divides H and W.</param>
    /// <param name="untilStep">The last step after which structure is replaced.</param>
    /// <param name="noise">A source of its own; not disposed.</param>
    /// <exception cref="UsageException">The factor does not divide the image's size.</exception>
    public Ilvr(DiffusionTables tables, Tensor image, int factor, int untilStep, NoiseSource noise)
    {
        long height = image.shape[2];
        long width = image.shape[3];
        if (factor < 1 || height % factor != 0 || width % factor != 0)
        {
            throw new UsageException(string.Create(CultureInfo.InvariantCulture,
                $"structure cannot be kept by {factor}; allowed are whole numbers that divide the model's "
                    + $"{width}×{height} image; try 4 or 8"));
        }

        _tables = tables;
        _image = image.alias().DetachFromDisposeScope();
        _factor = factor;
        _untilStep = untilStep;
        _noise = noise;
    }

    /// <summary>The <see cref="StepHook"/>.</summary>
    public Tensor AfterStep(Tensor x, int step)
    {
        if (step < _untilStep)
            return x.alias();
        using var scope = NewDisposeScope();
        var original = DiffusionMath.AddNoise(_image, _noise.Draw(), _tables.AlphasCumprodPrev[step]);
        return x.Plus(Coarse(original - x)).MoveToOuterDisposeScope();
    }

    public void Dispose() => _image.Dispose();

    private Tensor Coarse(Tensor x)                                              // [N, C, H, W]
    {
        var small = functional.avg_pool2d(x, _factor);                           // [N, C, H / N, W / N]
        return functional.interpolate(
            small, size: [x.shape[2], x.shape[3]], mode: InterpolationMode.Bilinear, align_corners: false);
    }
}

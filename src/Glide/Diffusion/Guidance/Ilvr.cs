using Glide.Runtime;
using static TorchSharp.torch.nn;
using static TorchSharp.torch;

namespace Glide.Diffusion.Guidance;

/// <summary>After each step the coarse structure of x is that of the noised original: x + φ(y) − φ(x), φ a low-pass filter.</summary>
/// <remarks>ILVR, Choi et al. 2021, algorithm 1. Holds a tensor of its own; its maker disposes it.</remarks>
internal sealed class Ilvr : IDisposable
{
    private readonly DiffusionTables _tables;
    private readonly Tensor _image;
    private readonly int _factor;
    private readonly int _untilStep;
    private readonly NoiseSource _noise;

    /// <summary>Keeps the original.</summary>
    /// <param name="tables">The run's steps.</param>
    /// <param name="image">The image, [1, C, H, W], in [−1, 1]; stays the caller's.</param>
    /// <param name="factor">N of φ: what survives shrinking by N and enlarging again; divides H and W.</param>
    /// <param name="untilStep">The last step after which structure is kept; finer steps are free.</param>
    /// <param name="noise">A source of its own; stays the caller's.</param>
    /// <exception cref="UsageException">The factor does not divide the image's size.</exception>
    public Ilvr(DiffusionTables tables, Tensor image, int factor, int untilStep, NoiseSource noise)
    {
        long height = image.shape[2];
        long width = image.shape[3];
        if (factor < 1 || height % factor != 0 || width % factor != 0)
        {
            throw new UsageException(FormattableString.Invariant(
                $"structure cannot be kept by {factor}; allowed are whole numbers that divide the model's {width}×{height} image; try 4 or 8"));
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

    /// <inheritdoc/>
    public void Dispose() => _image.Dispose();

    private Tensor Coarse(Tensor x)                                              // [N, C, H, W]
    {
        var small = functional.avg_pool2d(x, _factor);                           // [N, C, H / N, W / N]
        return functional.interpolate(
            small, size: [x.shape[2], x.shape[3]], mode: InterpolationMode.Bilinear, align_corners: false);
    }
}

using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace Glide.Models.UNet;

/// <summary>How a residual block changes height and width.</summary>
internal enum Resample
{
    /// <summary>Not at all.</summary>
    None,

    /// <summary>Half of each: the mean of 2×2 pixels.</summary>
    Down,

    /// <summary>Twice each: every pixel four times.</summary>
    Up,
}

/// <summary>The three changes of size.</summary>
internal static class Resampling
{
    /// <summary>[N, C, H, W] at its new size, a new tensor.</summary>
    public static Tensor Apply(this Resample resample, Tensor x)
    {
        using var operation = Operations.Resampling();
        return resample switch
        {
            Resample.Down => functional.avg_pool2d(x, 2),
            Resample.Up => functional.interpolate(x, scale_factor: [2, 2], mode: InterpolationMode.Nearest),
            _ => x.alias(),
        };
    }
}

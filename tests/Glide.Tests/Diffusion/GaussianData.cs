using Glide.Diffusion;
using static TorchSharp.torch;

namespace Glide.Tests.Diffusion;

/// <summary>Images whose every pixel is drawn from N(mean, deviation²): the noise in x is then known exactly.</summary>
internal sealed class GaussianData(NoiseSchedule schedule, double mean, double deviation)
{
    /// <summary>The exact denoiser: ε = σ·(x − α·mean) / (α²·deviation² + σ²).</summary>
    public Prediction Denoise(Tensor x, Tensor timestep)
    {
        double alphaBar = schedule.AlphaBar(TensorAssert.Numbers(timestep)[0]);
        return new((x - (Math.Sqrt(alphaBar) * mean)) * (Math.Sqrt(1 - alphaBar) / Variance(alphaBar)), null);
    }

    /// <summary>Where the probability-flow ODE takes x from one noise to another: it keeps the quantile of x.</summary>
    public Tensor Flow(Tensor x, double alphaBarFrom, double alphaBarTo) =>
        ((x - (Math.Sqrt(alphaBarFrom) * mean)) * Math.Sqrt(Variance(alphaBarTo) / Variance(alphaBarFrom)))
        + (Math.Sqrt(alphaBarTo) * mean);

    /// <summary>Variance of x at a noise.</summary>
    public double Variance(double alphaBar) => (alphaBar * deviation * deviation) + 1 - alphaBar;
}

using Glide.Runtime;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace Glide.Training;

/// <summary>
/// The small images that an upsampler learns from: shrunk by area, half of them blurred, then made noisy, since the
/// base's images are neither as sharp nor as clean as shrunk photographs. Ho et al. 2021 (Cascaded Diffusion Models),
/// section 4.
/// </summary>
internal static class LowResAugmentation
{
    private const double BlurredPart = 0.5;

    // Standard deviation of the blur in pixels of the small image.
    private const double LeastBlur = 0.4, MostBlur = 0.6;

    /// <summary>Shrinks images and spoils them a little.</summary>
    /// <param name="images">[N, 3, H, W] in [−1, 1].</param>
    /// <param name="factor">How many times smaller.</param>
    /// <param name="mostNoise">The noise of each image has a standard deviation from 0 to this.</param>
    /// <param name="random">Source of chance.</param>
    /// <returns>[N, 3, H/factor, W/factor].</returns>
    public static Tensor Draw(Tensor images, int factor, double mostNoise, StepRandom random)
    {
        using var scope = NewDisposeScope();
        var small = functional.avg_pool2d(images, factor);
        int count = (int)images.shape[0];
        var blurs = new float[count];
        var noises = new float[count];
        for (int i = 0; i < count; i++)
        {
            bool isBlurred = random.Chance(BlurredPart);
            double deviation = random.Between(LeastBlur, MostBlur);
            blurs[i] = isBlurred ? (float)deviation : 0;
            noises[i] = (float)random.Between(0, mostNoise);
        }
        var blurred = Blur(small, blurs);
        if (mostNoise > 0)
        {
            var strength = tensor(noises, [count, 1, 1, 1], device: images.device);
            blurred = blurred.Plus(random.Noise(small.shape) * strength);
        }
        return blurred.MoveToOuterDisposeScope();
    }

    // A Gaussian of 3×3 pixels, each image with its own deviation: all images become channels of one.
    private static Tensor Blur(Tensor images, float[] deviations)
    {
        long[] shape = images.shape;
        var kernels = tensor(deviations.SelectMany(deviation => Enumerable.Repeat(Kernel(deviation), (int)shape[1]))
            .SelectMany(kernel => kernel).ToArray(), [shape[0] * shape[1], 1, 3, 3], device: images.device);
        var channels = images.reshape(1, shape[0] * shape[1], shape[2], shape[3]);
        var padded = functional.pad(channels, [1, 1, 1, 1], TorchSharp.PaddingModes.Replicate);
        return functional.conv2d(padded, kernels, groups: shape[0] * shape[1]).reshape(shape);
    }

    private static float[] Kernel(double deviation)
    {
        double side = deviation == 0 ? 0 : Math.Exp(-1 / (2 * deviation * deviation));
        double[] line = [side, 1, side];
        double sum = line.Sum();
        return [.. line.SelectMany(a => line.Select(b => (float)(a * b / (sum * sum))))];
    }
}

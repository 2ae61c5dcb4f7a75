using static TorchSharp.torch;

namespace Glide.Images;

/// <summary>Conversions between images and tensors.</summary>
internal static class ImageTensors
{
    /// <summary>Maps color values v from 0 to 255 to v / 127.5 − 1.</summary>
    /// <returns>[1, 3, H, W] float32 on the CPU, from −1 to 1; the caller disposes it.</returns>
    public static Tensor ToTensor(RgbImage image)
    {
        ArgumentNullException.ThrowIfNull(image);
        int plane = image.Width * image.Height;
        var values = new float[3 * plane];
        for (int i = 0; i < plane; i++)
        {
            for (int c = 0; c < 3; c++)
                values[(c * plane) + i] = (image.Pixels[(3 * i) + c] / 127.5f) - 1;
        }
        return tensor(values, [1, 3, image.Height, image.Width]);
    }

    /// <summary>Maps samples x to round((x + 1) · 127.5), half to even, clamped to 0 to 255.</summary>
    /// <param name="x">[N, 3, H, W] on any device, of any floating type; not disposed.</param>
    /// <returns>N images.</returns>
    /// <exception cref="NumericsException">A value is not finite; no image is returned.</exception>
    public static RgbImage[] FromTensor(Tensor x)
    {
        ArgumentNullException.ThrowIfNull(x);
        var shape = x.shape;
        if (shape.Length != 4 || shape[1] != 3)
            throw new ArgumentException($"[{string.Join(", ", shape)}] is not [N, 3, H, W].", nameof(x));
        using var scope = NewDisposeScope();
        var values = x.detach().to(float32).cpu().contiguous().data<float>().ToArray();
        CheckFinite(values);

        int width = checked((int)shape[3]), height = checked((int)shape[2]);
        int plane = checked(width * height);
        var images = new RgbImage[shape[0]];
        for (int n = 0; n < images.Length; n++)
        {
            images[n] = new RgbImage(width, height);
            var pixels = images[n].Pixels;
            for (int c = 0; c < 3; c++)
            {
                var source = values.AsSpan(((3 * n) + c) * plane, plane);
                for (int i = 0; i < source.Length; i++)
                {
                    pixels[(3 * i) + c] = (byte)Math.Clamp(
                        MathF.Round((source[i] + 1) * 127.5f, MidpointRounding.ToEven), 0, 255);
                }
            }
        }

        return images;
    }

    private static void CheckFinite(float[] values)
    {
        int bad = values.Count(value => !float.IsFinite(value));
        if (bad > 0)
        {
            throw new NumericsException(
                $"{bad} of the image's {values.Length} numbers are not finite (NaN or infinite), so no image was "
                    + $"written; "
                + "try --dtype fp32, or check that the weights fit the model.");
        }
    }
}

using Glide.Images;
using Glide.Tests.Support;
using static TorchSharp.torch;

namespace Glide.Tests.Images;

[Collection(TorchCollection.Name)]
public class ImageTensorsTests
{
    [Fact]
    public void ToTensor_puts_colors_into_planes_from_minus_one_to_one()
    {
        using var tensor = ImageTensors.ToTensor(new RgbImage(2, 1, [0, 51, 102, 153, 204, 255]));

        Assert.Equal([1, 3, 1, 2], tensor.shape);
        Assert.Equal(float32, tensor.dtype);
        float[] expected = [-1f, 0.2f, -0.6f, 0.6f, -0.2f, 1f];
        Assert.Equal(expected, tensor.data<float>().ToArray(), (a, b) => Math.Abs(a - b) < 1e-6);
    }

    [Fact]
    public void FromTensor_gives_every_byte_back()
    {
        var pixels = Enumerable.Range(0, 768).Select(i => (byte)(i * 7)).ToArray();
        using var tensor = ImageTensors.ToTensor(new RgbImage(16, 16, pixels));
        using var twice = cat([tensor, tensor]);

        var images = ImageTensors.FromTensor(twice);

        Assert.Equal(2, images.Length);
        Assert.All(images, image => Assert.Equal(pixels, image.Pixels));
        Assert.All(images, image => Assert.Equal((16, 16), (image.Width, image.Height)));
    }

    [Fact]
    public void FromTensor_rounds_half_to_even_and_clamps()
    {
        // Numbers from PyTorch 1.13: ((x + 1) * 127.5).round().clamp(0, 255).to(uint8); the first pixel is 128.5,
        // 129.5, 130.5.
        using var x = tensor(new[] { 2f / 255, 0f, -1f, 4f / 255, 1f, -8.8431f, 6f / 255, -0.5f, 6.8431f },
            [1, 3, 1, 3]);

        Assert.Equal([128, 130, 130, 128, 255, 64, 0, 0, 255], ImageTensors.FromTensor(x).Single().Pixels);
    }

    [Fact]
    public void FromTensor_reads_other_types_and_strides_and_leaves_its_input_alone()
    {
        using var rows = tensor(new[] { -1f, -1f, 1f, 1f, -1f, 1f, 1f, -1f, 1f, 1f, -1f, -1f }, [1, 2, 2, 3]).to(
            float16);
        using var x = rows.permute(0, 3, 1, 2);

        Assert.Equal([0, 0, 255, 255, 0, 255, 255, 0, 255, 255, 0, 0], ImageTensors.FromTensor(x).Single().Pixels);
        Assert.Equal(float16, x.dtype);
        Assert.False(x.IsInvalid);
    }

    [Fact]
    public void FromTensor_never_makes_an_image_of_what_is_not_finite()
    {
        foreach (float bad in new[] { float.NaN, float.PositiveInfinity, float.NegativeInfinity })
        {
            using var x = tensor(new[] { 0f, bad, 0f }, [1, 3, 1, 1]);
            var error = Assert.Throws<NumericsException>(() => ImageTensors.FromTensor(x));
            Assert.Contains("1 of the image's 3 numbers", error.Message, StringComparison.Ordinal);
        }
    }

    [Fact]
    public void FromTensor_wants_three_channels()
    {
        using var x = zeros([1, 6, 2, 2]);
        Assert.Throws<ArgumentException>(() => ImageTensors.FromTensor(x));
    }
}

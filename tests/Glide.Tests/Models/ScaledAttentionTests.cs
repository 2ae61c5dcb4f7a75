using Glide.Models;
using Glide.Models.Ops;
using Glide.Tests.Support;
using static TorchSharp.torch;

namespace Glide.Tests.Models;

[Collection(TorchCollection.Name)]
public sealed class ScaledAttentionTests
{
    private const int Heads = 2;
    private const int Width = 4;

    // Few pixels go through at once, many one head at a time.
    [Theory, InlineData(9), InlineData(400)]
    public void Pixels_attend_to_text_and_pixels(int pixels)
    {
        using var scope = NewDisposeScope();
        const int images = 2, tokens = 3;
        float[] own = SyntheticWeights.Unit("own", images, 3 * Heads * Width, pixels).data<float>().ToArray();
        float[] text = SyntheticWeights.Unit("text", images, 2 * Heads * Width, tokens).data<float>().ToArray();
        float[] actual = ScaledAttention.OverTextAndPixels(
            tensor(own, [images, 3 * Heads * Width, pixels]), tensor(text, [images, 2 * Heads * Width, tokens]), Heads)
            .data<float>().ToArray();

        // Rows of an image: for each head its queries, its keys, its values.
        double Own(int image, int head, int part, int row, int pixel) =>
            own[((image * Heads + head) * 3 * Width + part * Width + row) * pixels + pixel];
        double Text(int image, int head, int part, int row, int token) =>
            text[((image * Heads + head) * 2 * Width + part * Width + row) * tokens + token];

        foreach (var (image, head, pixel) in new[] { (0, 0, 0), (0, 1, pixels - 1), (1, 0, pixels / 2), (1, 1, 1) })
        {
            var weights = new double[tokens + pixels];
            for (int key = 0; key < weights.Length; key++)
            {
                double product = Enumerable.Range(0, Width).Sum(row => Own(image, head, 0, row, pixel) *
                    (key < tokens ? Text(image, head, 0, row, key) : Own(image, head, 1, row, key - tokens)));
                weights[key] = Math.Exp(product / Math.Sqrt(Width));
            }

            for (int row = 0; row < Width; row++)
            {
                double expected = Enumerable.Range(0, weights.Length).Sum(key => weights[key] *
                    (key < tokens
                        ? Text(image, head, 1, row, key)
                        : Own(image, head, 2, row, key - tokens))) / weights.Sum();
                Assert.Equal(expected, actual[((image * Heads + head) * Width + row) * pixels + pixel], 1e-5);
            }
        }
    }
}

using Glide.Images;
using Glide.Pipelines;

namespace Glide.Tests.Sheets;

/// <summary>Images to put on sheets.</summary>
internal static class SheetSamples
{
    /// <summary>A square of one gray.</summary>
    public static RgbImage Plain(int side, byte value) =>
        new(side, side, [.. Enumerable.Repeat(value, 3 * side * side)]);

    /// <summary>A finished image with a record.</summary>
    public static GeneratedImage Finished(string prompt, long seed, RgbImage image, double guidanceScale = 3) =>
        new(image, image, new ImageMetadata
        {
            Task = "sample",
            Prompt = prompt,
            Seed = seed,
            Model = "mini",
            ModelHash = "0123",
            Version = "1.2.3",
            Device = "cpu",
            Dtype = "fp32",
            Threads = 2,
            Recipe = Recipe.Of(new StageRecipe
            {
                Network = "base",
                Sampler = "ddpm",
                Steps = "2",
                GuidanceScale = guidanceScale
            }),
            Width = image.Width,
            Height = image.Height,
        }, Seconds: 1);
}

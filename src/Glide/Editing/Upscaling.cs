using Glide.Images;
using Glide.Pipelines;

namespace Glide.Editing;

/// <summary>Enlarges an image of any size fourfold, with the second network alone.</summary>
/// <param name="pipeline">Makes the images; stays the caller's.</param>
/// <param name="recipe">Of a whole cascade; its second stage is used.</param>
internal sealed class Upscaling(GlidePipeline pipeline, Recipe recipe)
{
    /// <summary>How many times as wide the result is.</summary>
    public const int Factor = StageInputs.UpsampleFactor;

    /// <summary>The image's opacity, one byte a pixel, which is enlarged bicubically; <c>null</c> where all is
    /// opaque.</summary>
    public byte[]? Alpha { get; init; }

    /// <summary>Makes the images.</summary>
    /// <exception cref="UsageException">The result would have more pixels than an image may, or the recipe has no
    /// second stage.</exception>
    public void Run(RgbImage image, IReadOnlyList<ImageRequest> requests, RunOptions options)
    {
        var upsample = recipe.Stages.ElementAtOrDefault(1)
            ?? throw new UsageException(
                "the model set's recipe has no network that enlarges; choose another set with --model");
        if ((long)image.Width * image.Height * Factor * Factor > ImageFile.MostPixels)
        {
            throw new UsageException(
                $"the image is too large to enlarge; {image.Width}×{image.Height} pixels would become "
                    + $"{image.Width * (long)Factor}×{image.Height * (long)Factor}; "
                + $"allowed are {ImageFile.MostPixels / 1_000_000} megapixels in the result; scale it down or cut it "
                + $"first");
        }
        int least = pipeline.SizeOf(upsample) / Factor;
        int width = Math.Max(image.Width, least), height = Math.Max(image.Height, least);
        var padded = Cropping.WithEdges(Transparency.FillHidden(image, Alpha), 0, 0, width, height);
        var edit = new EditRecord(InitImage.HashOf(image));
        bool isWindowed = width > least || height > least;
        pipeline.Run([.. requests.Select(request => request with { Start = padded })], Recipe.Of(upsample), options with
        {
            // Many windows of one image go through the network together.
            BatchSize = options.BatchSize ?? (isWindowed ? 1 : null),
            Finished = drawn =>
            {
                var cropped = drawn.Image.Crop(0, 0, image.Width * Factor, image.Height * Factor);
                options.Finished(drawn with
                {
                    Image = cropped,
                    Alpha = Transparency.Scaled(Alpha, image, cropped.Width, cropped.Height),
                    Record = drawn.Record with { Width = cropped.Width, Height = cropped.Height, Edit = edit },
                });
            },
        });
    }
}

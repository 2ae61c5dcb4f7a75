using Glide.Imaging;
using Glide.Pipelines.Editing;

namespace Glide.Pipelines.Playing;

/// <summary>Draws pictures that resemble one: its noise, mixed with fresh noise on the sphere.</summary>
/// <param name="pipeline">Makes the pictures; stays the caller's.</param>
/// <param name="recipe">How; its base draws no noise.</param>
public sealed class Variation(GlidePipeline pipeline, Recipe recipe)
{
    /// <summary>How much of the way is gone from the picture's noise to that of a request's seed: 0 gives the picture again.</summary>
    public required double Amount { get; init; }

    /// <summary>Makes the pictures.</summary>
    /// <param name="image">The picture, of any size.</param>
    /// <param name="requests">What it shows, the same prompt for all, and seeds.</param>
    /// <param name="options">Gets the pictures.</param>
    /// <exception cref="UsageException">The sampler draws noise.</exception>
    public void Run(RgbImage image, IReadOnlyList<PictureRequest> requests, RunOptions options)
    {
        PicturePath.Require(recipe.Base);
        var latent = pipeline.Invert([requests[0] with { Start = image }], PicturePath.InversionOf(recipe.Base), options)[0];
        LatentPictures.Make(
            pipeline, recipe, [.. requests.Select(request => request with { Latent = latent, Fresh = Amount })],
            [.. requests.Select(_ => new EditRecord(latent.Record.Picture) { Inversion = latent.Record.Inversion, Amount = Amount })], options);
    }
}

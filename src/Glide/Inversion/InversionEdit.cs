using Glide.Images;
using Glide.Pipelines;

namespace Glide.Inversion;

/// <summary>Changes what an image shows from one description to another, and leaves the rest in its place.</summary>
/// <param name="pipeline">Makes the images; stays the caller's.</param>
/// <param name="recipe">How; its base draws no noise. Guidance is for the way back alone.</param>
/// <remarks>
/// Up under the old description, without guidance, and down under the new one with it. Going down against the old
/// description in place of the empty one, a text difference taken in ε, was measured too: colors change as well, but
/// shapes stay less in their place.
/// </remarks>
internal sealed class InversionEdit(GlidePipeline pipeline, Recipe recipe)
{
    /// <summary>The strength where nobody says another.</summary>
    public const double DefaultStrength = 0.8;

    /// <summary>
    /// How much of the steps is gone towards the noise and back, 0 to 1: less keeps more of the image.
    /// </summary>
    public required double Strength { get; init; }

    /// <summary>Makes the images.</summary>
    /// <param name="image">The image, of any size.</param>
    /// <param name="from">What it shows.</param>
    /// <param name="requests">What it shall show, and seeds for the second stage.</param>
    /// <param name="options">Gets the images.</param>
    /// <exception cref="UsageException">The sampler draws noise.</exception>
    public void Run(RgbImage image, string from, IReadOnlyList<ImageRequest> requests, RunOptions options)
    {
        DeterministicRecipe.Require(recipe.Base);
        // Both ways turn at the same noise where their steps lie at the same places; DDIM's are the trained ones.
        var partly = recipe.WithBase(stage => stage with { Strength = Strength, Spacing = "trained" });
        var noise = pipeline.Invert([requests[0] with { Prompt = from, Negative = "", Start = image }],
            DeterministicRecipe.InversionOf(partly.Base with { GuidanceScale = 1 }), options)[0];
        InvertedNoiseImages.Make(
            pipeline, partly, [.. requests.Select(request => request with { InvertedNoise = noise })],
            [.. requests.Select(request => new EditRecord(noise.Record.Image) { Prompts = [from, request.Prompt],
                Inversion = noise.Record.Inversion })], options);
    }
}

/// <summary>Draws images that resemble one: its noise, mixed with fresh noise on the sphere.</summary>
/// <param name="pipeline">Makes the images; stays the caller's.</param>
/// <param name="recipe">How; its base draws no noise.</param>
internal sealed class Variation(GlidePipeline pipeline, Recipe recipe)
{
    /// <summary>
    /// How much of the way is gone from the image's noise to that of a request's seed: 0 gives the image again.
    /// </summary>
    public required double Amount { get; init; }

    /// <summary>Makes the images.</summary>
    /// <param name="image">The image, of any size.</param>
    /// <param name="requests">What it shows, the same prompt for all, and seeds.</param>
    /// <param name="options">Gets the images.</param>
    /// <exception cref="UsageException">The sampler draws noise.</exception>
    public void Run(RgbImage image, IReadOnlyList<ImageRequest> requests, RunOptions options)
    {
        DeterministicRecipe.Require(recipe.Base);
        var noise = pipeline.Invert([requests[0] with { Start = image }], DeterministicRecipe.InversionOf(recipe.Base),
            options)[0];
        InvertedNoiseImages.Make(
            pipeline, recipe, [.. requests.Select(request =>
                request with { InvertedNoise = noise, NoiseMixWeight = Amount })],
            [.. requests.Select(_ => new EditRecord(noise.Record.Image) { Inversion = noise.Record.Inversion,
                Amount = Amount })], options);
    }
}

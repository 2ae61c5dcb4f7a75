using Glide.Pipelines;

namespace Glide.Inversion;

/// <summary>Draws the way from one image to another: noise along the sphere, prompts in a straight line.</summary>
/// <param name="pipeline">Makes the images; stays the caller's.</param>
/// <param name="recipe">How; its base draws no noise.</param>
/// <remarks>Song et al. 2020, section 5.3, with the conditioning mixed too.</remarks>
internal sealed class Interpolation(GlidePipeline pipeline, Recipe recipe)
{
    /// <summary>
    /// Makes the images in order; the first and the last are the two ends, as they come back from their noise.
    /// </summary>
    /// <param name="from">The first image.</param>
    /// <param name="to">The last image; where the two differ in shape, all results are squares.</param>
    /// <param name="frames">How many, 2 or more.</param>
    /// <param name="request">Seed and negative prompt of all.</param>
    /// <param name="options">Gets the images.</param>
    /// <exception cref="UsageException">The sampler draws noise.</exception>
    public void Run(Endpoint from, Endpoint to, int frames, ImageRequest request, RunOptions options)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(frames, 2);
        DeterministicRecipe.Require(recipe.Base);
        var noises = pipeline.Invert(
            [request with { Prompt = from.Prompt, Start = from.Image },
                request with { Prompt = to.Prompt, Start = to.Image }], DeterministicRecipe.InversionOf(recipe.Base),
                options);
        var first = noises[0];
        if ((long)from.Image.Width * to.Image.Height != (long)to.Image.Width * from.Image.Height)
            first = first with { Record = first.Record with { Width = first.Record.Size, Height = first.Record.Size } };
        double[] amounts = [.. Enumerable.Range(0, frames).Select(frame => (double)frame / (frames - 1))];
        InvertedNoiseImages.Make(
            pipeline, recipe,
            [.. amounts.Select(amount => request with
            {
                Prompt = from.Prompt,
                Blend = new PromptBlend(to.Prompt, amount),
                InvertedNoise = first.Towards(noises[1], amount),
            })],
            [.. amounts.Select(amount => new EditRecord(noises[0].Record.Image)
            {
                Other = noises[1].Record.Image,
                Prompts = [from.Prompt, to.Prompt],
                Amount = amount,
                Inversion = noises[0].Record.Inversion,
            })],
            options);
    }
}

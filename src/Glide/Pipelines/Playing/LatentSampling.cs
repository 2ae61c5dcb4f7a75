using Glide.Pipelines.Editing;

namespace Glide.Pipelines.Playing;

/// <summary>Comes back from a latent to its picture, or to what another prompt makes of it.</summary>
/// <param name="pipeline">Makes the pictures; stays the caller's.</param>
/// <param name="recipe">How; its base draws no noise.</param>
public sealed class LatentSampling(GlidePipeline pipeline, Recipe recipe)
{
    /// <summary>Refuses a latent that no picture can be made from with these models and this recipe; loads no network.</summary>
    /// <exception cref="UsageException">The sampler draws noise, or the latent is another model's.</exception>
    public void Check(Latent latent) => LatentPictures.Check(pipeline, recipe, [latent.Record]);

    /// <summary>Makes the pictures.</summary>
    /// <param name="latent">Where all of them start.</param>
    /// <param name="requests">Prompts, and seeds for the second stage.</param>
    /// <param name="options">Gets the pictures.</param>
    /// <exception cref="UsageException">The sampler draws noise, or the latent is another model's.</exception>
    public void Run(Latent latent, IReadOnlyList<PictureRequest> requests, RunOptions options) => LatentPictures.Make(
        pipeline, recipe, [.. requests.Select(request => request with { Latent = latent })],
        [.. requests.Select(_ => new EditRecord(latent.Record.Picture) { Inversion = latent.Record.Inversion })], options);
}

using System.Globalization;
using Glide.Images;
using Glide.Pipelines;

namespace Glide.Inversion;

/// <summary>
/// Images from inverted noise: what sampling them, varying, interpolating and restyling have in common.
/// </summary>
internal static class InvertedNoiseImages
{
    /// <summary>Makes the images; what was no square is cropped to its own shape again.</summary>
    /// <exception cref="UsageException">The sampler draws noise, or inverted noise is another model's.</exception>
    public static void Make(GlidePipeline pipeline, Recipe recipe,
        IReadOnlyList<ImageRequest> requests, IReadOnlyList<EditRecord> edits, RunOptions options)
    {
        Check(pipeline, recipe, requests.Select(request => request.InvertedNoise!.Record));
        int number = 0;
        pipeline.Run(requests, recipe, options with
        {
            Finished = drawn =>
            {
                var record = requests[number].InvertedNoise!.Record;
                var cropped = SquareSource.Unpad(drawn.Image, record.Width, record.Height);
                options.Finished(drawn with
                {
                    Image = cropped,
                    Record = drawn.Record with { Width = cropped.Width, Height = cropped.Height, Edit = edits[number] },
                });
                number++;
            },
        });
    }

    /// <summary>Refuses what no image can be made from.</summary>
    /// <exception cref="UsageException">The sampler draws noise, or inverted noise is another model's.</exception>
    public static void Check(GlidePipeline pipeline, Recipe recipe, IEnumerable<NoiseRecord> noises)
    {
        DeterministicRecipe.Require(recipe.Base);
        foreach (var noise in noises.Distinct())
            CheckModel(pipeline, recipe, noise);
    }

    private static void CheckModel(GlidePipeline pipeline, Recipe recipe, NoiseRecord noise)
    {
        var settings = pipeline.SettingsOf(Recipe.Of(recipe.Base with { ClipScale = null }));
        int size = pipeline.SizeOf(recipe.Base);
        if (noise.Size != size)
        {
            throw new UsageException(string.Create(CultureInfo.InvariantCulture,
                $"the noise is {noise.Size}×{noise.Size}, model set '{settings.Model}' draws {size}×{size}; it was "
                    + $"made with '{noise.Model}'; choose that with --model, or invert the image again"));
        }
        if (noise.ModelHash != settings.ModelHash)
        {
            throw new UsageException(
                $"the noise is of another model; it was made with '{noise.Model}' ({noise.ModelHash}), the base of "
                    + $"'{settings.Model}' is {settings.ModelHash}; choose the first with --model, or invert the "
                    + $"image again");
        }
    }
}

/// <summary>Comes back from inverted noise to its image, or to what another prompt makes of it.</summary>
/// <param name="pipeline">Makes the images; stays the caller's.</param>
/// <param name="recipe">How; its base draws no noise.</param>
internal sealed class InvertedNoiseSampling(GlidePipeline pipeline, Recipe recipe)
{
    /// <summary>
    /// Refuses inverted noise that no image can be made from with these models and this recipe; loads no network.
    /// </summary>
    /// <exception cref="UsageException">The sampler draws noise, or the noise is another model's.</exception>
    public void Check(InvertedNoise noise) => InvertedNoiseImages.Check(pipeline, recipe, [noise.Record]);

    /// <summary>Makes the images.</summary>
    /// <param name="noise">Where all of them start.</param>
    /// <param name="requests">Prompts, and seeds for the second stage.</param>
    /// <param name="options">Gets the images.</param>
    /// <exception cref="UsageException">The sampler draws noise, or the noise is another model's.</exception>
    public void Run(InvertedNoise noise, IReadOnlyList<ImageRequest> requests, RunOptions options) =>
        InvertedNoiseImages.Make(
        pipeline, recipe, [.. requests.Select(request => request with { InvertedNoise = noise })],
        [.. requests.Select(_ => new EditRecord(noise.Record.Image) { Inversion = noise.Record.Inversion })], options);
}

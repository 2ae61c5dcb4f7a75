using System.Globalization;
using Glide.Pipelines.Editing;

namespace Glide.Pipelines.Playing;

/// <summary>Pictures from latents: what sampling them, varying, interpolating and restyling have in common.</summary>
internal static class LatentPictures
{
    /// <summary>Makes the pictures; what was no square is cropped to its own shape again.</summary>
    /// <param name="pipeline">Makes them.</param>
    /// <param name="recipe">How.</param>
    /// <param name="requests">Each with a latent.</param>
    /// <param name="edits">What each was made from.</param>
    /// <param name="options">Gets the pictures.</param>
    /// <exception cref="UsageException">The sampler draws noise, or a latent is another model's.</exception>
    public static void Make(GlidePipeline pipeline, Recipe recipe, IReadOnlyList<PictureRequest> requests, IReadOnlyList<EditRecord> edits, RunOptions options)
    {
        Check(pipeline, recipe, requests.Select(request => request.Latent!.Record));
        int number = 0;
        pipeline.Run(requests, recipe, options with
        {
            Finished = drawn =>
            {
                var record = requests[number].Latent!.Record;
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

    /// <summary>Refuses what no picture can be made from.</summary>
    /// <exception cref="UsageException">The sampler draws noise, or a latent is another model's.</exception>
    public static void Check(GlidePipeline pipeline, Recipe recipe, IEnumerable<LatentRecord> latents)
    {
        PicturePath.Require(recipe.Base);
        foreach (var latent in latents.Distinct())
            CheckModel(pipeline, recipe, latent);
    }

    private static void CheckModel(GlidePipeline pipeline, Recipe recipe, LatentRecord latent)
    {
        var settings = pipeline.SettingsOf(new Recipe { Base = recipe.Base with { ClipScale = null } });
        int size = pipeline.SizeOf(recipe.Base);
        if (latent.Size != size)
        {
            throw new UsageException(string.Create(CultureInfo.InvariantCulture,
                $"the latent is {latent.Size}×{latent.Size}, model set '{settings.Model}' draws {size}×{size}; it was made with '{latent.Model}'; choose that with --model, or invert the picture again"));
        }
        if (latent.ModelHash != settings.ModelHash)
        {
            throw new UsageException(
                $"the latent is of another model; it was made with '{latent.Model}' ({latent.ModelHash}), the base of '{settings.Model}' is {settings.ModelHash}; choose the first with --model, or invert the picture again");
        }
    }
}

using Glide.Images;
using Glide.Pipelines;

namespace Glide.Editing;

/// <summary>Draws from an image instead of from noise: SDEdit, Meng et al. 2021.</summary>
/// <param name="pipeline">Makes the images; stays the caller's.</param>
/// <param name="recipe">How.</param>
internal sealed class Img2Img(GlidePipeline pipeline, Recipe recipe)
{
    /// <summary>How far the image is noised: 0 keeps it, 1 ignores it.</summary>
    public required double Strength { get; init; }

    /// <summary>N of ILVR; <c>null</c> keeps no structure.</summary>
    public int? KeepStructure { get; init; }

    /// <summary>Share of the steps that are free of ILVR at the end; <c>null</c> for none.</summary>
    public double? KeepStructureUntil { get; init; }

    /// <summary>The image's opacity, which the results keep; <c>null</c> where all is opaque.</summary>
    public byte[]? Alpha { get; init; }

    /// <summary>Makes the images; what is no square is padded for the networks and cropped again.</summary>
    public void Run(RgbImage image, IReadOnlyList<ImageRequest> requests, RunOptions options)
    {
        var square = SquareSource.Pad(Transparency.FillHidden(image, Alpha));
        var edit = new EditRecord(InitImage.HashOf(image));
        pipeline.Run([.. requests.Select(request => request with { Start = square })], ToRecipe(), options with
        {
            Finished = drawn =>
            {
                var cropped = SquareSource.Unpad(drawn.Image, image.Width, image.Height);
                options.Finished(drawn with
                {
                    Image = cropped,
                    Alpha = Transparency.Scaled(Alpha, image, cropped.Width, cropped.Height),
                    Record = drawn.Record with { Width = cropped.Width, Height = cropped.Height, Edit = edit },
                });
            },
        });
    }

    // Where nothing is drawn anew the later stages have nothing to add either: they keep the image at its own size.
    private Recipe ToRecipe() => recipe
        .WithBase(stage => stage with
        {
            Strength = Strength,
            KeepStructure = KeepStructure,
            KeepStructureUntil = KeepStructureUntil
        })
        .WithLater(stage => Strength == 0 ? stage with { Strength = 0 } : stage);
}

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

    /// <summary>Makes the images; what has another shape is padded for the networks and cropped again.</summary>
    /// <exception cref="UsageException">The result would not repeat as the recipe asks.</exception>
    public void Run(RgbImage image, IReadOnlyList<ImageRequest> requests, RunOptions options)
    {
        var shape = recipe.Base.Size is { } size ? ImageSize.Parse(size) : new ImageSize(1, 1);
        var square = SquareSource.Pad(Transparency.FillHidden(image, Alpha), shape.Width, shape.Height);
        if (recipe.Base.Tile is { } tile)
            RefuseTile(tile, isPadded: square.Width > image.Width || square.Height > image.Height);
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

    private void RefuseTile(string tile, bool isPadded)
    {
        if (KeepStructure is not null)
        {
            throw new UsageException(
                $"--keep-structure and --tile {tile} contradict each other; the structure that is kept does not "
                    + "repeat; leave one out");
        }
        if (isPadded)
        {
            throw new UsageException(
                $"--tile {tile} needs an image of the result's shape, since padding does not repeat; give a --size of "
                    + "the image's own shape, or crop the image");
        }
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

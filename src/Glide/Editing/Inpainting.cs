using Glide.Images;
using Glide.Pipelines;

namespace Glide.Editing;

/// <summary>
/// Paints parts of an image anew and leaves the rest as it is, byte for byte, at the image's own size.
/// </summary>
/// <param name="pipeline">Makes the images; stays the caller's.</param>
/// <param name="recipe">How; networks that were not trained with masks are given the known part in x.</param>
public sealed class Inpainting(GlidePipeline pipeline, Recipe recipe)
{
    /// <summary>Where to work; <c>null</c> chooses a window around what is painted.</summary>
    internal EditWindow? Window { get; init; }

    /// <summary>The image's opacity, one byte a pixel; <c>null</c> where all is opaque.</summary>
    internal byte[]? Alpha { get; init; }

    /// <summary>Makes the edits one on the result of the other, for every request.</summary>
    /// <param name="image">The image.</param>
    /// <param name="steps">The edits; at least one.</param>
    /// <param name="requests">Seeds and prompts.</param>
    /// <param name="options">Gets the images behind the last edit, with the network's square as
    /// <see cref="GeneratedImage.Raw"/>.</param>
    /// <exception cref="UsageException">The window does not suit a mask.</exception>
    public void Run(RgbImage image, IReadOnlyList<PaintStep> steps, IReadOnlyList<ImageRequest> requests,
        RunOptions options)
    {
        EditWindow[] windows = [.. steps.Select(step => WindowFor(step.Mask))];
        string hash = InitImage.HashOf(image);
        RgbImage[] current = [.. requests.Select(_ => image)];
        byte[]? alpha = Alpha;
        for (int number = 0; number < steps.Count; number++)
        {
            var step = steps[number];
            var window = windows[number];
            bool isLast = number == steps.Count - 1;
            int row = 0;
            ImageRequest[] cropped = [.. requests.Select((request, index) => request with
            {
                Prompt = step.Prompt ?? request.Prompt,
                Known = new PaintedWindow(current[index], step.Mask, window).ToKnown(),
            })];
            byte[]? before = alpha;
            alpha = Transparency.AfterPainting(before, step.Mask);
            pipeline.Run(cropped, recipe, options with
            {
                Finished = painted =>
                {
                    var place = new PaintedWindow(current[row], step.Mask, window) { Alpha = before };
                    current[row] = place.Paste(painted.Image);
                    if (isLast)
                    {
                        options.Finished(place.Finish(painted, current[row],
                            new EditRecord(hash) { Prompts = PromptsOf(steps, requests[row]), Windows = windows }));
                    }
                    row++;
                },
            });
        }
    }

    private static string[]? PromptsOf(IReadOnlyList<PaintStep> steps, ImageRequest request) =>
        steps.Count == 1 ? null : [.. steps.Select(step => step.Prompt ?? request.Prompt)];

    private EditWindow WindowFor(KnownMask mask)
    {
        Window?.Check(mask);
        return Window ?? EditWindow.Around(mask, pipeline.SizeOf(recipe));
    }
}

/// <summary>
/// An image with a part to paint: what a network gets of it, and how the answer comes back into the image.
/// </summary>
/// <param name="Image">The image.</param>
/// <param name="Mask">What of it stays; as large as the image.</param>
/// <param name="Window">The square that the network sees.</param>
internal sealed record PaintedWindow(RgbImage Image, KnownMask Mask, EditWindow Window)
{
    /// <summary>The image's opacity, one byte a pixel; <c>null</c> where all is opaque.</summary>
    public byte[]? Alpha { get; init; }

    public KnownImage ToKnown() => new(Cropping.WithEdges(Image, Window.X, Window.Y, Window.Size, Window.Size),
        Mask.Crop(Window));

    /// <summary>The image with the painted part; all else is as it was, byte for byte.</summary>
    public RgbImage Paste(RgbImage painted) => SeamPaste.Paste(Image, Mask, Window, painted, Alpha);

    /// <summary>The finished image with its record; the network's square is <see cref="GeneratedImage.Raw"/>.</summary>
    /// <param name="painted">What the network made.</param>
    /// <param name="image">The image with it pasted in.</param>
    /// <param name="edit">What it was made from.</param>
    public GeneratedImage Finish(GeneratedImage painted, RgbImage image, EditRecord edit) => painted with
    {
        Image = image,
        Alpha = Transparency.AfterPainting(Alpha, Mask),
        Raw = painted.Image,
        Record = painted.Record with { Width = image.Width, Height = image.Height, Edit = edit },
    };
}

/// <summary>One edit of a chain: what is painted where.</summary>
/// <param name="Mask">What stays, at the image's size.</param>
/// <param name="Prompt">What is painted; <c>null</c> for the request's own prompt.</param>
public sealed record PaintStep(KnownMask Mask, string? Prompt = null);

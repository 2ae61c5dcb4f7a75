using Glide.Images;
using Glide.Shapes;
using static TorchSharp.torch;

namespace Glide.Tests.Pipelines;

/// <summary>The judge beside CLIP that the study of guidance asks.</summary>
[Collection(Support.TorchCollection.Name)]
public sealed class ShapeReaderTests
{
    private const int Images = 60;

    // White on a ground that is nearly white, and small hexagons beside circles, are hard at this size.
    private const int RightAtLeast = 54;

    [Fact]
    public void Drawn_images_are_read_as_they_were_meant()
    {
        var random = new Random(7);
        var prompts = ShapePrompt.Some(Images);
        int right = prompts.Count(prompt => ShapeReader.Shows(ToImage(ShapeImage.Of(random, prompt)), prompt));
        Assert.InRange(right, RightAtLeast, Images);
    }

    [Fact]
    public void Images_of_something_else_are_not_taken_for_it()
    {
        var random = new Random(8);
        var prompts = ShapePrompt.Some(Images);
        Assert.Equal(0, Enumerable.Range(0, Images).Count(index =>
            ShapeReader.Shows(ToImage(ShapeImage.Of(random, prompts[index])), prompts[(index + 2) % Images])));
    }

    [Fact]
    public void Prompts_differ() => Assert.Equal(40, ShapePrompt.Some(40).Select(prompt => prompt.Text).Distinct()
        .Count());

    private static RgbImage ToImage(ShapeImage image)
    {
        using var x = tensor(image.Pixels, [1, 3, ShapeImage.Side, ShapeImage.Side]);
        return ImageTensors.FromTensor(x)[0];
    }
}

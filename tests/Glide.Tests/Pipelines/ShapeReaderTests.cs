using Glide.ClipTraining;
using Glide.Images;
using static TorchSharp.torch;

namespace Glide.Tests.Pipelines;

/// <summary>The judge beside CLIP that the study of guidance asks.</summary>
[Collection(Support.TorchCollection.Name)]
public sealed class ShapeReaderTests
{
    private const int Pictures = 60;

    // White on a ground that is nearly white, and small hexagons beside circles, are hard at this size.
    private const int RightAtLeast = 54;

    [Fact]
    public void Drawn_pictures_are_read_as_they_were_meant()
    {
        var random = new Random(7);
        var prompts = ShapePrompt.Some(Pictures);
        int right = prompts.Count(prompt => ShapeReader.Shows(ToImage(ShapePicture.Of(random, prompt)), prompt));
        Assert.InRange(right, RightAtLeast, Pictures);
    }

    [Fact]
    public void Pictures_of_something_else_are_not_taken_for_it()
    {
        var random = new Random(8);
        var prompts = ShapePrompt.Some(Pictures);
        Assert.Equal(0, Enumerable.Range(0, Pictures).Count(index =>
            ShapeReader.Shows(ToImage(ShapePicture.Of(random, prompts[index])), prompts[(index + 2) % Pictures])));
    }

    [Fact]
    public void Prompts_differ() => Assert.Equal(40, ShapePrompt.Some(40).Select(prompt => prompt.Text).Distinct().Count());

    private static RgbImage ToImage(ShapePicture picture)
    {
        using var x = tensor(picture.Pixels, [1, 3, ShapePicture.Side, ShapePicture.Side]);
        return ImageTensors.FromTensor(x)[0];
    }
}

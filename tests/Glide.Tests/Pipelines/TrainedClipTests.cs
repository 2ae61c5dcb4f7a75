using Glide.Images;
using Glide.ModelSets;
using Glide.Pipelines;
using Glide.Shapes;
using Glide.Tests.Support;
using static TorchSharp.torch;

namespace Glide.Tests.Pipelines;

/// <summary>What the built-in set's CLIP has learned.</summary>
[Collection(TorchCollection.Name)]
public sealed class TrainedClipTests
{
    private const int Images = 100;
    private const int RightAtLeast = 90;

    private static readonly ModelSet s_models = ModelSet.Read(Path.Combine(GoldenFiles.Checkout, "models", "mini"));

    [Fact]
    public void Drawn_images_score_higher_with_what_they_show()
    {
        using var noGradient = no_grad();
        using var judge = ClipModel.Load(s_models,
            TorchRuntime.Start(new DeviceOptions { Device = "cpu", Dtype = "fp32" }));
        var random = new Random(5);
        int right = 0;
        for (int i = 0; i < Images; i++)
        {
            var circle = ToImage(ShapeImage.One(random, "red", "circle"));
            var square = ToImage(ShapeImage.One(random, "blue", "square"));
            double[][] scores = judge.Scores([circle, square], ["a red circle"]);
            right += scores[0][0] > scores[1][0] ? 1 : 0;
        }
        Assert.InRange(right, RightAtLeast, Images);
    }

    [Fact]
    public void Any_shape_scores_higher_with_its_own_caption_than_with_anothers()
    {
        using var noGradient = no_grad();
        using var judge = ClipModel.Load(s_models,
            TorchRuntime.Start(new DeviceOptions { Device = "cpu", Dtype = "fp32" }));
        var random = new Random(6);
        int right = 0;
        for (int i = 0; i < Images; i++)
        {
            string color = Any(ShapeImage.Colors), shape = Any(ShapeImage.Shapes),
                otherShape = Any(ShapeImage.Shapes.Where(other => other != shape));
            var image = ShapeImage.One(random, color, shape);
            var other = ShapeImage.One(random, Any(ShapeImage.Colors.Where(other => other != color)), otherShape);
            double[] scores = judge.Scores([ToImage(image)], [image.Caption, other.Caption])[0];
            right += scores[0] > scores[1] ? 1 : 0;
        }
        Assert.InRange(right, RightAtLeast, Images);

        string Any(IEnumerable<string> names)
        {
            string[] choices = [.. names];
            return choices[random.Next(choices.Length)];
        }
    }

    private static RgbImage ToImage(ShapeImage image)
    {
        using var x = tensor(image.Pixels, [1, 3, ShapeImage.Side, ShapeImage.Side]);
        return ImageTensors.FromTensor(x)[0];
    }
}

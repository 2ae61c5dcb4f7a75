using Glide.ClipTraining;
using Glide.Images;
using Glide.ModelSets;
using Glide.Pipelines;
using Glide.Runtime;
using Glide.Tests.Support;
using static TorchSharp.torch;

namespace Glide.Tests.Pipelines;

/// <summary>What the built-in set's CLIP has learned.</summary>
[Collection(TorchCollection.Name)]
public sealed class TrainedClipTests
{
    private const int Pictures = 100;
    private const int RightAtLeast = 90;

    private static readonly ModelSet s_models = ModelSet.Read(Path.Combine(GoldenFiles.Checkout, "models", "mini"));

    [Fact]
    public void Drawn_pictures_score_higher_with_what_they_show()
    {
        using var noGradient = no_grad();
        using var judge = ClipJudge.Load(s_models, Engine.Start(new EngineOptions { Device = "cpu", Dtype = "fp32" }));
        var random = new Random(5);
        int right = 0;
        for (int i = 0; i < Pictures; i++)
        {
            var circle = ToImage(ShapePicture.One(random, "red", "circle"));
            var square = ToImage(ShapePicture.One(random, "blue", "square"));
            double[][] scores = judge.Scores([circle, square], ["a red circle"]);
            right += scores[0][0] > scores[1][0] ? 1 : 0;
        }
        Assert.InRange(right, RightAtLeast, Pictures);
    }

    [Fact]
    public void Any_shape_scores_higher_with_its_own_caption_than_with_anothers()
    {
        using var noGradient = no_grad();
        using var judge = ClipJudge.Load(s_models, Engine.Start(new EngineOptions { Device = "cpu", Dtype = "fp32" }));
        var random = new Random(6);
        int right = 0;
        for (int i = 0; i < Pictures; i++)
        {
            string colour = Any(ShapePicture.Colours), shape = Any(ShapePicture.Shapes), otherShape = Any(ShapePicture.Shapes.Where(other => other != shape));
            var picture = ShapePicture.One(random, colour, shape);
            var other = ShapePicture.One(random, Any(ShapePicture.Colours.Where(other => other != colour)), otherShape);
            double[] scores = judge.Scores([ToImage(picture)], [picture.Caption, other.Caption])[0];
            right += scores[0] > scores[1] ? 1 : 0;
        }
        Assert.InRange(right, RightAtLeast, Pictures);

        string Any(IEnumerable<string> names)
        {
            string[] choices = [.. names];
            return choices[random.Next(choices.Length)];
        }
    }

    private static RgbImage ToImage(ShapePicture picture)
    {
        using var x = tensor(picture.Pixels, [1, 3, ShapePicture.Side, ShapePicture.Side]);
        return ImageTensors.FromTensor(x)[0];
    }
}

using Glide.ModelStore;
using Glide.Pipelines;
using Glide.Tests.Support;

namespace Glide.Tests.Pipelines;

[Collection(TorchCollection.Name)]
public sealed class BatchSizeTests
{
    // libtorch's convolutions choose their order of summation by the batch; a byte at the edge of two levels may flip.
    private const int MostOff = 1;

    [Fact]
    public void A_picture_is_the_same_whatever_is_made_beside_it()
    {
        var together = Make([7, 8, 9], batchSize: 3);
        var inPairs = Make([7, 8, 9], batchSize: 2);
        for (int k = 0; k < together.Count; k++)
        {
            var alone = Make([7 + k], batchSize: 1)[0];
            AssertSame(alone, together[k]);
            AssertSame(alone, inPairs[k]);
        }
    }

    private static List<Picture> Make(IReadOnlyList<long> seeds, int batchSize)
    {
        var models = ModelSet.Read(Path.Combine(GoldenFiles.Checkout, "models", "mini"));
        var published = Recipe.For(models, "sample");
        var recipe = published with
        {
            Base = published.Base with { Steps = "10" },
            Upsample = published.Upsample! with { Steps = "4" },
        };
        using var pipeline = GlidePipeline.Open(models, new EngineOptions { Device = "cpu", Dtype = "fp32" });
        var pictures = new List<Picture>();
        pipeline.Run([.. seeds.Select(seed => new PictureRequest("a red circle", seed))], recipe, new RunOptions { BatchSize = batchSize, Finished = pictures.Add });
        return pictures;
    }

    private static void AssertSame(Picture expected, Picture made)
    {
        Assert.Equal(expected.Record.Seed, made.Record.Seed);
        Assert.True(expected.Image.Pixels.Zip(made.Image.Pixels, (a, b) => Math.Abs(a - b)).Max() <= MostOff);
        Assert.True(expected.Base.Pixels.Zip(made.Base.Pixels, (a, b) => Math.Abs(a - b)).Max() <= MostOff);
    }
}

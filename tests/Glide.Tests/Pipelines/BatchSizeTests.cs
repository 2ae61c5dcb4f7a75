using Glide.Images;
using Glide.Models;
using Glide.Models.Ops;
using Glide.ModelSets;
using Glide.Pipelines;
using Glide.Tests.Models;
using Glide.Tests.Support;
using static TorchSharp.torch;

namespace Glide.Tests.Pipelines;

[Collection(TorchCollection.Name)]
public sealed class BatchSizeTests
{
    // The built-in networks stay with libtorch's kernels in float32.
    [Fact]
    public void An_image_is_nearly_the_same_whatever_is_made_beside_it() =>
        AssertSameInBatches("fp32", Bounds.BatchLevels);

    [FastFact]
    public void An_image_is_the_same_to_the_byte_with_our_kernels() => AssertSameInBatches("bf16", mostOff: 0);

    private static void AssertSameInBatches(string dtype, int mostOff)
    {
        var together = Make([7, 8, 9], batchSize: 3, dtype);
        var inPairs = Make([7, 8, 9], batchSize: 2, dtype);
        for (int k = 0; k < together.Count; k++)
        {
            var alone = Make([7 + k], batchSize: 1, dtype)[0];
            foreach (var other in new[] { together[k], inPairs[k] })
            {
                Assert.Equal(alone.Record.Seed, other.Record.Seed);
                Assert.InRange(LargestDifference(alone.Image, other.Image), 0, mostOff);
                Assert.InRange(LargestDifference(alone.Base, other.Base), 0, mostOff);
            }
        }
    }

    private static int LargestDifference(RgbImage a, RgbImage b) =>
        a.Pixels.Zip(b.Pixels, (x, y) => Math.Abs(x - y)).Max();

    private static List<GeneratedImage> Make(IReadOnlyList<long> seeds, int batchSize, string dtype)
    {
        var models = ModelSet.Read(Path.Combine(GoldenFiles.Checkout, "models", "mini"));
        var published = Recipe.For(models, "sample");
        var recipe = published.WithBase(stage => stage with { Steps = "10" })
            .WithLater(stage => stage with { Steps = "4" });
        using var pipeline = GlidePipeline.Open(models, new DeviceOptions { Device = "cpu", Dtype = dtype });
        var images = new List<GeneratedImage>();
        var options = new RunOptions { BatchSize = batchSize, Finished = images.Add };
        pipeline.Run([.. seeds.Select(seed => new ImageRequest("a red circle", seed))], recipe, options);
        return images;
    }

    /// <summary>A fact where our AVX-512 kernels compute the built-in networks in bf16; skipped elsewhere.</summary>
    private sealed class FastFactAttribute : FactAttribute
    {
        public FastFactAttribute()
        {
            if (UNetOps.For(Networks.MiniBase, Precision.BFloat16, CPU) == UNetOps.Plain)
                Skip = "libglide_fast is missing or unwanted, or this processor has no AVX-512 BF16.";
        }
    }
}

using Glide.Diffusion;
using Glide.Images;
using Glide.ModelSets;
using Glide.Pipelines;
using Glide.Tests.Support;
using Glide.Tokenizers;
using static TorchSharp.torch;

namespace Glide.Tests.Pipelines;

/// <summary>
/// Images that repeat: where the noise is shifted, the image is shifted likewise, through base and upsampler.
/// </summary>
[Collection(TorchCollection.Name)]
public sealed class TilingTests
{
    // Float32 sums in another order may round a value between two levels the other way.
    private const int MostLevels = 1;

    private const int Seed = 3;

    // Pixels of the base. The upsampler halves an image four times: 16 of its pixels are 4 of these.
    private const int Shift = 8;
    private const int Factor = 4;

    private static readonly ModelSet s_models = ModelSet.Read(Path.Combine(GoldenFiles.Checkout, "models", "mini"));

    [Theory]
    [InlineData("x", 0, Shift, true)]
    [InlineData("y", 2 * Shift, 0, true)]
    [InlineData("xy", Shift, -Shift, true)]
    [InlineData("y", 0, Shift, false)]
    [InlineData(null, Shift, 0, false)]
    public void Shifted_noise_gives_the_image_shifted(string? tile, int down, int right, bool isSame)
    {
        using var noGradient = no_grad();
        using var scope = NewDisposeScope();
        using var pool = new ModelCache(s_models,
            TorchRuntime.Start(new DeviceOptions { Device = "cpu", Dtype = "fp32" }));
        var recipe = Recipe.For(s_models, "sample");
        var stages = CascadeSizes.Of(s_models, recipe).Apply(recipe, new ImageSize(128, 96), "--size").Stages
            .Select(stage => stage with { Sampler = "ddim", Steps = "4", Tile = tile }).ToArray();
        var small = Run(pool, stages[0], lowRes: null, down: 0, right: 0);
        Assert.Equal([32, 24], [small.Width, small.Height]);
        AssertSame(Shifted(small, down, right), Run(pool, stages[0], lowRes: null, down, right), isSame);

        var large = Run(pool, stages[1], small, down: 0, right: 0);
        Assert.Equal([128, 96], [large.Width, large.Height]);
        // Of the same bytes: a level at which the base's images differ may become several.
        AssertSame(Shifted(large, Factor * down, Factor * right),
            Run(pool, stages[1], Shifted(small, down, right), Factor * down, Factor * right), isSame);
    }

    private static void AssertSame(RgbImage expected, RgbImage image, bool isSame)
    {
        int most = expected.Pixels.Zip(image.Pixels, (a, b) => Math.Abs(a - b)).Max();
        Assert.True(isSame ? most <= MostLevels : most > 16 * MostLevels, $"{most} levels");
    }

    private static RgbImage Run(ModelCache pool, StageRecipe recipe, RgbImage? lowRes, int down, int right)
    {
        using var scope = NewDisposeScope();
        var stage = new Stage(pool.Get(recipe.Network), recipe, new PromptEncoder(GlideTokenizer.Load(), warn: null));
        using var noise = new ShiftedNoise(pool.SizeOf(recipe), down, right);
        var rows = new StageInputs
        {
            Prompts = ["a red ring"],
            Negatives = [""],
            Seeds = [Seed],
            LowRes = lowRes is null ? null : ImageTensors.ToTensor(lowRes),
        };
        return ImageTensors.FromTensor(stage.Run(rows, noise, new StepCallbacks()))[0];
    }

    private static RgbImage Shifted(RgbImage image, int down, int right)
    {
        var shifted = new RgbImage(image.Width, image.Height);
        for (int y = 0; y < image.Height; y++)
        {
            for (int x = 0; x < image.Width; x++)
            {
                image.Row(y).Slice(3 * x, 3)
                    .CopyTo(shifted.Row(Modulo(y + down, image.Height))[(3 * Modulo(x + right, image.Width))..]);
            }
        }
        return shifted;
    }

    private static int Modulo(int value, int size) => ((value % size) + size) % size;

    /// <summary>The noise of a seed, shifted around the edges.</summary>
    private sealed class ShiftedNoise(ImageSize size, int down, int right)
        : NoiseSource([Seed], size.Shape, drawsPerImage: 1, CPU)
    {
        public override Tensor Draw()
        {
            using var scope = NewDisposeScope();
            return base.Draw().roll([down, right], [2, 3]).MoveToOuterDisposeScope();
        }
    }
}

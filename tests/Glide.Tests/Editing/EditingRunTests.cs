using Glide.Editing;
using Glide.Images;
using Glide.ModelSets;
using Glide.Pipelines;
using Glide.Tests.Support;

namespace Glide.Tests.Editing;

/// <summary>What must hold of every edit, on the mini models with few steps.</summary>
[Collection(TorchCollection.Name)]
public sealed class EditingRunTests : IDisposable
{
    private readonly ModelSet _models = ModelSet.Read(Path.Combine(GoldenFiles.Checkout, "models", "mini"));
    private readonly GlidePipeline _pipeline;

    public EditingRunTests() => _pipeline = GlidePipeline.Open(_models,
        new DeviceOptions { Device = "cpu", Dtype = "fp32" });

    public void Dispose() => _pipeline.Dispose();

    // The command's own test has twenty; this one sees both modes and the extremes of size without files.
    [Fact]
    public void Random_images_keep_their_size_and_every_byte_outside_random_masks()
    {
        var random = new Random(20260);
        for (int number = 0; number < 6; number++)
        {
            var (width, height) = number switch
            {
                0 => (40, 30),
                1 => (2000, 1500),
                _ =>
                (random.Next(40, 700), random.Next(30, 500))
            };
            var image = RandomImage(random, width, height);
            var mask = RandomMask(random, width, height);
            var recipe = Quick(number % 4 == 3 ? "sample" : "inpaint");
            var made = Inpaint(image, mask, recipe, number);
            AssertOnlyPainted(image, mask, made.Image, number);
            Assert.Equal((width, height), (made.Record.Width, made.Record.Height));
            if (number < 2)
                Assert.Equal(made.Image.Pixels, Inpaint(image, mask, recipe, number).Image.Pixels);
        }
    }

    [Fact]
    public void The_known_part_of_an_implicit_run_is_the_original()
    {
        var image = RandomImage(new Random(3), 128, 128);
        var mask = MaskRules.FromRectangles([new(64, 0, 64, 64)], 128, 128);
        var made = Inpaint(image, mask, Quick("sample"), seed: 5);
        for (int y = 0; y < 128; y++)
        {
            for (int x = 0; x < 128; x++)
            {
                Assert.True(!mask[x, y] || made.Raw!.Row(y).Slice(3 * x, 3).SequenceEqual(image.Row(y).Slice(3 * x, 3)),
                    $"({x}, {y})");
            }
        }
    }

    [Fact]
    public void Edits_follow_on_the_results_of_the_ones_before()
    {
        var image = RandomImage(new Random(4), 128, 128);
        var first = MaskRules.FromRectangles([new(0, 0, 40, 40)], 128, 128);
        var second = MaskRules.FromRectangles([new(80, 80, 40, 40)], 128, 128);
        var recipe = Quick("inpaint");
        var chain = Inpaint(image, [new(first), new(second, "a blue square")], recipe, seed: 6, prompt: "a red circle");
        var alone = Inpaint(image, first, recipe, seed: 6, "a red circle");
        var after = Inpaint(alone.Image, second, recipe, seed: 6, "a blue square");
        Assert.Equal(after.Image.Pixels, chain.Image.Pixels);
        Assert.Equal(["a red circle", "a blue square"], chain.Record.Edit!.Prompts);
    }

    [Fact]
    public void A_batch_of_edits_gives_what_each_gives_alone()
    {
        var image = RandomImage(new Random(8), 128, 128);
        var mask = MaskRules.FromRectangles([new(30, 30, 60, 60)], 128, 128);
        foreach (string task in new[] { "inpaint", "sample" })
        {
            var recipe = Quick(task);
            var both = new List<GeneratedImage>();
            ImageRequest[] requests = [new("a red circle", 1), new("a blue star", 2)];
            new Inpainting(_pipeline, recipe).Run(image, [new(mask)], requests,
                new RunOptions { BatchSize = 2, Finished = both.Add });
            // Two steps from pure noise enlarge what another order of sums changes; another image is off by tens.
            double off = Distance(Inpaint(image, mask, recipe, seed: 2, "a blue star").Image, both[1].Image);
            Assert.True(off < 0.1, $"{task}: off by {off} on average");
        }
    }

    [Theory]
    [InlineData("20,0,128", "leaves the image")]
    [InlineData("0,0,60", "does not cover everything")]
    public void A_window_that_does_not_suit_is_refused(string window, string message)
    {
        var mask = MaskRules.FromRectangles([new(30, 30, 60, 60)], 128, 128);
        var inpainting = new Inpainting(_pipeline, Quick("inpaint")) { Window = EditWindow.TryParse(window) };
        var error = Assert.Throws<UsageException>(() =>
            inpainting.Run(new RgbImage(128, 128), [new(mask)], [new("", 1)], new RunOptions { Finished = _ => { } }));
        Assert.Contains(message, error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Strength_0_returns_the_image()
    {
        var image = RandomImage(new Random(7), 100, 60);
        var made = Edit(image, strength: 0, Quick("sample"));
        Assert.Equal((128, 77), (made.Image.Width, made.Image.Height));
        var expected = SquareSource.Unpad(Resizing.Bicubic(SquareSource.Pad(image), 128, 128), 100, 60);
        Assert.True(expected.Pixels.Zip(made.Image.Pixels).All(pair => Math.Abs(pair.First - pair.Second) <= 1));
    }

    [Fact]
    public void Strength_1_is_sampling_with_the_same_seed()
    {
        var recipe = Quick("sample");
        var made = Edit(RandomImage(new Random(7), 64, 64), strength: 1, recipe);
        GeneratedImage? sampled = null;
        _pipeline.Run([new("a red circle", 9)], recipe, new RunOptions { Finished = image => sampled = image });
        Assert.Equal(sampled!.Image.Pixels, made.Image.Pixels);
    }

    [Fact]
    public void Kept_structure_brings_the_result_nearer_to_the_image()
    {
        var image = RandomImage(new Random(11), 32, 32);
        var recipe = Quick("sample").BaseOnly();
        recipe = recipe.WithBase(stage => stage with { Steps = "8" });
        double free = Distance(image, Edit(image, strength: 0.9, recipe).Image);
        double kept = Distance(image, Edit(image, strength: 0.9, recipe, keepStructure: 4).Image);
        Assert.True(kept < free, $"{kept} is not nearer than {free}");
    }

    [Fact]
    public void An_image_of_the_networks_size_is_enlarged_directly_and_a_smaller_one_is_cut_out_of_it()
    {
        var image = RandomImage(new Random(12), 32, 32);
        Assert.Equal((128, 128), SizeOf(Upscale(image).Image));
        Assert.Equal((80, 120), SizeOf(Upscale(image.Crop(0, 0, 20, 30)).Image));
    }

    [Fact]
    public void A_larger_image_is_enlarged_in_windows_the_same_way_every_time()
    {
        var image = RandomImage(new Random(13), 52, 40);
        var large = Upscale(image).Image;
        Assert.Equal((208, 160), SizeOf(large));
        Assert.Equal(large.Pixels, Upscale(image).Image.Pixels);
    }

    [Fact]
    public void An_image_that_would_become_too_large_is_refused()
    {
        var error = Assert.Throws<UsageException>(() => Upscale(new RgbImage(3000, 2100)));
        Assert.Contains("3000×2100 pixels would become 12000×8400", error.Message, StringComparison.Ordinal);
    }

    private static (int Width, int Height) SizeOf(RgbImage image) => (image.Width, image.Height);

    private static double Distance(RgbImage a, RgbImage b) => a.Pixels.Zip(b.Pixels)
        .Average(pair => Math.Abs(pair.First - pair.Second));

    private Recipe Quick(string task)
    {
        var recipe = Recipe.For(_models, task);
        return recipe.WithBase(stage => stage with { Steps = "2", Sampler = "ddpm" })
            .WithLater(stage => stage with { Steps = "2" });
    }

    private GeneratedImage Inpaint(RgbImage image, KnownMask mask, Recipe recipe, long seed,
        string prompt = "a green star") =>
        Inpaint(image, [new(mask)], recipe, seed, prompt);

    private GeneratedImage Inpaint(RgbImage image, PaintStep[] steps, Recipe recipe, long seed, string prompt)
    {
        GeneratedImage? made = null;
        new Inpainting(_pipeline, recipe).Run(image, steps, [new(prompt, seed)],
            new RunOptions { Finished = image => made = image });
        return made!;
    }

    private GeneratedImage Edit(RgbImage image, double strength, Recipe recipe, int? keepStructure = null)
    {
        GeneratedImage? made = null;
        new Img2Img(_pipeline, recipe) { Strength = strength, KeepStructure = keepStructure }
            .Run(image, [new("a red circle", 9)], new RunOptions { Finished = image => made = image });
        return made!;
    }

    private GeneratedImage Upscale(RgbImage image)
    {
        GeneratedImage? made = null;
        new Upscaling(_pipeline, Quick("sample"))
            .Run(image, [new("", 1)], new RunOptions { Finished = image => made = image });
        return made!;
    }

    // Large soft blobs: what photographs and drawings have in common.
    private static RgbImage RandomImage(Random random, int width, int height)
    {
        var small = new RgbImage(5, 5);
        random.NextBytes(small.Pixels);
        return Resizing.Bicubic(small, width, height);
    }

    private static KnownMask RandomMask(Random random, int width, int height)
    {
        var painted = Enumerable.Range(0, random.Next(1, 4)).Select(_ =>
        {
            int w = random.Next(8, Math.Max(9, width / 2)), h = random.Next(8, Math.Max(9, height / 2));
            return new PixelRectangle(random.Next(0, width - w + 1), random.Next(0, height - h + 1), w, h);
        });
        return MaskRules.FromRectangles([.. painted], width, height);
    }

    private static void AssertOnlyPainted(RgbImage image, KnownMask mask, RgbImage made, int number)
    {
        Assert.Equal(SizeOf(image), SizeOf(made));
        int changed = 0;
        for (int y = 0; y < image.Height; y++)
        {
            for (int x = 0; x < image.Width; x++)
            {
                bool same = image.Row(y).Slice(3 * x, 3).SequenceEqual(made.Row(y).Slice(3 * x, 3));
                changed += same ? 0 : 1;
                if (mask[x, y] && !same)
                    Assert.Fail($"image {number}: ({x}, {y}) is known and changed");
            }
        }
        Assert.True(changed > 0, $"image {number}: nothing was painted");
    }
}

using Glide.Editing;
using Glide.Images;
using Glide.ModelSets;
using Glide.Pipelines;
using Glide.Tests.Support;

namespace Glide.Tests.Editing;

/// <summary>Opacity through inpainting, upsampling and image to image; soft masks.</summary>
[Collection(TorchCollection.Name)]
public sealed class TransparencyTests
{
    private const int Side = 32;

    private static readonly EditWindow s_whole = new(0, 0, Side);

    // old + weight · (new − old), old 40, new 240.
    [Fact]
    public void A_soft_mask_blends_by_its_gray()
    {
        byte[] paint = [.. Enumerable.Range(0, Side * Side).Select(i => (byte)(8 * (i % Side)))];
        var result = SeamPaste.Paste(Gray(40), new KnownMask(Side, Side, paint), s_whole, Gray(240));
        for (int x = 2; x < Side; x++)
            Assert.Equal((byte)Math.Round(40 + (8 * x / 255.0 * 200)), result.Row(9)[3 * x]);
        Assert.Equal(40, result.Row(9)[0]);
    }

    // The hidden color 200 has no part in the result; a half visible one has its opacity's part.
    [Fact]
    public void Colors_under_transparency_are_not_blended()
    {
        byte[] paint = Filled(255);
        byte[] alpha = Filled(0);
        // A known column makes a seam beside it: the blend is half there.
        for (int y = 0; y < Side; y++)
            paint[y * Side] = 0;
        var mask = new KnownMask(Side, Side, paint);
        var result = SeamPaste.Paste(Gray(200), mask, s_whole, Gray(100), alpha);
        Assert.Equal(100, result.Row(5)[3]);
        Assert.Equal(200, result.Row(5)[0]);
        alpha.AsSpan().Fill(51);
        // 1 − (1 − 1/2) · 51/255 = 0.9 of the new color.
        Assert.Equal(110, SeamPaste.Paste(Gray(200), mask, s_whole, Gray(100), alpha).Row(5)[3]);
    }

    [Theory]
    [InlineData(0, 0, 0)]
    [InlineData(77, 0, 77)]
    [InlineData(0, 255, 255)]
    [InlineData(77, 255, 255)]
    [InlineData(100, 51, 131)] // 100 + 155 / 5
    public void A_painted_pixel_becomes_opaque_and_a_kept_one_stays(byte before, byte paint, byte after) =>
        Assert.Equal(after, Transparency.After(before, paint));

    [Fact]
    public void Hidden_colors_are_those_of_the_nearest_part_that_is_visible()
    {
        var image = new RgbImage(8, 1);
        byte[] alpha = [0, 0, 255, 255, 0, 0, 0, 0];
        new byte[] { 10, 20, 30, 30, 40, 50 }.CopyTo(image.Pixels.AsSpan(6));
        var filled = Transparency.FillHidden(image, alpha);
        Assert.Equal([10, 20, 30, 30, 40, 50], filled.Pixels[6..12]);
        for (int x = 0; x < 8; x++)
        {
            if (alpha[x] == 0)
                Assert.Equal([20, 30, 40], filled.Pixels[(3 * x)..((3 * x) + 3)]);
        }
        Assert.Same(image, Transparency.FillHidden(image, new byte[8]));
        Assert.Same(image, Transparency.FillHidden(image, null));
    }

    // Half visible colors count by their opacity: (255 · 200 + 85 · 100) / 340 = 175.
    [Fact]
    public void Hidden_colors_are_weighted_by_opacity()
    {
        var image = new RgbImage(2, 2, [200, 200, 200, 100, 100, 100, 0, 0, 0, 0, 0, 0]);
        Assert.Equal([200, 200, 200, 100, 100, 100, 175, 175, 175, 175, 175, 175],
            Transparency.FillHidden(image, [255, 85, 0, 0]).Pixels);
    }

    [Fact]
    public void Inpainting_keeps_opacity_and_hidden_colors_outside_the_mask()
    {
        using var pipeline = Open(out var models);
        var image = Noise(40);
        byte[] alpha = new byte[40 * 40];
        new Random(6).NextBytes(alpha);
        byte[] paint = new byte[40 * 40];
        for (int y = 10; y < 30; y++)
            paint.AsSpan((40 * y) + 10, 20).Fill(255);
        paint[0] = 128;
        GeneratedImage? made = null;
        var mask = new KnownMask(40, 40, paint);
        new Inpainting(pipeline, Quick(models, "inpaint")) { Alpha = alpha }.Run(image,
            [new PaintStep(MaskRules.FromRectangles([new(0, 30, 5, 5)], 40, 40)), new PaintStep(mask)],
            [new("a red circle", 3)], new RunOptions { Task = "inpaint", Finished = result => made = result });
        for (int i = 0; i < paint.Length; i++)
        {
            bool wasFirst = i % 40 < 5 && i / 40 is >= 30 and < 35;
            if (wasFirst || paint[i] == 255)
                Assert.Equal(255, made!.Alpha![i]);
            else if (paint[i] == 0)
                Assert.Equal((alpha[i], image.Pixels[3 * i]), (made!.Alpha![i], made.Image.Pixels[3 * i]));
        }
        Assert.Equal(Math.Round(alpha[0] + (128 / 255.0 * (255 - alpha[0]))), made!.Alpha![0]);
    }

    // Black under the transparency, as most programs leave it, does not darken what is visible.
    [Fact]
    public void Enlarged_images_have_their_opacity_and_no_dark_fringe()
    {
        using var pipeline = Open(out var models);
        var (black, filled) = (new RgbImage(Side, Side), new RgbImage(Side, Side));
        byte[] alpha = Filled(0);
        for (int i = 0; i < alpha.Length; i++)
        {
            new byte[] { 200, 60, 90 }.CopyTo(filled.Pixels.AsSpan(3 * i));
            if (Math.Pow((i % Side) - 16, 2) + Math.Pow((i / Side) - 16, 2) > 80)
                continue;
            alpha[i] = 255;
            filled.Pixels.AsSpan(3 * i, 3).CopyTo(black.Pixels.AsSpan(3 * i));
        }
        var made = Enlarge(black, alpha);
        Assert.Equal(Enlarge(filled, null).Image.Pixels, made.Image.Pixels);
        Assert.Equal(Resizing.BicubicGray(alpha, Side, Side, 4 * Side, 4 * Side), made.Alpha);
        Assert.Null(Enlarge(filled, null).Alpha);

        GeneratedImage? edited = null;
        new Img2Img(pipeline, Quick(models, "sample").BaseOnly()) { Strength = 0.5, Alpha = alpha }.Run(black,
            [new("a red circle", 3)], new RunOptions { Task = "edit", Finished = result => edited = result });
        Assert.Equal(alpha, edited!.Alpha);

        GeneratedImage Enlarge(RgbImage image, byte[]? opacity)
        {
            GeneratedImage? result = null;
            new Upscaling(pipeline, Quick(models, "sample")) { Alpha = opacity }.Run(image, [new("", 4)],
                new RunOptions { Task = "upscale", Finished = one => result = one });
            return result!;
        }
    }

    private static GlidePipeline Open(out ModelSet models)
    {
        models = ModelSet.Read(Path.Combine(GoldenFiles.Checkout, "models", "mini"));
        return GlidePipeline.Open(models, new DeviceOptions { Device = "cpu", Dtype = "fp32" });
    }

    private static Recipe Quick(ModelSet models, string task) => Recipe.For(models, task)
        .WithBase(stage => stage with { Steps = "1" }).WithLater(stage => stage with { Steps = "1" });

    private static byte[] Filled(byte value) => [.. Enumerable.Repeat(value, Side * Side)];

    private static RgbImage Gray(byte level) => new(Side, Side, [.. Enumerable.Repeat(level, 3 * Side * Side)]);

    private static RgbImage Noise(int side)
    {
        var image = new RgbImage(side, side);
        new Random(5).NextBytes(image.Pixels);
        return image;
    }
}

using Glide.Images;

namespace Glide.Tests.Editing;

public sealed class MaskRulesTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("glide-masks-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public void White_is_painted_and_black_stays()
    {
        var mask = MaskRules.FromFile(Save(2, 1, [255, 255, 255, 0, 0, 0]), 2, 1);
        Assert.False(mask[0, 0]);
        Assert.True(mask[1, 0]);
        Assert.True(mask.Inverted()[0, 0]);
    }

    // The grays that a JPEG leaves beside an edge are black or white here.
    [Fact]
    public void Gray_is_black_below_the_middle_and_white_from_it_on()
    {
        var mask = MaskRules.FromFile(Save(6, 1,
            [.. new byte[] { 9, 127, 128, 129, 240, 255 }.SelectMany(gray => new[] { gray, gray, gray })]), 6, 1);
        Assert.Equal([true, true, false, false, false, false], Enumerable.Range(0, 6).Select(x => mask[x, 0]));
    }

    [Fact]
    public void A_mask_at_another_scale_is_scaled()
    {
        var mask = MaskRules.FromFile(Save(2, 1, [255, 255, 255, 0, 0, 0]), 8, 4);
        Assert.False(mask[3, 3]);
        Assert.True(mask[4, 0]);
    }

    [Fact]
    public void A_mask_of_another_shape_is_refused_with_both_sizes()
    {
        string path = Save(2, 2, new byte[12]);
        var error = Assert.Throws<UsageException>(() => MaskRules.FromFile(path, 80, 40));
        Assert.Contains("2×2, the image 80×40", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Transparency_is_painted_and_an_image_without_any_is_refused()
    {
        var image = new RgbImage(2, 1);
        var mask = MaskRules.FromTransparency(new InitImage(image, [0, 255]));
        Assert.False(mask[0, 0]);
        Assert.True(mask[1, 0]);
        var error = Assert.Throws<UsageException>(() => MaskRules.FromTransparency(new InitImage(image, null)));
        Assert.Contains("give --mask, --rect or --extend", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Rectangles_are_painted_and_may_not_leave_the_image()
    {
        var mask = MaskRules.FromRectangles([new(0, 0, 1, 1), new(2, 1, 2, 1)], 4, 2);
        bool[] known = [.. Enumerable.Range(0, 8).Select(index => mask[index % 4, index / 4])];
        Assert.Equal([false, true, true, true, true, true, false, false], known);
        var error = Assert.Throws<UsageException>(() => MaskRules.FromRectangles([new(3, 0, 2, 1)], 4, 2));
        Assert.Contains("3,0,2,1 leaves the image of 4×2", error.Message, StringComparison.Ordinal);
        Assert.Throws<UsageException>(() => MaskRules.FromRectangles([new(int.MaxValue, 0, int.MaxValue, 1)], 4, 2));
    }

    [Fact]
    public void A_mask_that_keeps_everything_is_refused_and_one_that_keeps_nothing_warned_of()
    {
        var warnings = new List<string>();
        var error = Assert.Throws<UsageException>(() =>
            MaskRules.Check(new KnownMask(2, 1, [true, true]), warnings.Add));
        Assert.Contains("the mask keeps everything", error.Message, StringComparison.Ordinal);
        MaskRules.Check(new KnownMask(2, 1, [true, false]), warnings.Add);
        Assert.Empty(warnings);
        MaskRules.Check(new KnownMask(2, 1, [false, false]), warnings.Add);
        Assert.Contains("replaces everything", Assert.Single(warnings), StringComparison.Ordinal);
    }

    [Fact]
    public void A_scaled_pixel_is_known_only_if_all_under_it_is()
    {
        var mask = new KnownMask(4, 4, [.. Enumerable.Range(0, 16).Select(index => index != 5)]);
        var small = mask.Scaled(2, 2);
        Assert.False(small[0, 0]);
        Assert.True(small[1, 0] && small[0, 1] && small[1, 1]);
        Assert.False(mask.Scaled(3, 3)[0, 0]);
        Assert.False(small.Scaled(5, 5)[2, 2]);
    }

    private string Save(int width, int height, byte[] pixels)
    {
        string path = Path.Combine(_folder, "mask.png");
        ImageFile.SavePng(path, new RgbImage(width, height, pixels));
        return path;
    }
}

using Glide.Editing;
using Glide.Images;
using Glide.Pipelines;

namespace Glide.Tests.Editing;

public sealed class EditWindowTests
{
    [Theory]
    [InlineData(128, 128, 10, 10, 20, 20, "0,0,128")]        // an image of the model's size: all of it
    [InlineData(1000, 800, 100, 100, 20, 20, "46,46,128")]   // far inside: around it, at the model's size
    [InlineData(1000, 800, 980, 780, 20, 20, "872,672,128")] // at a corner: moved into the image
    [InlineData(1000, 800, 100, 100, 200, 100, "50,0,300")]  // larger than the model: with context
    [InlineData(1000, 100, 0, 0, 1000, 50, "0,-450,1000")]   // wider than the image is high: beyond it
    [InlineData(40, 30, 5, 5, 10, 10, "0,0,30")]             // a small image: as much as fits
    public void A_window_lies_around_what_is_painted(int width, int height, int x, int y, int w, int h, string expected)
    {
        var mask = MaskRules.FromRectangles([new(x, y, w, h)], width, height);
        var window = EditWindow.Around(mask, 128);
        Assert.Equal(expected, window.ToString());
        Assert.True(window.Covers(mask));
    }

    [Theory]
    [InlineData("1,2,3", "1,2,3")]
    [InlineData("1,2", null)]
    [InlineData("1,2,0", null)]
    [InlineData("1,2,-3", null)]
    [InlineData("1,2,3,4", null)]
    [InlineData("a,b,c", null)]
    [InlineData("", null)]
    [InlineData("99999999999,0,1", null)]
    public void Windows_are_read(string text, string? expected) =>
        Assert.Equal(expected, EditWindow.TryParse(text)?.ToString());

    [Theory]
    [InlineData("left=64,right=32", 64, 0, 32, 0)]
    [InlineData("top=1", 0, 1, 0, 0)]
    [InlineData("bottom=5, left=2", 2, 0, 0, 5)]
    public void Borders_are_read(string text, int left, int top, int right, int bottom) =>
        Assert.Equal(new Borders(left, top, right, bottom), Borders.TryParse(text));

    [Theory]
    [InlineData("")]
    [InlineData("left")]
    [InlineData("left=0")]
    [InlineData("left=-4")]
    [InlineData("left=4,left=4")]
    [InlineData("middle=4")]
    [InlineData("left=4,")]
    public void What_is_no_border_is_refused(string text) => Assert.Null(Borders.TryParse(text));

    [Fact]
    public void A_canvas_grows_around_its_image()
    {
        var image = new RgbImage(2, 1, [10, 20, 30, 40, 50, 60]);
        var (canvas, mask) = new Borders(1, 0, 0, 1).Grow(image);
        Assert.Equal((3, 2), (canvas.Width, canvas.Height));
        Assert.Equal(image.Pixels, canvas.Crop(1, 0, 2, 1).Pixels);
        bool[] known = [.. Enumerable.Range(0, 6).Select(index => mask[index % 3, index / 3])];
        Assert.Equal([false, true, true, false, false, false], known);
        var error = Assert.Throws<UsageException>(() => new Borders(int.MaxValue, 0, int.MaxValue, 0).Grow(image));
        Assert.Contains("allowed are 100 megapixels", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_pasted_part_changes_nothing_outside_its_mask_and_has_a_soft_seam_inside()
    {
        var image = new RgbImage(300, 200);
        image.Pixels.AsSpan().Fill(100);
        var painted = new RgbImage(128, 128);
        painted.Pixels.AsSpan().Fill(200);
        var mask = MaskRules.FromRectangles([new(20, 30, 200, 100)], 300, 200);
        var result = SeamPaste.Paste(image, mask, new EditWindow(0, -40, 300), painted);
        for (int y = 0; y < 200; y++)
        {
            for (int x = 0; x < 300; x++)
                Assert.True(!mask[x, y] || result.Row(y)[3 * x] == 100, $"({x}, {y}) is known and changed");
        }
        int[] across = [.. Enumerable.Range(20, 4).Select(x => (int)result.Row(80)[3 * x])];
        Assert.Equal([133, 167, 200, 200], across);
    }

    [Fact]
    public void A_thin_stroke_is_painted_too()
    {
        var image = new RgbImage(1000, 1000);
        var painted = new RgbImage(128, 128);
        painted.Pixels.AsSpan().Fill(200);
        var mask = MaskRules.FromRectangles([new(0, 500, 1000, 1)], 1000, 1000);
        Assert.Equal(100, SeamPaste.Paste(image, mask, new EditWindow(0, 0, 1000), painted).Row(500)[1500]);
    }

    [Theory]
    [InlineData(32, 32, new[] { 0 })]
    [InlineData(33, 32, new[] { 0, 1 })]
    [InlineData(56, 32, new[] { 0, 24 })]
    [InlineData(100, 32, new[] { 0, 22, 45, 68 })]
    public void Windows_cover_a_canvas_and_overlap(int length, int side, int[] expected) =>
        Assert.Equal(expected, TiledDenoiser.Places(length, side));
}

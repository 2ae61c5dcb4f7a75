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

    [Fact]
    public void Gray_is_a_weight()
    {
        byte[] grays = [0, 1, 9, 127, 128, 240, 255];
        var mask = MaskRules.FromFile(Save(7, 1, [.. grays.SelectMany(gray => new[] { gray, gray, gray })]), 7, 1);
        Assert.Equal(grays, Enumerable.Range(0, 7).Select(x => mask.PaintAt(x, 0)));
        Assert.Equal([true, false, false, false, false, false, false], Enumerable.Range(0, 7).Select(x => mask[x, 0]));
        Assert.Equal([1f, 0, 0, 0, 0, 0, 0], mask.ToValues());
        Assert.Equal(grays.Select(gray => (byte)(255 - gray)),
            Enumerable.Range(0, 7).Select(x => mask.Inverted().PaintAt(x, 0)));
        Assert.Equal(grays.Sum(gray => gray) / (7 * 255.0), mask.PaintedShare, precision: 12);
    }

    // The grays that compression leaves beside an edge are black or white.
    [Theory]
    [InlineData(100, true)]
    [InlineData(127, true)]
    [InlineData(128, false)]
    [InlineData(200, false)]
    public void Gray_in_a_jpeg_is_black_below_the_middle_and_white_from_it_on(byte gray, bool stays)
    {
        string path = Path.Combine(_folder, "mask.jpg");
        ImageFile.Save(path, new ImageContent(new RgbImage(8, 8, [.. Enumerable.Repeat(gray, 192)]), null, []),
            ImageFormat.Jpeg);
        Assert.Equal((byte)(stays ? 0 : 255), MaskRules.FromFile(path, 8, 8).PaintAt(3, 3));
    }

    // A stroke that fades out on an empty layer, in any color.
    [Theory]
    [InlineData(255, 255, 255)]
    [InlineData(0, 0, 0)]
    [InlineData(230, 20, 90)]
    public void Strokes_on_an_empty_layer_are_painted(byte red, byte green, byte blue)
    {
        byte[] alpha = [0, 0, 60, 200, 255, 255, 200, 60, 0, 0, 0, 0];
        var image = new RgbImage(12, 1);
        for (int x = 0; x < 12; x++)
            new[] { red, green, blue }.CopyTo(image.Row(0)[(3 * x)..]);
        var (mask, paintsOpaque) = MaskRules.Read(Save(image, alpha), 12, 1, image: null);
        Assert.True(paintsOpaque);
        Assert.Equal(alpha, Enumerable.Range(0, 12).Select(x => mask.PaintAt(x, 0)));
    }

    [Fact]
    public void A_copy_of_the_image_says_with_its_hole_what_is_painted()
    {
        var image = Noise(12, 2);
        byte[] most = [.. Enumerable.Range(0, 24).Select(i => (byte)(i < 20 ? 0 : 255))];
        var (erased, paintsOpaque) = MaskRules.Read(Save(image, most), 12, 2, image);
        Assert.False(paintsOpaque);
        Assert.Equal(255, erased.PaintAt(0, 0));
        Assert.Equal(0, erased.PaintAt(11, 1));
        // The same colors beside another image are strokes of many colors.
        var (strokes, paintsStrokes) = MaskRules.Read(Save(image, most), 12, 2, new RgbImage(12, 2));
        Assert.True(paintsStrokes);
        Assert.Equal(255, strokes.PaintAt(11, 1));
    }

    // Opaque on the larger part, or nowhere: no strokes. Not transparent: white is painted.
    [Fact]
    public void What_is_no_strokes_is_painted_where_it_is_transparent()
    {
        var white = new RgbImage(4, 1, [.. Enumerable.Repeat((byte)255, 12)]);
        var (half, paintsOpaque) = MaskRules.Read(Save(white, [0, 0, 255, 255]), 4, 1, image: null);
        Assert.False(paintsOpaque);
        Assert.Equal([255, 255, 0, 0], Enumerable.Range(0, 4).Select(x => half.PaintAt(x, 0)));
        Assert.False(MaskRules.Read(Save(white, [0, 0, 0, 0]), 4, 1, image: null).PaintsOpaque);
        Assert.Null(MaskRules.Read(Save(white, [255, 255, 255, 255]), 4, 1, image: null).PaintsOpaque);
    }

    [Fact]
    public void Most_of_the_image_is_warned_of_with_its_share()
    {
        var warnings = new List<string>();
        MaskRules.Check(Share(80), warnings.Add);
        Assert.Empty(warnings);
        MaskRules.Check(Share(81), warnings.Add);
        Assert.Equal("81 % of the image will be painted; --invert-mask paints the rest instead",
            Assert.Single(warnings));
        Assert.Equal("less than 1 % of the image", MaskRules.ShareOf(new KnownMask(300, 1,
            [.. Enumerable.Range(0, 300).Select(x => x != 0)])));
        Assert.Equal("99 % of the image", MaskRules.ShareOf(new KnownMask(300, 1,
            [.. Enumerable.Range(0, 300).Select(x => x == 0)])));
        Assert.Equal("100 % of the image", MaskRules.ShareOf(Share(100)));

        static KnownMask Share(int percent) =>
            new(10, 10, [.. Enumerable.Range(0, 100).Select(pixel => pixel >= percent)]);
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

    private static RgbImage Noise(int width, int height)
    {
        var image = new RgbImage(width, height);
        new Random(9).NextBytes(image.Pixels);
        return image;
    }

    private string Save(RgbImage image, byte[] alpha)
    {
        string path = Path.Combine(_folder, "layer.png");
        ImageFile.Save(path, new ImageContent(image, alpha, []), ImageFormat.Png);
        return path;
    }

    private string Save(int width, int height, byte[] pixels)
    {
        string path = Path.Combine(_folder, "mask.png");
        ImageFile.SavePng(path, new RgbImage(width, height, pixels));
        return path;
    }
}

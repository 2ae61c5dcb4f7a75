using Glide.Imaging;

namespace Glide.Tests.Imaging;

public sealed class GifWriterTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    /// <summary>Width, height and number of colours, so that codes of every first length and a full table occur.</summary>
    public static TheoryData<int, int, int> Pictures => new()
    {
        { 1, 1, 1 },
        { 3, 2, 2 },
        { 40, 30, 1 },
        { 17, 13, 3 },
        { 50, 20, 4 },
        { 31, 77, 5 },
        { 64, 64, 17 },
        { 200, 150, 128 },
        { 256, 256, 256 },
    };

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Save_writes_the_bytes_that_the_specification_asks_for()
    {
        // By hand: two colours, 3×1; codes clear (4), 0, 1, 0 of three bits, end (5) of four, lowest bits first.
        GifWriter.Save(_folder["a.gif"], [new RgbImage(3, 1, [9, 8, 7, 0, 0, 255, 9, 8, 7])], TimeSpan.FromMilliseconds(100));

        byte[] expected =
        [
            .. "GIF89a"u8, 3, 0, 1, 0, 0x70, 0, 0,
            0x21, 0xFF, 11, .. "NETSCAPE2.0"u8, 3, 1, 0, 0, 0,
            0x21, 0xF9, 4, 4, 10, 0, 0, 0,
            0x2C, 0, 0, 0, 0, 3, 0, 1, 0, 0x80, 9, 8, 7, 0, 0, 255,
            2, 2, 0b01_000_100, 0b0101_000_0, 0,
            0x3B,
        ];
        Assert.Equal(expected, File.ReadAllBytes(_folder["a.gif"]));
    }

    [Theory, MemberData(nameof(Pictures))]
    public void Save_keeps_every_pixel_of_pictures_with_few_colors(int width, int height, int colors)
    {
        var random = new Random(width);
        var palette = new byte[3 * colors];
        random.NextBytes(palette);
        var frames = Enumerable.Range(0, 3).Select(_ =>
        {
            var image = new RgbImage(width, height);
            for (int i = 0; i < width * height; i++)
                palette.AsSpan(3 * random.Next(colors), 3).CopyTo(image.Pixels.AsSpan(3 * i));
            return image;
        }).ToArray();

        GifWriter.Save(_folder["a.gif"], frames, TimeSpan.FromMilliseconds(70), TimeSpan.FromSeconds(2));

        var read = GifReader.Read(File.ReadAllBytes(_folder["a.gif"]));
        Assert.Equal([7, 7, 200], read.Select(frame => frame.Hundredths));
        Assert.All(frames.Zip(read), pair => Assert.Equal(pair.First.Pixels, pair.Second.Image.Pixels));
    }

    [Fact]
    public void Save_writes_an_end_of_nine_bits_where_the_last_code_makes_codes_grow()
    {
        // 127 colours, no pair of them twice: the 127th code is the one that the table's 256th entry belongs to, and
        // the end, one bit longer, needs a byte more.
        var image = new RgbImage(127, 1, Enumerable.Range(0, 381).Select(i => (byte)(i / 3)).ToArray());

        GifWriter.Save(_folder["a.gif"], [image], TimeSpan.Zero);

        Assert.Equal(image.Pixels, GifReader.Read(File.ReadAllBytes(_folder["a.gif"])).Single().Image.Pixels);
    }

    [Fact]
    public void Save_stays_near_the_colors_of_a_photograph()
    {
        const int Side = 128;
        // With 256 colours for a slope through all of red and green, the boxes are 16×16 wide: 4 levels off on average.
        const double MostMeanDifference = 4.5;
        var image = new RgbImage(Side, Side);
        for (int y = 0; y < Side; y++)
            for (int x = 0; x < Side; x++)
            {
                image.Row(y)[3 * x] = (byte)(2 * x);
                image.Row(y)[(3 * x) + 1] = (byte)(2 * y);
                image.Row(y)[(3 * x) + 2] = (byte)(x + y);
            }

        GifWriter.Save(_folder["a.gif"], [image], TimeSpan.FromMilliseconds(50));

        var read = GifReader.Read(File.ReadAllBytes(_folder["a.gif"])).Single().Image;
        var differences = image.Pixels.Zip(read.Pixels, (a, b) => Math.Abs(a - b)).ToArray();
        Assert.InRange(differences.Average(), 0.1, MostMeanDifference);
        Assert.InRange(differences.Max(), 1, 32);
    }

    [Fact]
    public void Save_gives_the_same_bytes_twice()
    {
        var image = new RgbImage(64, 64);
        new Random(3).NextBytes(image.Pixels);
        GifWriter.Save(_folder["a.gif"], [image, image], TimeSpan.Zero);
        GifWriter.Save(_folder["b.gif"], [image, image], TimeSpan.Zero);

        Assert.Equal(File.ReadAllBytes(_folder["a.gif"]), File.ReadAllBytes(_folder["b.gif"]));
    }

    [Fact]
    public void Save_refuses_what_is_no_animation()
    {
        var small = new RgbImage(1, 1);
        Assert.Throws<ArgumentOutOfRangeException>(() => GifWriter.Save(_folder["a.gif"], [], TimeSpan.Zero));
        Assert.Throws<ArgumentOutOfRangeException>(() => GifWriter.Save(_folder["a.gif"], [small], TimeSpan.FromSeconds(-1)));
        Assert.Throws<ArgumentException>(() => GifWriter.Save(_folder["a.gif"], [small, new RgbImage(2, 1)], TimeSpan.Zero));
        Assert.Throws<ArgumentException>(() => GifWriter.Save(_folder["a.gif"], [new RgbImage(65536, 1)], TimeSpan.Zero));
        Assert.Throws<ResourceException>(() => GifWriter.Save(Path.Combine(_folder["no"], "a.gif"), [small], TimeSpan.Zero));
        Assert.Empty(Directory.GetFileSystemEntries(_folder.Path));
    }
}

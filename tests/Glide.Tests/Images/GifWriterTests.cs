using System.Runtime.CompilerServices;
using Glide.Images;
using SkiaSharp;

namespace Glide.Tests.Images;

public sealed class GifWriterTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    /// <summary>
    /// Width, height and number of colors, so that codes of every first length and a full table occur.
    /// </summary>
    public static TheoryData<int, int, int> Images => new()
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
    public void Save_writes_the_blocks_that_the_specification_asks_for()
    {
        RgbImage[] frames = [new RgbImage(3, 1), new RgbImage(3, 1)];
        GifWriter.Save(_folder["a.gif"], frames, TimeSpan.FromMilliseconds(100), TimeSpan.FromSeconds(3));

        var file = File.ReadAllBytes(_folder["a.gif"]);
        // GIF89a, sections 18, 23 and 20; Netscape's extension, where 0 is for ever.
        Assert.Equal([.. "GIF89a"u8, 3, 0, 1, 0], file[..10]);
        Assert.Equal(0, file[10] & 0x80);
        Assert.Equal([0x21, 0xFF, 11, .. "NETSCAPE2.0"u8, 3, 1, 0, 0, 0], file[13..32]);
        Assert.Equal([0x21, 0xF9, 4, 4, 10, 0], file[32..38]);
        Assert.Equal([0, 0x2C, 0, 0, 0, 0, 3, 0, 1, 0], file[39..49]);
        Assert.Equal(2, Count(file, [0x21, 0xF9, 4]));
        Assert.Equal(1, Count(file, [.. "NETSCAPE"u8]));
        Assert.Equal(1, Count(file, [.. "GIF89a"u8]));
        Assert.Equal(0x3B, file[^1]);
    }

    // What browsers' decoders make of it, Skia's being one.
    [Fact]
    public void Save_writes_what_another_decoder_plays()
    {
        RgbImage[] frames = [.. Enumerable.Range(0, 4).Select(n =>
            new RgbImage(5, 3, [.. Enumerable.Range(0, 45).Select(i => (byte)((n * 40) + (i % 2 * 100)))]))];
        GifWriter.Save(_folder["a.gif"], frames, TimeSpan.FromMilliseconds(70), TimeSpan.FromSeconds(2));

        using var codec = SKCodec.Create(_folder["a.gif"]);
        Assert.Equal(-1, codec.RepetitionCount);
        Assert.Equal([70, 70, 70, 2000], codec.FrameInfo.Select(frame => frame.Duration));
        for (int n = 0; n < frames.Length; n++)
        {
            using var shown = new SKBitmap(new SKImageInfo(5, 3, SKColorType.Rgba8888, SKAlphaType.Unpremul));
            Assert.Equal(SKCodecResult.Success, codec.GetPixels(shown.Info, shown.GetPixels(), new SKCodecOptions(n)));
            Assert.Equal(frames[n].Pixels, shown.Bytes.Where((_, i) => i % 4 != 3).ToArray());
        }
    }

    // An animation may have hundreds of large images.
    [Fact]
    public void Save_asks_for_an_image_only_when_its_turn_comes()
    {
        var alive = new List<WeakReference>();
        IEnumerable<RgbImage> Frames()
        {
            for (int n = 0; n < 20; n++)
            {
                GC.Collect();
                Assert.InRange(alive.Count(frame => frame.IsAlive), 0, 3);
                yield return Remembered(alive);
            }
        }

        GifWriter.Save(_folder["a.gif"], Frames(), TimeSpan.FromMilliseconds(70));

        Assert.Equal(20, alive.Count);
    }

    // ImageSharp's quantizer tells colors apart that differ in the upper five bits of a channel.
    [Theory, MemberData(nameof(Images))]
    public void Save_keeps_every_pixel_of_images_with_few_colors(int width, int height, int colors)
    {
        var random = new Random(width);
        var kinds = Enumerable.Range(0, 1 << 15).ToArray();
        random.Shuffle(kinds);
        var levels = kinds.Take(colors).SelectMany(kind => new[] { kind >> 10, kind >> 5, kind });
        byte[] palette = [.. levels.Select(level => (byte)((8 * (level & 31)) + random.Next(8)))];
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
        // 127 colors, no pair of them twice: the 127th code is the one that the table's 256th entry belongs to, and
        // the end, one bit longer, needs a byte more.
        byte[] Color(int i) => [(byte)(8 * (i % 16)), (byte)(8 * (i / 16)), 0];
        var image = new RgbImage(127, 1, [.. Enumerable.Range(0, 127).SelectMany(Color)]);

        GifWriter.Save(_folder["a.gif"], [image], TimeSpan.Zero);

        Assert.Equal(image.Pixels, GifReader.Read(File.ReadAllBytes(_folder["a.gif"])).Single().Image.Pixels);
    }

    [Fact]
    public void Save_stays_near_the_colors_of_a_photograph()
    {
        const int Side = 128;
        // With 256 colors for a slope through all of red and green, the boxes are 16×16 wide: 4 levels off on average.
        const double MostMeanDifference = 4.5;
        var image = new RgbImage(Side, Side);
        for (int y = 0; y < Side; y++)
        {
            for (int x = 0; x < Side; x++)
            {
                image.Row(y)[3 * x] = (byte)(2 * x);
                image.Row(y)[(3 * x) + 1] = (byte)(2 * y);
                image.Row(y)[(3 * x) + 2] = (byte)(x + y);
            }
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
        Assert.Throws<ArgumentOutOfRangeException>(() =>
            GifWriter.Save(_folder["a.gif"], [small], TimeSpan.FromSeconds(-1)));
        Assert.Throws<ArgumentException>(() => GifWriter.Save(_folder["a.gif"], [small, new RgbImage(2, 1)],
            TimeSpan.Zero));
        Assert.Throws<ArgumentException>(() => GifWriter.Save(_folder["a.gif"], [new RgbImage(65536, 1)],
            TimeSpan.Zero));
        Assert.Throws<ResourceException>(() => GifWriter.Save(Path.Combine(_folder["no"], "a.gif"), [small],
            TimeSpan.Zero));
        Assert.Empty(Directory.GetFileSystemEntries(_folder.Path));
    }

    // Not inlined, so that the caller's frame does not keep the image.
    [MethodImpl(MethodImplOptions.NoInlining)]
    private static RgbImage Remembered(List<WeakReference> alive)
    {
        var frame = new RgbImage(8, 8);
        alive.Add(new WeakReference(frame));
        return frame;
    }

    private static int Count(ReadOnlySpan<byte> bytes, ReadOnlySpan<byte> part)
    {
        int count = 0;
        for (int at; (at = bytes.IndexOf(part)) >= 0; bytes = bytes[(at + 1)..])
            count++;
        return count;
    }
}

using SixLabors.ImageSharp;
using SixLabors.ImageSharp.Formats;
using SixLabors.ImageSharp.Formats.Png;
using SixLabors.ImageSharp.Formats.Png.Chunks;
using SixLabors.ImageSharp.PixelFormats;
using SixLabors.ImageSharp.Processing;

namespace Glide.Compat.Tests.ImageSharp;

/// <summary>The stand-in does what the package's documentation says, as far as it goes.</summary>
public sealed class ImageSharpTests : IDisposable
{
    // 3×2 JPEG, grey 0 100 200 / 50 150 250, EXIF orientation 6; made with Pillow 9.4 at quality 100.
    private static readonly byte[] s_turned = Convert.FromBase64String(
        """
        /9j/4AAQSkZJRgABAQAAAQABAAD/4QAiRXhpZgAATU0AKgAAAAgAAQESAAMAAAABAAYAAAAAAAD/2wBDAAEBAQEBAQEBAQEBAQEBAQEBAQEB
        AQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQH/wAALCAACAAMBAREA/8QAFAABAAAAAAAAAAAAAAAAAAAACv/E
        AB8QAAADCQAAAAAAAAAAAAAAAAAFBwYICRkmN0ZVZP/aAAgBAQAAPwBOUHROk+lhuX0IxtmyzGCTbnHCP//Z
        """);

    private readonly string _folder = Directory.CreateTempSubdirectory("glide-test-").FullName;

    private string File1 => Path.Combine(_folder, "a.png");

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public void What_SaveAsPng_writes_Load_reads()
    {
        Rgb24[] pixels = [new(1, 2, 3), new(4, 5, 6), new(7, 8, 9), new(10, 11, 12), new(13, 14, 15), new(16, 17, 18)];
        using (var image = Image.LoadPixelData<Rgb24>(pixels, 3, 2))
            image.SaveAsPng(File1, new PngEncoder());

        using var read = Image.Load<Rgb24>(File1);
        var bytes = new byte[18];
        read.CopyPixelDataTo(bytes);

        Assert.Equal(Enumerable.Range(1, 18).Select(i => (byte)i), bytes);
        Assert.Equal(new Rgb24(10, 11, 12), read[0, 1]);
        Assert.Equal(new Size(3, 2), read.Size);
    }

    [Fact]
    public void Opacity_survives_with_Rgba32_and_is_dropped_with_Rgb24()
    {
        using (var image = Image.LoadPixelData<Rgba32>(new Rgba32[] { new(9, 8, 7, 0), new(6, 5, 4, 128) }, 2, 1))
            image.SaveAsPng(File1, new PngEncoder { ColorType = PngColorType.RgbWithAlpha, BitDepth = PngBitDepth.Bit8 });

        using var all = Image.Load<Rgba32>(File1);
        using var colors = Image.Load<Rgb24>(File1);

        Assert.Equal(new Rgba32(9, 8, 7, 0), all[0, 0]);
        Assert.Equal(new Rgba32(6, 5, 4, 128), all[1, 0]);
        Assert.Equal(new Rgb24(9, 8, 7), colors[0, 0]);
        Assert.Equal(new Rgb24(6, 5, 4), colors[1, 0]);
    }

    [Fact]
    public void Load_of_an_opaque_picture_as_Rgba32_is_opaque()
    {
        using (var image = new Image<Rgb24>(2, 2))
            image.SaveAsPng(File1, new PngEncoder());

        using var read = Image.Load<Rgba32>(File.ReadAllBytes(File1));
        using var jpeg = Image.Load<Rgba32>(s_turned);

        Assert.Equal(new Rgba32(0, 0, 0, 255), read[1, 1]);
        Assert.Equal(255, jpeg[0, 0].A);
    }

    [Fact]
    public void Identify_knows_size_kind_and_texts_of_a_png()
    {
        using (var image = new Image<Rgb24>(5, 4))
        {
            var texts = image.Metadata.GetPngMetadata().TextData;
            texts.Add(new PngTextData("Title", "größer", "", ""));
            texts.Add(new PngTextData("Comment", "雪", "ja", "コメント"));
            image.SaveAsPng(File1, new PngEncoder());
        }

        using var stream = File.OpenRead(File1);
        foreach (var info in new[] { Image.Identify(File1), Image.Identify(stream), Image.Identify(File.ReadAllBytes(File1)) })
        {
            var png = info.Metadata.GetPngMetadata();
            Assert.Equal((5, 4), (info.Width, info.Height));
            Assert.Equal(24, info.PixelType.BitsPerPixel);
            Assert.Equal((PngColorType.Rgb, PngBitDepth.Bit8), (png.ColorType, png.BitDepth));
            Assert.Equal([new("Title", "größer", "", ""), new PngTextData("Comment", "雪", "ja", "コメント")], png.TextData);
        }

        Assert.Empty(Image.Identify(new DecoderOptions { SkipMetadata = true }, File1).Metadata.GetPngMetadata().TextData);
    }

    [Fact]
    public void Texts_are_written_as_tEXt_zTXt_or_iTXt()
    {
        using var image = new Image<Rgb24>(1, 1);
        image.Metadata.GetPngMetadata().TextData.Add(new PngTextData("a", "short", "", ""));
        Assert.Equal((true, false, false), Chunks(image, new PngEncoder()));
        Assert.Equal((false, true, false), Chunks(image, new PngEncoder { TextCompressionThreshold = 5 }));
        Assert.Equal((false, false, false), Chunks(image, new PngEncoder { SkipMetadata = true }));

        image.Metadata.GetPngMetadata().TextData[0] = new PngTextData("a", "snow 雪", "", "");
        Assert.Equal((false, false, true), Chunks(image, new PngEncoder()));

        static (bool Plain, bool Packed, bool International) Chunks(Image image, PngEncoder encoder)
        {
            using var stream = new MemoryStream();
            image.SaveAsPng(stream, encoder);
            var bytes = stream.ToArray().AsSpan();
            return (bytes.IndexOf("tEXt"u8) >= 0, bytes.IndexOf("zTXt"u8) >= 0, bytes.IndexOf("iTXt"u8) >= 0);
        }
    }

    [Fact]
    public void AutoOrient_turns_once_and_Load_does_not()
    {
        using var image = Image.Load<Rgb24>(s_turned);
        Assert.Equal((3, 2), (image.Width, image.Height));

        image.Mutate(context => context.AutoOrient());
        Assert.Equal((2, 3), (image.Width, image.Height));
        int[] expected = [50, 0, 150, 100, 250, 200];
        for (int i = 0; i < 6; i++)
            Assert.InRange(image[i % 2, i / 2].R, expected[i] - 2, expected[i] + 2);

        image.Mutate(context => context.AutoOrient());
        Assert.Equal((2, 3), (image.Width, image.Height));
        using var plain = Image.Load<Rgb24>(new DecoderOptions { SkipMetadata = true }, new MemoryStream(s_turned));
        plain.Mutate(context => context.AutoOrient());
        Assert.Equal((3, 2), (plain.Width, plain.Height));
    }

    [Fact]
    public void ProcessPixelRows_gives_the_pixels_themselves()
    {
        using var image = new Image<Rgb24>(2, 3);
        image.ProcessPixelRows(rows =>
        {
            for (int y = 0; y < rows.Height; y++)
                rows.GetRowSpan(y).Fill(new Rgb24((byte)y, 0, 0));
        });

        Assert.Equal(2, image[1, 2].R);
        Assert.Throws<ArgumentOutOfRangeException>(() => image.ProcessPixelRows(rows => rows.GetRowSpan(3)));
    }

    [Fact]
    public void What_is_no_picture_is_told_apart_from_what_is_damaged()
    {
        Assert.Throws<UnknownImageFormatException>(() => Image.Identify("GIF89a text"u8));
        Assert.Throws<UnknownImageFormatException>(() => Image.Load<Rgb24>(ReadOnlySpan<byte>.Empty));
        Assert.Throws<InvalidImageContentException>(() => Image.Load<Rgb24>(s_turned.AsSpan(0, s_turned.Length - 5)));
        Assert.Throws<InvalidImageContentException>(() => Image.Identify(s_turned.AsSpan(0, 30)));
        Assert.Throws<FileNotFoundException>(() => Image.Load<Rgb24>(Path.Combine(_folder, "missing")));
        Assert.IsAssignableFrom<ImageFormatException>(new InvalidImageContentException("x"));
    }

    [Fact]
    public void What_a_stream_throws_comes_out_again()
    {
        using var image = new Image<Rgb24>(64, 64);
        Assert.Throws<IOException>(() => image.SaveAsPng(new BrokenStream(), new PngEncoder()));
        Assert.Throws<IOException>(() => Image.Identify(new BrokenStream()));
        using var late = new BrokenStream(s_turned[..100]);
        Assert.Throws<IOException>(() => Image.Load<Rgb24>(late));
    }

    [Fact]
    public void LoadPixelData_wants_enough_pixels()
    {
        Assert.Throws<ArgumentOutOfRangeException>(() => Image.LoadPixelData<Rgb24>(new byte[11], 2, 2));
        Assert.Throws<ArgumentOutOfRangeException>(() => Image.LoadPixelData<Rgb24>(new byte[12], 0, 2));
    }

    [Fact]
    public void Reading_on_many_threads_gives_the_same_pixels()
    {
        using (var image = new Image<Rgb24>(100, 100))
        {
            image.ProcessPixelRows(rows =>
            {
                for (int y = 0; y < rows.Height; y++)
                    for (int x = 0; x < rows.Width; x++)
                        rows.GetRowSpan(y)[x] = new Rgb24((byte)x, (byte)y, (byte)(x * y));
            });
            image.SaveAsPng(File1, new PngEncoder());
        }

        var bytes = File.ReadAllBytes(File1);
        Parallel.For(0, 64, i =>
        {
            if (i % 2 == 0)
            {
                Assert.Throws<InvalidImageContentException>(() => Image.Load<Rgb24>(bytes.AsSpan(0, bytes.Length - 20)));
                return;
            }

            using var read = Image.Load<Rgb24>(bytes);
            Assert.Equal(new Rgb24(99, 98, unchecked((byte)(99 * 98))), read[99, 98]);
        });
    }

    [Fact]
    public void A_thousand_pictures_leave_no_memory_behind()
    {
        const long MostGrowth = 40 << 20; // the heaps' own slack; a leak of 1,000 pictures would be 120 MB
        var pixels = new byte[3 * 200 * 200];
        using var image = Image.LoadPixelData<Rgb24>(pixels, 200, 200);
        using var stream = new MemoryStream();
        image.SaveAsPng(stream, new PngEncoder());
        var bytes = stream.ToArray();
        Read(200);
        long before = Environment.WorkingSet;

        Read(1000);

        Assert.InRange(Environment.WorkingSet - before, long.MinValue, MostGrowth);

        void Read(int times)
        {
            for (int i = 0; i < times; i++)
            {
                Image.Load<Rgb24>(bytes).Dispose();
                Image.Load<Rgb24>(s_turned).Dispose();
                Assert.Throws<InvalidImageContentException>(() => Image.Load<Rgb24>(bytes.AsSpan(0, bytes.Length - 20)));
            }

            GC.Collect();
        }
    }

    private sealed class BrokenStream(params byte[] start) : MemoryStream(start)
    {
        public override int Read(Span<byte> buffer) =>
            Position < Length ? base.Read(buffer) : throw new IOException("broken");

        public override void Write(ReadOnlySpan<byte> buffer) => throw new IOException("broken");
    }
}

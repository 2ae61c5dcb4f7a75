using Glide.Images;

namespace Glide.Tests.Images;

/// <summary>Every kind of PNG is read, and damaged ones are refused.</summary>
public sealed class PngLoadingTests : ImageTests
{
    /// <summary>Bit depth, color type and interlacing of every kind of PNG.</summary>
    public static TheoryData<int, int, bool> Kinds
    {
        get
        {
            var kinds = new TheoryData<int, int, bool>();
            foreach (bool interlaced in new[] { false, true })
            {
                foreach (int bits in new[] { 1, 2, 4, 8, 16 })
                    kinds.Add(bits, 0, interlaced);
                foreach (int bits in new[] { 1, 2, 4, 8 })
                    kinds.Add(bits, 3, interlaced);
                foreach (int type in new[] { 2, 4, 6 })
                {
                    kinds.Add(8, type, interlaced);
                    kinds.Add(16, type, interlaced);
                }
            }

            return kinds;
        }
    }

    [Theory, MemberData(nameof(Kinds))]
    public void Load_reads_every_kind_of_png(int bits, int type, bool interlaced)
    {
        const int Width = 11, Height = 9;
        int most = (1 << bits) - 1;
        int channels = type switch { 2 => 3, 4 => 2, 6 => 4, _ => 1 };
        ushort[] Sample(int x, int y) =>
            Enumerable.Range(1, channels).Select(c => (ushort)(((x * 2311 * c) + (y * 977)) % (most + 1))).ToArray();
        var palette = Enumerable.Range(0, 3 << Math.Min(bits, 8)).Select(i => (byte)(255 - (i * 37))).ToArray();
        byte[][] before = type == 3 ? [PngBuilder.Chunk("PLTE", palette)] : [];
        string path = Folder.Write("kind.png", PngBuilder.Encode(Width, Height, bits, type, Sample, interlaced,
            before));

        var image = ImageFile.Load(path);

        Assert.Equal(ImageFormat.Png, image.Format);
        Assert.Equal((Width, Height), (image.Image.Width, image.Image.Height));
        Assert.Equal(type is 4 or 6, image.Alpha is not null);
        for (int y = 0; y < Height; y++)
        {
            for (int x = 0; x < Width; x++)
            {
                var stored = Sample(x, y);
                var eight = stored.Select(value => bits == 16
                    ? (byte)(value >> 8)
                    : (byte)Math.Round(value * 255.0 / most)).ToArray();
                byte[] expected = type switch
                {
                    3 => palette[(3 * stored[0])..((3 * stored[0]) + 3)],
                    2 or 6 => eight[..3],
                    _ => [eight[0], eight[0], eight[0]],
                };
                Assert.Equal(expected, image.Image.Row(y).Slice(3 * x, 3).ToArray());
                if (type is 4 or 6)
                    Assert.Equal(eight[^1], image.Alpha![(y * Width) + x]);
            }
        }
    }

    [Fact]
    public void Load_makes_alpha_of_transparent_colors_and_palette_entries()
    {
        byte[] colors = [10, 20, 30, 40, 50, 60, 70, 80, 90, 100, 110, 120];
        var palette = PngBuilder.Encode(4, 1, 2, 3, (x, _) => [(ushort)x],
            before: [PngBuilder.Chunk("PLTE", colors), PngBuilder.Chunk("tRNS", [0, 128])]);
        var gray = PngBuilder.Encode(4, 1, 2, 0, (x, _) => [(ushort)x], before: [PngBuilder.Chunk("tRNS", [0, 2])]);
        var deep = PngBuilder.Encode(2, 1, 16, 2, (x, _) => [(ushort)(0x1234 + x), 5, 6],
            before: [PngBuilder.Chunk("tRNS", [0x12, 0x34, 0, 5, 0, 6])]);

        var ofPalette = ImageFile.Load(Folder.Write("palette.png", palette));
        Assert.Equal([0, 128, 255, 255], ofPalette.Alpha);
        Assert.Equal(colors, ofPalette.Image.Pixels);
        Assert.Equal([255, 255, 0, 255], ImageFile.Load(Folder.Write("gray.png", gray)).Alpha);
        Assert.Equal([0, 255], ImageFile.Load(Folder.Write("deep.png", deep)).Alpha);
    }

    // PngSuite's s01i3p01 to s04i3p01 are such; ImageSharp 2.1.13 reads them for ever.
    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(4)]
    [InlineData(5)]
    public async Task Load_reads_tiny_interlaced_palette_images(int side)
    {
        byte[] colors = [10, 20, 30, 200, 100, 50];
        string path = Folder.Write("tiny.png", PngBuilder.Encode(
            side, side, 1, 3, (x, y) => [(ushort)((x + (y / 2)) % 2)], interlaced: true,
                [PngBuilder.Chunk("PLTE", colors)]));

        var image = await Task.Run(() => ImageFile.Load(path).Image).WaitAsync(TimeSpan.FromSeconds(30));

        for (int y = 0; y < side; y++)
        {
            for (int x = 0; x < side; x++)
            {
                int color = (x + (y / 2)) % 2;
                Assert.Equal(colors[(3 * color)..((3 * color) + 3)], image.Row(y).Slice(3 * x, 3).ToArray());
            }
        }
    }

    // As PngSuite's oi9n0g16.
    [Fact]
    public void Load_reads_pixels_in_chunks_of_one_byte()
    {
        var stream = PngBuilder.Deflate(PngBuilder.Raw(16, 16, 16, (x, y) => [(ushort)(257 * ((16 * y) + x))]));
        var bytes = Join([PngBuilder.Header(16, 16, 16, 0),
            .. stream.Select(part => PngBuilder.Chunk("IDAT", [part]))]);

        var pixels = ImageFile.Load(Folder.Write("bytes.png", bytes)).Image.Pixels;

        Assert.Equal(Enumerable.Range(0, 768).Select(i => (byte)(i / 3)), pixels);
    }

    [Fact]
    public void Load_has_no_alpha_where_every_pixel_is_opaque()
    {
        var bytes = PngBuilder.Encode(3, 2, 8, 6, (x, y) => [1, 2, 3, 255]);

        Assert.Null(ImageFile.Load(Folder.Write("opaque.png", bytes)).Alpha);
    }

    [Fact]
    public void Load_takes_the_still_image_of_an_animation()
    {
        byte[] control = [0, 0, 0, 2, 0, 0, 0, 0];
        byte[] first = [0, 0, 0, 0, 0, 0, 0, 2, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 0, 1, 0, 0];
        byte[] second = [0, 0, 0, 1, .. first[4..]];
        byte[] frame = [0, 0, 0, 2, .. PngBuilder.Deflate([0, 200, 200, 200, 200, 200, 200])];
        var bytes = PngBuilder.Encode(2, 1, 8, 2, (x, _) => [7, 8, (ushort)(9 + x)],
            before: [PngBuilder.Chunk("acTL", control), PngBuilder.Chunk("fcTL", first)],
            after: [PngBuilder.Chunk("fcTL", second), PngBuilder.Chunk("fdAT", frame)]);

        Assert.Equal([7, 8, 9, 7, 8, 10], ImageFile.Load(Folder.Write("animated.png", bytes)).Image.Pixels);
    }

    [Fact]
    public void Load_refuses_every_cut_of_a_png_and_a_jpeg()
    {
        var png = PngBuilder.Encode(20, 20, 8, 2, (x, y) => [(ushort)(x * y % 256), (ushort)(x * 11), (ushort)(y * 7)]);
        byte[][] files =
            [png, JpegSamples.Baseline, JpegSamples.Progressive, JpegSamples.Restarts, JpegSamples.ScanPerChannel,
                JpegSamples.Cmyk];
        foreach (byte[] whole in files)
        {
            for (int length = 1; length < whole.Length; length++)
            {
                string path = Folder.Write("cut", whole[..length]);
                Assert.Throws<UsageException>(() => ImageFile.Load(path));
            }
        }
    }

    [Fact]
    public void Load_refuses_wrong_check_sums()
    {
        var whole = PngBuilder.Encode(16, 16, 8, 2, (x, y) => [(ushort)(x * y), (ushort)x, (ushort)y]);
        var header = whole.ToArray();
        header[8 + 8 + 3] ^= 1; // the width, whose CRC then is wrong
        Assert.Contains("CRC", Refusal("header.png", header), StringComparison.Ordinal);

        var pixels = whole.ToArray();
        pixels[^13] ^= 1; // the CRC of IDAT, which stands in front of IEND's 12 bytes
        Assert.Contains("CRC", Refusal("pixels.png", pixels), StringComparison.Ordinal);

        var palette = PngBuilder.Chunk("PLTE", [1, 2, 3]);
        palette[^1] ^= 1;
        var withPalette = PngBuilder.Encode(1, 1, 8, 3, (_, _) => [0], before: [palette]);
        Assert.Contains("CRC", Refusal("palette.png", withPalette), StringComparison.Ordinal);

        var stream = PngBuilder.Deflate(PngBuilder.Raw(16, 16, 8, (x, y) => [(ushort)(x * y), (ushort)x, (ushort)y]));
        stream[^1] ^= 1; // Adler-32
        Refusal("adler.png", Join(PngBuilder.Header(16, 16, 8, 2), PngBuilder.Chunk("IDAT", stream)));
    }

    // A capital letter first: who does not know the chunk cannot show the image. Apple's CgBI is one of them.
    [Fact]
    public void Load_refuses_unknown_critical_chunks_and_takes_others()
    {
        var header = PngBuilder.Header(2, 2, 8, 2);
        string apple = Refusal("apple.png", PngBuilder.Black(2, 2, before: [PngBuilder.Chunk("CgBI", [0, 0, 0, 0])]));
        Assert.Contains("CgBI", apple, StringComparison.Ordinal);
        Assert.Contains("IHDR", Refusal("twice.png", PngBuilder.Black(2, 2, before: [header])),
            StringComparison.Ordinal);
        string late = Refusal("late.png", Join(PngBuilder.Chunk("tEXt", [65, 0, 65]), header));
        Assert.Contains("tEXt, not IHDR", late, StringComparison.Ordinal);

        var time = PngBuilder.Chunk("tIME", [7, 231, 1, 1, 0, 0, 0]);
        time[^1] ^= 1;
        Assert.Equal(2, ImageFile.Load(Folder.Write("time.png", PngBuilder.Black(2, 2, before: [time]))).Image.Width);
    }

    [Fact]
    public void Load_refuses_pixels_that_are_missing_from_a_sound_stream()
    {
        var half = PngBuilder.Deflate(PngBuilder.Raw(16, 8, 8, (_, _) => [1, 2, 3]));
        Refusal("half.png", Join(PngBuilder.Header(16, 16, 8, 2), PngBuilder.Chunk("IDAT", half)));
        Refusal("none.png", Join(PngBuilder.Header(16, 16, 8, 2)));

        // A byte of the last row, with every kind of row's length.
        foreach (bool interlaced in new[] { false, true })
        {
            foreach (int side in new[] { 1, 3, 5, 9 })
            {
                byte[] rows = PngBuilder.Raw(side, side, 1, (_, _) => [1], interlaced);
                var header = PngBuilder.Header(side, side, 1, 0, interlaced);
                byte[] Bytes(byte[] raw) => Join(header, PngBuilder.Chunk("IDAT", PngBuilder.Deflate(raw)));
                Assert.Equal(255, ImageFile.Load(Folder.Write("whole.png", Bytes(rows))).Image.Pixels[^1]);
                string less = Refusal("less.png", Bytes(rows[..^1]));
                Assert.Contains("1 bytes of its pixels are missing", less, StringComparison.Ordinal);
            }
        }
    }

    [Fact]
    public void Load_leaves_out_texts_of_more_than_a_megabyte()
    {
        byte[] bomb = [.. "Comment\0\0"u8, .. PngBuilder.Deflate(Enumerable.Repeat((byte)'x', 1_100_000).ToArray())];
        string path = Folder.Write("bomb.png", PngBuilder.Black(2, 2, before: [PngBuilder.Chunk("zTXt", bomb)]));

        Assert.Equal(2, ImageFile.Load(path).Image.Width);
        Assert.Empty(ImageFile.ReadTexts(path));
    }

    [Fact]
    public void Load_keeps_few_of_very_many_texts()
    {
        byte[] large = [.. "Comment\0\0"u8, .. PngBuilder.Deflate(Enumerable.Repeat((byte)'x', 1_000_000).ToArray())];
        var texts = Enumerable.Repeat(PngBuilder.Chunk("zTXt", large), 300).ToArray();
        string path = Folder.Write("texts.png", PngBuilder.Black(2, 2, before: texts));

        long before = GC.GetAllocatedBytesForCurrentThread();
        Assert.Equal(2, ImageFile.Load(path).Image.Width);
        Assert.True(GC.GetAllocatedBytesForCurrentThread() - before < 200_000_000);
        Assert.InRange(ImageFile.ReadTexts(path).Count, 1, 63);
    }

    [Fact]
    public void Load_refuses_a_wrong_check_sum_behind_the_last_row()
    {
        // The Adler sum has a chunk of its own, so that every pixel has been given out before it is seen.
        var stream = PngBuilder.Deflate(PngBuilder.Raw(4, 4, 8, (x, y) => [(ushort)x, (ushort)y, 1]));
        byte[][] Chunks(byte last) =>
            [PngBuilder.Header(4, 4, 8, 2), PngBuilder.Chunk("IDAT", stream[..^4]),
                PngBuilder.Chunk("IDAT", [.. stream[^4..^1], last])];

        Assert.Equal(4, ImageFile.Load(Folder.Write("sound.png", Join(Chunks(stream[^1])))).Image.Width);
        Refusal("adler.png", Join(Chunks((byte)(stream[^1] ^ 1))));
    }
}

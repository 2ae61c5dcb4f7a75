using System.Diagnostics;
using System.Text;
using Glide.Images;

namespace Glide.Tests.Images;

public sealed class ImageFileTests : IDisposable
{
    // JPEG at quality 92 with colours at half size: the largest difference that Pillow shows for these images is 12.
    private const int JpegTolerance = 14;

    private readonly TemporaryFolder _folder = new();

    /// <summary>Bit depth, colour type and interlacing of every kind of PNG.</summary>
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

    public static TheoryData<string> JpegKinds => new() { "Baseline", "Progressive", "Restarts", "ScanPerChannel" };

    /// <summary>Types of frames that are not read, and samples of more bits: lossless, hierarchical, arithmetic.</summary>
    public static TheoryData<byte, byte, string> RareFrames => new()
    {
        { 0xC3, 8, "type 3" },
        { 0xC5, 8, "type 5" },
        { 0xC9, 8, "type 9" },
        { 0xCA, 8, "type 10" },
        { 0xC1, 12, "3 channels of 12 bits" },
    };

    public static TheoryData<string> InkKinds => new() { "Cmyk", "Ycck" };

    public static TheoryData<int> Orientations => new() { 1, 2, 3, 4, 5, 6, 7, 8 };

    /// <summary>First bytes of what is not read, and what the message calls it.</summary>
    public static TheoryData<string, string> Others => new()
    {
        { "GIF89a\u0001\0\u0001\0", "a GIF" },
        { "RIFF\u0010\0\0\0WEBPVP8 ", "a WebP image" },
        { "\0\0\0\u0018ftypheic\0\0\0\0", "a HEIC image" },
        { "\0\0\0\u0018ftypavif\0\0\0\0", "an AVIF image" },
        { "<?xml version=\"1.0\"?>\n<svg xmlns=\"http://www.w3.org/2000/svg\"/>", "an SVG drawing" },
        { "<!DOCTYPE html><html></html>", "a web page" },
        { "version https://git-lfs.github.com/spec/v1\n", "a Git LFS pointer" },
        { "II*\0\u0008\0\0\0", "a TIFF image" },
        { "BM\u0010\0\0\0", "a BMP image" },
        { "this is no image\n", "text" },
        { "\u0001\u0002\u0003\u0004\u0005\u0006\u0007\u0008", "of no known kind" },
        { "\u0089PNG\r\n\u001a\r\n\0\0\0\r", "a damaged PNG" },
    };

    public void Dispose() => _folder.Dispose();

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
        string path = _folder.Write("kind.png", PngBuilder.Encode(Width, Height, bits, type, Sample, interlaced, before));

        var image = ImageFile.Load(path);

        Assert.Equal(ImageFormat.Png, image.Format);
        Assert.Equal((Width, Height), (image.Image.Width, image.Image.Height));
        Assert.Equal(type is 4 or 6, image.Alpha is not null);
        for (int y = 0; y < Height; y++)
            for (int x = 0; x < Width; x++)
            {
                var stored = Sample(x, y);
                var eight = stored.Select(value => bits == 16 ? (byte)(value >> 8) : (byte)Math.Round(value * 255.0 / most)).ToArray();
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

    [Fact]
    public void Load_makes_alpha_of_transparent_colors_and_palette_entries()
    {
        byte[] colors = [10, 20, 30, 40, 50, 60, 70, 80, 90, 100, 110, 120];
        var palette = PngBuilder.Encode(4, 1, 2, 3, (x, _) => [(ushort)x],
            before: [PngBuilder.Chunk("PLTE", colors), PngBuilder.Chunk("tRNS", [0, 128])]);
        var gray = PngBuilder.Encode(4, 1, 2, 0, (x, _) => [(ushort)x], before: [PngBuilder.Chunk("tRNS", [0, 2])]);
        var deep = PngBuilder.Encode(2, 1, 16, 2, (x, _) => [(ushort)(0x1234 + x), 5, 6],
            before: [PngBuilder.Chunk("tRNS", [0x12, 0x34, 0, 5, 0, 6])]);

        var ofPalette = ImageFile.Load(_folder.Write("palette.png", palette));
        Assert.Equal([0, 128, 255, 255], ofPalette.Alpha);
        Assert.Equal(colors, ofPalette.Image.Pixels);
        Assert.Equal([255, 255, 0, 255], ImageFile.Load(_folder.Write("gray.png", gray)).Alpha);
        Assert.Equal([0, 255], ImageFile.Load(_folder.Write("deep.png", deep)).Alpha);
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
        string path = _folder.Write("tiny.png", PngBuilder.Encode(
            side, side, 1, 3, (x, y) => [(ushort)((x + (y / 2)) % 2)], interlaced: true, [PngBuilder.Chunk("PLTE", colors)]));

        var image = await Task.Run(() => ImageFile.Load(path).Image).WaitAsync(TimeSpan.FromSeconds(30));

        for (int y = 0; y < side; y++)
            for (int x = 0; x < side; x++)
            {
                int color = (x + (y / 2)) % 2;
                Assert.Equal(colors[(3 * color)..((3 * color) + 3)], image.Row(y).Slice(3 * x, 3).ToArray());
            }
    }

    // As PngSuite's oi9n0g16.
    [Fact]
    public void Load_reads_pixels_in_chunks_of_one_byte()
    {
        var stream = PngBuilder.Deflate(PngBuilder.Raw(16, 16, 16, (x, y) => [(ushort)(257 * ((16 * y) + x))]));
        var bytes = Join([PngBuilder.Header(16, 16, 16, 0), .. stream.Select(part => PngBuilder.Chunk("IDAT", [part]))]);

        var pixels = ImageFile.Load(_folder.Write("bytes.png", bytes)).Image.Pixels;

        Assert.Equal(Enumerable.Range(0, 768).Select(i => (byte)(i / 3)), pixels);
    }

    [Fact]
    public void Load_has_no_alpha_where_every_pixel_is_opaque()
    {
        var bytes = PngBuilder.Encode(3, 2, 8, 6, (x, y) => [1, 2, 3, 255]);

        Assert.Null(ImageFile.Load(_folder.Write("opaque.png", bytes)).Alpha);
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

        Assert.Equal([7, 8, 9, 7, 8, 10], ImageFile.Load(_folder.Write("animated.png", bytes)).Image.Pixels);
    }

    [Theory, MemberData(nameof(JpegKinds))]
    public void Load_reads_color_jpegs(string kind)
    {
        var image = LoadJpeg(Sample(kind));

        AssertNear(image, (x, y) => [40 + (10 * x), 200 - (9 * y), 60 + (3 * x) + (4 * y)]);
    }

    [Fact]
    public void Load_reads_gray_jpegs() =>
        AssertNear(LoadJpeg(JpegSamples.Gray), (x, _) => [40 + (10 * x), 40 + (10 * x), 40 + (10 * x)]);

    [Theory, MemberData(nameof(InkKinds))]
    public void Load_reads_jpegs_of_inks(string kind) =>
        AssertNear(
            LoadJpeg(kind == "Cmyk" ? JpegSamples.Cmyk : JpegSamples.Ycck),
            (x, y) => new[] { 10 * x, 12 * y, 50 }.Select(ink => (255 - ink) * (255 - (5 * x)) / 255).ToArray());

    [Fact]
    public void Load_reads_a_jpeg_named_png_and_a_png_named_jpg()
    {
        Assert.Equal(ImageFormat.Jpeg, ImageFile.Load(_folder.Write("a.png", JpegSamples.Gray)).Format);
        Assert.Equal(ImageFormat.Png, ImageFile.Load(_folder.Write("a.jpg", PngBuilder.Black(2, 2))).Format);
    }

    [Theory, MemberData(nameof(Orientations))]
    public void Load_turns_images_upright(int orientation)
    {
        // What is upright is 3×2 with pixels 0 1 2 / 3 4 5; this is how a camera stores it.
        int[,] stored = orientation switch
        {
            1 => new[,] { { 0, 1, 2 }, { 3, 4, 5 } },
            2 => new[,] { { 2, 1, 0 }, { 5, 4, 3 } },
            3 => new[,] { { 5, 4, 3 }, { 2, 1, 0 } },
            4 => new[,] { { 3, 4, 5 }, { 0, 1, 2 } },
            5 => new[,] { { 0, 3 }, { 1, 4 }, { 2, 5 } },
            6 => new[,] { { 2, 5 }, { 1, 4 }, { 0, 3 } },
            7 => new[,] { { 5, 2 }, { 4, 1 }, { 3, 0 } },
            _ => new[,] { { 3, 0 }, { 4, 1 }, { 5, 2 } },
        };
        foreach (bool bigEndian in new[] { false, true })
        {
            byte[] exif = PngBuilder.Chunk("eXIf", Exif(orientation, bigEndian));
            byte[] Bytes(bool isBefore) => PngBuilder.Encode(
                stored.GetLength(1), stored.GetLength(0), 8, 4, (x, y) => [(ushort)stored[y, x], (ushort)(100 + stored[y, x])],
                before: isBefore ? [exif] : [], after: isBefore ? [] : [exif]);

            foreach (bool isBefore in new[] { true, false })
            {
                var image = ImageFile.Load(_folder.Write("turned.png", Bytes(isBefore)));
                Assert.Equal((3, 2), (image.Image.Width, image.Image.Height));
                Assert.Equal([0, 1, 2, 3, 4, 5], image.Image.Pixels.Where((_, i) => i % 3 == 0).ToArray());
                Assert.Equal([100, 101, 102, 103, 104, 105], image.Alpha);
            }
        }
    }

    // A profile that turns red into green would be one that a program that applies profiles sees.
    [Fact]
    public void Load_takes_the_numbers_as_they_are_whatever_profile_stands_beside_them()
    {
        byte[] profile = SwappingProfile();
        byte[] packed = [.. "swapped\0\0"u8, .. PngBuilder.Deflate(profile)];
        var png = PngBuilder.Encode(2, 1, 8, 2, (x, _) => [(ushort)(200 + x), 10, 30], before: [PngBuilder.Chunk("iCCP", packed)]);
        Assert.Equal([200, 10, 30, 201, 10, 30], ImageFile.Load(_folder.Write("profile.png", png)).Image.Pixels);

        byte[] block = [.. "ICC_PROFILE\0"u8, 1, 1, .. profile];
        byte[] marker = [0xFF, 0xE2, (byte)((block.Length + 2) >> 8), (byte)(block.Length + 2), .. block];
        AssertNear(LoadJpeg([0xFF, 0xD8, .. marker, .. JpegSamples.Baseline[2..]]), (x, y) => [40 + (10 * x), 200 - (9 * y), 60 + (3 * x) + (4 * y)]);
    }

    // Stored from left to right 40 to 200, in 13 rows that are alike.
    [Theory, MemberData(nameof(Orientations))]
    public void Load_turns_jpegs_upright(int orientation)
    {
        byte[] exif = [.. "Exif\0\0"u8, .. Exif(orientation, bigEndian: true)];
        byte[] marker = [0xFF, 0xE1, 0, (byte)(exif.Length + 2), .. exif];

        var image = ImageFile.Load(_folder.Write("turned.jpg", [0xFF, 0xD8, .. marker, .. JpegSamples.Gray[2..]])).Image;

        bool isTurned = orientation > 4;
        Assert.Equal(isTurned ? (13, 17) : (17, 13), (image.Width, image.Height));
        byte first = image.Row(0)[0], last = isTurned ? image.Row(16)[0] : image.Row(0)[3 * 16];
        bool isReversed = orientation is 2 or 3 or 7 or 8;
        Assert.InRange(isReversed ? last : first, 38, 42);
        Assert.InRange(isReversed ? first : last, 198, 202);
    }

    [Fact]
    public void Load_takes_no_notice_of_broken_exif()
    {
        foreach (byte[] exif in new byte[][] { [], [1], Exif(0, true), Exif(9, true), Exif(6, true)[..12], [.. "MM"u8, 0, 42, 255, 255, 255, 255] })
        {
            byte[] block = [.. "Exif\0\0"u8, .. exif];
            byte[] marker = [0xFF, 0xE1, 0, (byte)(block.Length + 2), .. block];
            var image = ImageFile.Load(_folder.Write("odd.jpg", [0xFF, 0xD8, .. marker, .. JpegSamples.Gray[2..]]));
            Assert.Equal(17, image.Image.Width);
        }
    }

    [Fact]
    public void Load_refuses_every_cut_of_a_png_and_a_jpeg()
    {
        var png = PngBuilder.Encode(20, 20, 8, 2, (x, y) => [(ushort)(x * y % 256), (ushort)(x * 11), (ushort)(y * 7)]);
        byte[][] files =
            [png, JpegSamples.Baseline, JpegSamples.Progressive, JpegSamples.Restarts, JpegSamples.ScanPerChannel, JpegSamples.Cmyk];
        foreach (byte[] whole in files)
            for (int length = 1; length < whole.Length; length++)
            {
                string path = _folder.Write("cut", whole[..length]);
                Assert.Throws<UsageException>(() => ImageFile.Load(path));
            }
    }

    // The decoder makes gray of what is missing.
    [Theory]
    [InlineData("Baseline")]
    [InlineData("Restarts")]
    [InlineData("ScanPerChannel")]
    public void Load_refuses_cut_jpegs_that_an_end_was_put_to(string kind)
    {
        byte[] whole = Sample(kind);
        int scan = whole.AsSpan().LastIndexOf([(byte)0xFF, (byte)0xDA]);
        int codes = scan + 2 + whole[scan + 3];
        // The last byte may be filled up with ones only.
        for (int length = codes; length < whole.Length - 3; length++)
        {
            byte[] mended = [.. whole[..length].AsSpan().TrimEnd((byte)0xFF), 0xFF, 0xD9];
            Assert.Contains("cannot be decoded", Refusal("mended.jpg", mended), StringComparison.Ordinal);
        }
    }

    [Fact]
    public void Load_reads_a_jpeg_with_something_after_its_end() =>
        AssertNear(
            LoadJpeg([.. JpegSamples.Gray, 0, 0, .. JpegSamples.Baseline]),
            (x, _) => [40 + (10 * x), 40 + (10 * x), 40 + (10 * x)]);

    [Theory, MemberData(nameof(RareFrames))]
    public void Load_names_the_frames_that_it_does_not_read(byte marker, byte bits, string name)
    {
        var bytes = JpegSamples.Baseline;
        int frame = bytes.AsSpan().IndexOf([(byte)0xFF, (byte)0xC0]);
        (bytes[frame + 1], bytes[frame + 4]) = (marker, bits);

        Assert.Contains(name, Refusal("rare.jpg", bytes), StringComparison.Ordinal);
    }

    // Ten scans are usual; each repeats the work for all pixels and may have a dozen bytes.
    [Fact]
    public void Load_refuses_hundreds_of_scans_at_once()
    {
        var watch = Stopwatch.StartNew();
        string error = Refusal("scans.jpg", JpegSamples.WithScans(480, side: 8000));
        Assert.Contains("it has more than 31 scans, the most that can be read of 8000×8000 pixels", error, StringComparison.Ordinal);
        Assert.True(watch.Elapsed < TimeSpan.FromSeconds(5), $"{watch.Elapsed}");

        Assert.Equal(16, LoadJpeg(JpegSamples.WithScans(99, side: 16)).Image.Width);
        string many = Refusal("many.jpg", JpegSamples.WithScans(100, side: 16));
        Assert.Contains("more than 99 scans", many, StringComparison.Ordinal);
    }

    [Fact]
    public void Load_says_that_a_cut_file_is_cut()
    {
        var error = Refusal("cut.jpg", JpegSamples.Baseline[..^40]);
        Assert.Contains("'" + _folder["cut.jpg"] + "'", error, StringComparison.Ordinal);
        Assert.Contains("the file ends early", error, StringComparison.Ordinal);
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
        Assert.Contains("IHDR", Refusal("twice.png", PngBuilder.Black(2, 2, before: [header])), StringComparison.Ordinal);
        string late = Refusal("late.png", Join(PngBuilder.Chunk("tEXt", [65, 0, 65]), header));
        Assert.Contains("tEXt, not IHDR", late, StringComparison.Ordinal);

        var time = PngBuilder.Chunk("tIME", [7, 231, 1, 1, 0, 0, 0]);
        time[^1] ^= 1;
        Assert.Equal(2, ImageFile.Load(_folder.Write("time.png", PngBuilder.Black(2, 2, before: [time]))).Image.Width);
    }

    [Fact]
    public void Load_refuses_pixels_that_are_missing_from_a_sound_stream()
    {
        var half = PngBuilder.Deflate(PngBuilder.Raw(16, 8, 8, (_, _) => [1, 2, 3]));
        Refusal("half.png", Join(PngBuilder.Header(16, 16, 8, 2), PngBuilder.Chunk("IDAT", half)));
        Refusal("none.png", Join(PngBuilder.Header(16, 16, 8, 2)));

        // A byte of the last row, with every kind of row's length.
        foreach (bool interlaced in new[] { false, true })
            foreach (int side in new[] { 1, 3, 5, 9 })
            {
                byte[] rows = PngBuilder.Raw(side, side, 1, (_, _) => [1], interlaced);
                var header = PngBuilder.Header(side, side, 1, 0, interlaced);
                byte[] Bytes(byte[] raw) => Join(header, PngBuilder.Chunk("IDAT", PngBuilder.Deflate(raw)));
                Assert.Equal(255, ImageFile.Load(_folder.Write("whole.png", Bytes(rows))).Image.Pixels[^1]);
                string less = Refusal("less.png", Bytes(rows[..^1]));
                Assert.Contains("1 bytes of its pixels are missing", less, StringComparison.Ordinal);
            }
    }

    [Fact]
    public void Load_refuses_damaged_jpeg_data()
    {
        var bytes = JpegSamples.Baseline;
        bytes[^10] = 0xFF; // a marker in the middle of the pixels
        bytes[^9] = 0xD9;
        Refusal("damaged.jpg", bytes);
    }

    [Fact]
    public void Load_refuses_absurd_headers_at_once()
    {
        var watch = Stopwatch.StartNew();
        long before = GC.GetAllocatedBytesForCurrentThread();
        byte[] few = PngBuilder.Chunk("IDAT", PngBuilder.Deflate(new byte[100]));
        Assert.Contains("too large: 2147483647×1", Refusal("wide.png", Join(PngBuilder.Header(int.MaxValue, 1, 8, 2), few)), StringComparison.Ordinal);
        Assert.Contains("too large: 2147483647×2147483647", Refusal("both.png", Join(PngBuilder.Header(int.MaxValue, int.MaxValue, 16, 6), few)), StringComparison.Ordinal);
        Assert.Contains("too large: 10001×10000", Refusal("just.png", Join(PngBuilder.Header(10001, 10000, 1, 0), few)), StringComparison.Ordinal);
        string thin = Refusal("thin.png", Join(PngBuilder.Header(1, 1_000_001, 8, 2), few));
        Assert.Contains("too long and thin: 1×1000001", thin, StringComparison.Ordinal);
        Assert.Contains("ends early", Refusal("limit.png", Join(PngBuilder.Header(10000, 10000, 1, 0), few)), StringComparison.Ordinal);
        Refusal("more.png", Join(PngBuilder.Header(0xFFFFFFFF, 4, 8, 2), few));
        Refusal("zero.png", Join(PngBuilder.Header(0, 4, 8, 2), few));
        Refusal("depth.png", Join(PngBuilder.Header(4, 4, 3, 2), few));

        var large = JpegSamples.Baseline; // height and width stand 5 and 7 bytes behind the frame's marker
        int frame = large.AsSpan().IndexOf([(byte)0xFF, (byte)0xC0]);
        large.AsSpan(frame + 5, 4).Fill(0xFE);
        Assert.Contains("65278", Refusal("large.jpg", large), StringComparison.Ordinal);
        large.AsSpan(frame + 5, 4).Fill(0xFF);
        Refusal("larger.jpg", large);
        large.AsSpan(frame + 5, 4).Clear();
        Refusal("zero.jpg", large);

        Assert.True(GC.GetAllocatedBytesForCurrentThread() - before < 20_000_000);
        Assert.True(watch.Elapsed < TimeSpan.FromSeconds(10), "decoding as much would take minutes");
    }

    [Fact]
    public void Load_leaves_out_texts_of_more_than_a_megabyte()
    {
        byte[] bomb = [.. "Comment\0\0"u8, .. PngBuilder.Deflate(Enumerable.Repeat((byte)'x', 1_100_000).ToArray())];
        string path = _folder.Write("bomb.png", PngBuilder.Black(2, 2, before: [PngBuilder.Chunk("zTXt", bomb)]));

        Assert.Equal(2, ImageFile.Load(path).Image.Width);
        Assert.Empty(PngText.Read(path));
    }

    [Fact]
    public void Load_keeps_few_of_very_many_texts()
    {
        byte[] large = [.. "Comment\0\0"u8, .. PngBuilder.Deflate(Enumerable.Repeat((byte)'x', 1_000_000).ToArray())];
        var texts = Enumerable.Repeat(PngBuilder.Chunk("zTXt", large), 300).ToArray();
        string path = _folder.Write("texts.png", PngBuilder.Black(2, 2, before: texts));

        long before = GC.GetAllocatedBytesForCurrentThread();
        Assert.Equal(2, ImageFile.Load(path).Image.Width);
        Assert.True(GC.GetAllocatedBytesForCurrentThread() - before < 200_000_000);
        Assert.InRange(PngText.Read(path).Count, 1, 63);
    }

    [Fact]
    public void Load_refuses_a_wrong_check_sum_behind_the_last_row()
    {
        // The Adler sum has a chunk of its own, so that every pixel has been given out before it is seen.
        var stream = PngBuilder.Deflate(PngBuilder.Raw(4, 4, 8, (x, y) => [(ushort)x, (ushort)y, 1]));
        byte[][] Chunks(byte last) =>
            [PngBuilder.Header(4, 4, 8, 2), PngBuilder.Chunk("IDAT", stream[..^4]), PngBuilder.Chunk("IDAT", [.. stream[^4..^1], last])];

        Assert.Equal(4, ImageFile.Load(_folder.Write("sound.png", Join(Chunks(stream[^1])))).Image.Width);
        Refusal("adler.png", Join(Chunks((byte)(stream[^1] ^ 1))));
    }

    [Fact]
    public void Load_follows_links()
    {
        File.CreateSymbolicLink(_folder["link.png"], _folder.Write("a.png", PngBuilder.Black(3, 1)));

        Assert.Equal(3, ImageFile.Load(_folder["link.png"]).Image.Width);
    }

    [Theory, MemberData(nameof(Others))]
    public void Load_names_what_it_does_not_read(string start, string name)
    {
        string error = Refusal("other.png", Encoding.Latin1.GetBytes(start));

        Assert.Contains($" is {name}", error, StringComparison.Ordinal);
        Assert.Contains("only PNG and JPEG", error, StringComparison.Ordinal);
    }

    [Fact]
    public void Load_refuses_what_is_no_regular_file()
    {
        Assert.Contains("is a folder", Refusal(_folder.Path), StringComparison.Ordinal);
        Assert.Contains("There is no file", Refusal(_folder["missing.png"]), StringComparison.Ordinal);
        Assert.Contains("There is no file", Refusal(""), StringComparison.Ordinal);
        Assert.Contains("There is no file", Refusal("a\0b"), StringComparison.Ordinal);
        Assert.Contains("is empty (0 bytes)", Refusal("empty.png", []), StringComparison.Ordinal);
        if (OperatingSystem.IsWindows())
            return;
        Assert.Contains("pipe or device", Refusal("/dev/zero"), StringComparison.Ordinal);
        using var make = Process.Start("mkfifo", _folder["pipe.png"]);
        make.WaitForExit();
        Assert.Contains("pipe or device", Refusal(_folder["pipe.png"]), StringComparison.Ordinal);
        File.CreateSymbolicLink(_folder["dangling.png"], _folder["nothing"]);
        Refusal(_folder["dangling.png"]);
        File.CreateSymbolicLink(_folder["linked.png"], _folder["pipe.png"]);
        Assert.Contains("pipe or device", Refusal(_folder["linked.png"]), StringComparison.Ordinal);
        File.CreateSymbolicLink(_folder["round.png"], _folder["round.png"]);
        Refusal(_folder["round.png"]);
    }

    [Fact]
    public void Load_says_when_a_file_may_not_be_read()
    {
        string path = _folder.Write("secret.png", PngBuilder.Black(1, 1));
        if (OperatingSystem.IsWindows())
            return;
        File.SetUnixFileMode(path, UnixFileMode.None);
        if (Environment.IsPrivilegedProcess)
            return; // root reads everything
        Assert.Contains("cannot be read", Refusal(path), StringComparison.Ordinal);
    }

    [Fact]
    public void SavePng_and_Load_give_the_pixels_back()
    {
        var random = new Random(5);
        foreach (var (width, height) in new[] { (1, 1), (1, 400), (400, 1), (37, 53), (256, 256) })
        {
            var pixels = new byte[3 * width * height];
            random.NextBytes(pixels);
            ImageFile.SavePng(_folder["a.png"], new RgbImage(width, height, pixels));
            var image = ImageFile.Load(_folder["a.png"]);
            Assert.Equal((width, height), (image.Image.Width, image.Image.Height));
            Assert.Equal(pixels, image.Image.Pixels);
            Assert.Null(image.Alpha);
        }

        Assert.Equal([_folder["a.png"]], Directory.GetFileSystemEntries(_folder.Path));
    }

    [Fact]
    public void SavePng_writes_the_same_bytes_twice_and_no_time()
    {
        var image = new RgbImage(8, 8, Enumerable.Range(0, 192).Select(i => (byte)i).ToArray());
        KeyValuePair<string, string>[] texts = [new("prompt", "a red circle")];
        ImageFile.SavePng(_folder["a.png"], image, texts);
        ImageFile.SavePng(_folder["b.png"], image, texts);

        var bytes = File.ReadAllBytes(_folder["a.png"]);
        Assert.Equal(bytes, File.ReadAllBytes(_folder["b.png"]));
        Assert.Equal(-1, bytes.AsSpan().IndexOf("tIME"u8));
    }

    [Fact]
    public void SavePng_replaces_and_TrySaveNewPng_does_not()
    {
        var black = new RgbImage(1, 1, [0, 0, 0]);
        var white = new RgbImage(1, 1, [255, 255, 255]);
        Assert.True(ImageFile.TrySaveNewPng(_folder["a.png"], black));
        Assert.False(ImageFile.TrySaveNewPng(_folder["a.png"], white));
        Assert.Equal(0, ImageFile.Load(_folder["a.png"]).Image.Pixels[0]);
        ImageFile.SavePng(_folder["a.png"], white);
        Assert.Equal(255, ImageFile.Load(_folder["a.png"]).Image.Pixels[0]);
        Assert.Single(Directory.GetFileSystemEntries(_folder.Path));
    }

    [Fact]
    public void TrySaveNewPng_lets_one_of_many_win()
    {
        int winners = 0;
        Parallel.For(0, 400, i =>
        {
            if (ImageFile.TrySaveNewPng(_folder[$"race{i / 8}.png"], new RgbImage(1, 1, [(byte)i, 0, 0])))
                Interlocked.Increment(ref winners);
        });

        Assert.Equal(50, winners);
        Assert.Equal(50, Directory.GetFileSystemEntries(_folder.Path).Length);
    }

    [Fact]
    public void SavePng_says_why_it_cannot_write()
    {
        var image = new RgbImage(1, 1);
        string inFile = Path.Combine(_folder.Write("file", [1]), "a.png");
        string inNothing = Path.Combine(_folder["nothing"], "a.png");
        Directory.CreateDirectory(_folder["folder.png"]);
        foreach (string path in new[] { inFile, inNothing, _folder["folder.png"] })
        {
            var error = Assert.Throws<ResourceException>(() => ImageFile.SavePng(path, image));
            Assert.Contains($"'{path}' cannot be written", error.Message, StringComparison.Ordinal);
        }

        Assert.DoesNotContain(Directory.GetFileSystemEntries(_folder.Path), name => name.EndsWith(".tmp", StringComparison.Ordinal));
    }

    [Fact]
    public void A_full_disk_is_named_and_leaves_nothing_behind()
    {
        const int NoSpace = 28; // errno ENOSPC, which the runtime keeps in HResult
        var error = Assert.Throws<ResourceException>(() => AtomicFile.Write(_folder["a.png"], stream =>
        {
            stream.WriteByte(1);
            throw new IOException("No space left on device", NoSpace);
        }));

        Assert.StartsWith($"disk full writing '{_folder["a.png"]}'", error.Message, StringComparison.Ordinal);
        Assert.Empty(Directory.GetFileSystemEntries(_folder.Path));
    }

    private static byte[] Join(params byte[][] chunks) =>
        PngBuilder.Join([PngBuilder.Signature, .. chunks, PngBuilder.Chunk("IEND", [])]);

    private static byte[] Exif(int orientation, bool bigEndian)
    {
        byte[] block =
        [
            (byte)'M', (byte)'M', 0, 42, 0, 0, 0, 8,
            0, 1,
            0x01, 0x12, 0, 3, 0, 0, 0, 1, 0, (byte)orientation, 0, 0,
            0, 0, 0, 0,
        ];
        return bigEndian
            ? block
            : [(byte)'I', (byte)'I', 42, 0, 8, 0, 0, 0, 1, 0, 0x12, 0x01, 3, 0, 1, 0, 0, 0, (byte)orientation, 0, 0, 0, 0, 0, 0, 0];
    }

    // ICC.1, 7.2: a display profile of RGB with sRGB's primaries in another order and a gamma of 1.
    private static byte[] SwappingProfile()
    {
        (string Tag, uint[] Numbers)[] tags =
        [
            ("wtpt", [0xF6D6, 0x10000, 0xD32D]), ("rXYZ", [0x6299, 0xB785, 0x18DA]), ("gXYZ", [0x6FA2, 0x38F5, 0x0390]), ("bXYZ", [0x24A0, 0x0F84, 0xB6CF]),
        ];
        var data = new MemoryStream();
        var table = new MemoryStream();
        int start = 128 + 4 + (12 * (tags.Length + 3));
        void Add(string[] names, byte[] content)
        {
            foreach (string name in names)
                table.Write([.. Encoding.ASCII.GetBytes(name), .. Big((uint)(start + data.Length)), .. Big((uint)content.Length)]);
            data.Write(content);
        }
        foreach (var (tag, numbers) in tags)
            Add([tag], [.. "XYZ \0\0\0\0"u8, .. numbers.SelectMany(Big)]);
        Add(["rTRC", "gTRC", "bTRC"], [.. "curv\0\0\0\0"u8, .. Big(0)]);
        var header = new byte[128];
        Big((uint)(start + data.Length)).CopyTo(header, 0);
        Big(0x02100000).CopyTo(header, 8);
        "mntrRGB XYZ "u8.CopyTo(header.AsSpan(12));
        "acsp"u8.CopyTo(header.AsSpan(36));
        new uint[] { 0xF6D6, 0x10000, 0xD32D }.SelectMany(Big).ToArray().CopyTo(header, 68);
        return [.. header, .. Big((uint)(tags.Length + 3)), .. table.ToArray(), .. data.ToArray()];

        static byte[] Big(uint number) => [(byte)(number >> 24), (byte)(number >> 16), (byte)(number >> 8), (byte)number];
    }

    private static void AssertNear(LoadedImage image, Func<int, int, int[]> expected)
    {
        Assert.Equal(ImageFormat.Jpeg, image.Format);
        Assert.Null(image.Alpha);
        Assert.Equal((17, 13), (image.Image.Width, image.Image.Height));
        for (int y = 0; y < 13; y++)
            for (int x = 0; x < 17; x++)
            {
                var color = expected(x, y);
                for (int c = 0; c < 3; c++)
                    Assert.InRange(image.Image.Row(y)[(3 * x) + c], color[c] - JpegTolerance, color[c] + JpegTolerance);
            }
    }

    private static byte[] Sample(string kind) => kind switch
    {
        "Baseline" => JpegSamples.Baseline,
        "Progressive" => JpegSamples.Progressive,
        "Restarts" => JpegSamples.Restarts,
        "ScanPerChannel" => JpegSamples.ScanPerChannel,
        _ => throw new ArgumentOutOfRangeException(nameof(kind)),
    };

    private LoadedImage LoadJpeg(byte[] bytes) => ImageFile.Load(_folder.Write("a.jpg", bytes));

    private string Refusal(string name, byte[] bytes) => Refusal(_folder.Write(name, bytes));

    private static string Refusal(string path) => Assert.Throws<UsageException>(() => ImageFile.Load(path)).Message;
}

using System.Diagnostics;
using Glide.Images;

namespace Glide.Tests.Images;

/// <summary>JPEGs of cameras and presses are read, and damaged ones are refused.</summary>
public sealed class JpegLoadingTests : ImageTests
{
    public static TheoryData<string> JpegKinds => new() { "Baseline", "Progressive", "Restarts", "ScanPerChannel" };

    /// <summary>
    /// Types of frames that are not read, and samples of more bits: lossless, hierarchical, arithmetic.
    /// </summary>
    public static TheoryData<byte, byte, string> RareFrames => new()
    {
        { 0xC3, 8, "type 3" },
        { 0xC5, 8, "type 5" },
        { 0xC9, 8, "type 9" },
        { 0xCA, 8, "type 10" },
        { 0xC1, 12, "3 channels of 12 bits" },
    };

    public static TheoryData<string> InkKinds => new() { "Cmyk", "Ycck" };

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
        Assert.Equal(ImageFormat.Jpeg, ImageFile.Load(Folder.Write("a.png", JpegSamples.Gray)).Format);
        Assert.Equal(ImageFormat.Png, ImageFile.Load(Folder.Write("a.jpg", PngBuilder.Black(2, 2))).Format);
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
        string error = Refusal("scans.jpg", JpegSamples.WithScans(480, side: 4000));
        Assert.Contains("it has more than 99 scans, the most that can be read of 4000×4000 pixels", error,
            StringComparison.Ordinal);
        Assert.True(watch.Elapsed < TimeSpan.FromSeconds(5), $"{watch.Elapsed}");

        Assert.Equal(16, LoadJpeg(JpegSamples.WithScans(99, side: 16)).Image.Width);
        string many = Refusal("many.jpg", JpegSamples.WithScans(100, side: 16));
        Assert.Contains("more than 99 scans", many, StringComparison.Ordinal);
    }

    [Fact]
    public void Load_says_that_a_cut_file_is_cut()
    {
        var error = Refusal("cut.jpg", JpegSamples.Baseline[..^40]);
        Assert.Contains("'" + Folder["cut.jpg"] + "'", error, StringComparison.Ordinal);
        Assert.Contains("the file ends early", error, StringComparison.Ordinal);
    }

    [Fact]
    public void Load_refuses_damaged_jpeg_data()
    {
        var bytes = JpegSamples.Baseline;
        bytes[^10] = 0xFF; // a marker in the middle of the pixels
        bytes[^9] = 0xD9;
        Refusal("damaged.jpg", bytes);
    }

    private static byte[] Sample(string kind) => kind switch
    {
        "Baseline" => JpegSamples.Baseline,
        "Progressive" => JpegSamples.Progressive,
        "Restarts" => JpegSamples.Restarts,
        "ScanPerChannel" => JpegSamples.ScanPerChannel,
        _ => throw new ArgumentOutOfRangeException(nameof(kind)),
    };
}

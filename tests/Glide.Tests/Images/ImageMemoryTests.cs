using System.Globalization;
using Glide.Images;
using Glide.Tests.Support;

namespace Glide.Tests.Images;

/// <summary>
/// What the whole process takes for small files that promise much: the decoders' own memory too, so no test runs beside
/// these.
/// </summary>
[Collection(TorchCollection.Name)]
public sealed class ImageMemoryTests : IDisposable
{
    // What a decoder's library and its buffers may take; refusing takes less.
    private const long Most = 60L << 20;

    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    public static TheoryData<string> Bombs =>
        ["2 GB of text promised", "2 GB of profile promised", "pixels promised by a PNG", "pixels promised by a JPEG",
            "6 kB of text", "a profile", "more pixels than promised", "hundreds of scans", "texts"];

    [Theory, MemberData(nameof(Bombs))]
    public void A_small_file_takes_little_memory_whatever_it_promises(string bomb)
    {
        if (!OperatingSystem.IsLinux())
            return;
        byte[] few = PngBuilder.Chunk("IDAT", PngBuilder.Deflate(new byte[100]));
        byte[] zeros = PngBuilder.Deflate(new byte[200_000_000]);
        byte[] bytes = bomb switch
        {
            "2 GB of text promised" => [.. PngBuilder.Signature, .. PngBuilder.Header(4, 4, 8, 2), 0x7F, 0xFF, 0xFF,
                0xFF, .. "tEXtabc"u8],
            "2 GB of profile promised" => [.. PngBuilder.Signature, .. PngBuilder.Header(4, 4, 8, 2), 0x7F, 0xFF, 0xFF,
                0xFF, .. "iCCPabc"u8],
            "pixels promised by a PNG" => PngBuilder.Join(PngBuilder.Signature,
                PngBuilder.Header(10_000, 10_000, 16, 6), few, PngBuilder.Chunk("IEND", [])),
            "pixels promised by a JPEG" => LargeJpeg(),
            "6 kB of text" => PngBuilder.Black(4, 4, before: [PackedText(6_000_000)]),
            "a profile" => PngBuilder.Black(4, 4, before: [PngBuilder.Chunk("iCCP", [.. "a\0\0"u8, .. zeros])]),
            "more pixels than promised" => PngBuilder.Join(PngBuilder.Signature, PngBuilder.Header(4, 4, 8, 2),
                PngBuilder.Chunk("IDAT", zeros), PngBuilder.Chunk("IEND", [])),
            "hundreds of scans" => JpegSamples.WithScans(480, side: 8000),
            "texts" => PngBuilder.Black(4, 4, before: [.. Enumerable.Repeat(PackedText(900_000), 2000)]),
            _ => throw new ArgumentOutOfRangeException(nameof(bomb)),
        };
        string path = _folder.Write("bomb", bytes);
        // Refused or read: both are right, whatever is cheap.
        Assert.InRange(PeakOf(() => ImageFile.Load(path)), -Most, Most);
        Assert.InRange(PeakOf(() => ImageFile.ReadTexts(path)), -Most, Most);
    }

    [Theory]
    [InlineData(1, 0, false)]
    [InlineData(16, 6, true)]
    public void A_small_file_of_many_pixels_takes_what_they_need(int bits, int type, bool interlaced)
    {
        if (!OperatingSystem.IsLinux())
            return;
        // More pixels are refused.
        const int Side = 4000;
        // Three times four bytes a pixel, and the decoder itself.
        const long MostOfLarge = (3L * 4 * Side * Side) + (100L << 20);
        int row = 1 + (((bits * (type == 6 ? 4 : 1) * Side) + 7) / 8);
        // Adam7's passes have more bytes that name filters, of which one too many is no fault.
        byte[] zeros = PngBuilder.Deflate(new byte[(row * Side) + (interlaced ? 2 * Side : 0)]);
        byte[] header = PngBuilder.Header(Side, Side, bits, type, interlaced);
        string path = _folder.Write("large.png", PngBuilder.Join(
            PngBuilder.Signature, header, PngBuilder.Chunk("IDAT", zeros), PngBuilder.Chunk("IEND", [])));

        LoadedImage? image = null;
        long peak = PeakOf(() => image = ImageFile.Load(path));
        Assert.True(peak < MostOfLarge, $"{peak >> 20} MB");
        Assert.Equal(Side, image!.Image.Height);
    }

    private static byte[] PackedText(int length) =>
        PngBuilder.Chunk("zTXt", [.. "Comment\0\0"u8, .. PngBuilder.Deflate(new byte[length])]);

    // How much more the process took at once; below zero where it gave some back meanwhile.
    private static long PeakOf(Action read)
    {
        GC.Collect(GC.MaxGeneration, GCCollectionMode.Aggressive, blocking: true, compacting: true);
        long before = Memory("VmRSS");
        File.WriteAllText("/proc/self/clear_refs", "5");        // the peak starts anew
        try
        {
            read();
        }
        catch (UsageException)
        {
        }

        return Memory("VmHWM") - before;
    }

    // T.81, B.2.2: the numbers of rows and columns stand five bytes behind the frame's marker.
    private static byte[] LargeJpeg()
    {
        byte[] jpeg = JpegSamples.Progressive;
        int frame = jpeg.AsSpan().IndexOf([(byte)0xFF, (byte)0xC2]);
        byte[] sides = [10_000 >> 8, 10_000 & 0xFF, 10_000 >> 8, 10_000 & 0xFF];
        sides.CopyTo(jpeg, frame + 5);
        return jpeg;
    }

    private static long Memory(string key) => 1024 * long.Parse(
        File.ReadLines("/proc/self/status").First(line => line.StartsWith(key, StringComparison.Ordinal))[
            (key.Length + 1)..^2].Trim(), CultureInfo.InvariantCulture);
}

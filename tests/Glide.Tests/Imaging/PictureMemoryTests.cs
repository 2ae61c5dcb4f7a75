using System.Globalization;
using Glide.Imaging;
using Glide.Tests.Support;

namespace Glide.Tests.Imaging;

/// <summary>What the whole process takes for small files that promise much: the decoders' own memory too, so no test runs beside these.</summary>
[Collection(TorchCollection.Name)]
public sealed class PictureMemoryTests : IDisposable
{
    private const long Most = 100L << 20;

    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    public static TheoryData<string> Bombs =>
        ["2 GB of text promised", "2 GB of profile promised", "pixels promised by a PNG", "pixels promised by a JPEG", "6 kB of text", "a profile", "more pixels than promised"];

    [Theory, MemberData(nameof(Bombs))]
    public void A_small_file_takes_little_memory_whatever_it_promises(string bomb)
    {
        if (!OperatingSystem.IsLinux())
            return;
        byte[] few = PngBuilder.Chunk("IDAT", PngBuilder.Deflate(new byte[100]));
        byte[] zeros = PngBuilder.Deflate(new byte[200_000_000]);
        byte[] bytes = bomb switch
        {
            "2 GB of text promised" => [.. PngBuilder.Signature, .. PngBuilder.Header(4, 4, 8, 2), 0x7F, 0xFF, 0xFF, 0xFF, .. "tEXtabc"u8],
            "2 GB of profile promised" => [.. PngBuilder.Signature, .. PngBuilder.Header(4, 4, 8, 2), 0x7F, 0xFF, 0xFF, 0xFF, .. "iCCPabc"u8],
            "pixels promised by a PNG" => PngBuilder.Join(PngBuilder.Signature, PngBuilder.Header(10_000, 10_000, 16, 6), few, PngBuilder.Chunk("IEND", [])),
            "pixels promised by a JPEG" => LargeJpeg(),
            "6 kB of text" => PngBuilder.Black(4, 4, before: [PngBuilder.Chunk("zTXt", [.. "Comment\0\0"u8, .. PngBuilder.Deflate(new byte[6_000_000])])]),
            "a profile" => PngBuilder.Black(4, 4, before: [PngBuilder.Chunk("iCCP", [.. "a\0\0"u8, .. zeros])]),
            "more pixels than promised" => PngBuilder.Join(PngBuilder.Signature, PngBuilder.Header(4, 4, 8, 2), PngBuilder.Chunk("IDAT", zeros), PngBuilder.Chunk("IEND", [])),
            _ => throw new ArgumentOutOfRangeException(nameof(bomb)),
        };
        string path = _folder.Write("bomb", bytes);
        GC.Collect();
        long before = Memory("VmRSS");
        File.WriteAllText("/proc/self/clear_refs", "5");        // the peak starts anew
        try
        {
            ImageFile.Load(path);
        }
        catch (UsageException)
        {
            // Refused or read: both are right, whatever is cheap.
        }
        // Below zero where the process gave some back meanwhile.
        Assert.InRange(Memory("VmHWM") - before, -Most, Most);
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
        File.ReadLines("/proc/self/status").First(line => line.StartsWith(key, StringComparison.Ordinal))[(key.Length + 1)..^2].Trim(), CultureInfo.InvariantCulture);
}

using System.Diagnostics;
using Glide.Cli.Tests.Support;
using Glide.Tests.Images;

namespace Glide.Cli.Tests.Editing;

/// <summary>
/// Files that are no images, or none that may be read: refused by every command, as an image and as a mask.
/// </summary>
public sealed class RefusedImageTests : IDisposable
{
    // The smallest refused image would take 300 MB; a heap of 64 MB is enough to refuse it.
    private static readonly Dictionary<string, string?> s_smallHeap =
        new() { ["DOTNET_GCHeapHardLimit"] = "0x4000000" };

    // Starting the program takes well under a second; a read of /dev/zero or of a pipe never ends.
    private static readonly TimeSpan s_atOnce = TimeSpan.FromSeconds(30);

    private readonly GlideProcess _glide = new();

    public void Dispose() => _glide.Dispose();

    public static TheoryData<string, string> Files => new()
    {
        { "missing.png", "There is no file 'missing.png'" },
        { "folder", "'folder' is a folder; give a PNG or JPEG file" },
        { "empty.png", "'empty.png' is empty (0 bytes)" },
        { "pipe.png", "'pipe.png' is empty (0 bytes), or a pipe or device" },
        { "/dev/zero", "'/dev/zero' is empty (0 bytes), or a pipe or device" },
        { "text.png", "'text.png' is text; only PNG and JPEG images can be read" },
        { "moving.gif", "'moving.gif' is a GIF; only PNG and JPEG images can be read" },
        { "photo.webp", "'photo.webp' is a WebP image; only PNG and JPEG images can be read" },
        { "drawing.svg", "'drawing.svg' is an SVG drawing; only PNG and JPEG images can be read" },
        { "cut.png", "'cut.png' ends early: the chunk at byte 33 should end at byte" },
        { "end.png", "'end.png' ends early: its last chunk, IEND, is missing; get a whole copy" },
        { "chunk.png",
            "'chunk.png' ends early: the chunk at byte 33 should end at byte 2147483692, the file ends at byte 44; "
                + "get a whole copy" },
        { "cut.jpg",
            "'cut.jpg' cannot be decoded: it is cut, damaged or of a rare kind (the file ends early); get a whole "
                + "copy" },
        { "corrupt.png", "'corrupt.png' cannot be decoded" },
        { "half.png", "'half.png' cannot be decoded" },
        { "zero.png", "'zero.png'" },
        { "zero.jpg", "'zero.jpg'" },
        { "large.png", "'large.png' is too large: 10001×10000 pixels, at most 100 megapixels can be read" },
        { "absurd.png", "'absurd.png' is too large: 2147483647×2147483647 pixels" },
        { "large.jpg", "'large.jpg' is too large: 65278×65278 pixels" },
        { "limit.png", "to 10000×10000 pixels, more than a photograph has" },
    };

    [Theory, MemberData(nameof(Files))]
    public void A_file_is_refused_at_once_by_every_command(string file, string message)
    {
        Write(file);
        File.WriteAllBytes(_glide.PathOf("good.png"), PngBuilder.Black(40, 40));
        string[][] commands =
        [
            ["upscale", "--image", file],
            ["edit", "a cat", "--image", file],
            ["inpaint", "a cat", "--image", file, "--rect", "0,0,9,9"],
            ["inpaint", "a cat", "--image", "good.png", "--mask", file],
        ];
        foreach (string[] command in commands)
        {
            var watch = Stopwatch.StartNew();
            var result = _glide.Run(s_smallHeap, command);
            Assert.Contains(message, result.Error, StringComparison.Ordinal);
            Assert.Equal(2, result.ExitCode);
            Assert.StartsWith("error: ", result.Error, StringComparison.Ordinal);
            Assert.Single(result.Error.TrimEnd().Split('\n'));
            Assert.Empty(result.Output);
            Assert.True(watch.Elapsed < s_atOnce, $"{command[0]} took {watch.Elapsed}");
        }
    }

    private void Write(string file)
    {
        string path = _glide.PathOf(file);
        byte[] few = PngBuilder.Chunk("IDAT", PngBuilder.Deflate(new byte[100]));
        byte[] good = PngBuilder.Encode(16, 16, 8, 2, (x, y) => [(ushort)(x * y), (ushort)x, (ushort)y]);
        if (file == "folder")
        {
            Directory.CreateDirectory(path);
        }
        else if (file == "pipe.png")
        {
            Process.Start("mkfifo", path).WaitForExit();
        }
        else if (file is not ("missing.png" or "/dev/zero"))
        {
            File.WriteAllBytes(path, file switch
            {
                "empty.png" => [],
                "text.png" => [.. "not an image\n"u8],
                "moving.gif" => [.. "GIF89a0000000000"u8],
                "photo.webp" => [.. "RIFF0000WEBPVP8 0000"u8],
                "drawing.svg" => [.. "<svg xmlns=\"http://www.w3.org/2000/svg\"/>"u8],
                "cut.png" => good[..^60],
                "end.png" => good[..^12],
                // A text that says it has 2^31-1 bytes.
                "chunk.png" => [.. PngBuilder.Signature, .. PngBuilder.Header(16, 16, 8, 2), 0x7F, 0xFF, 0xFF, 0xFF,
                    .. "tEXtabc"u8],
                "cut.jpg" => JpegSamples.Baseline[..^40],
                "corrupt.png" => [.. good[..60], (byte)(good[60] ^ 0x55), .. good[61..]],
                "half.png" => PngBuilder.Join(
                    PngBuilder.Signature, PngBuilder.Header(16, 16, 8, 2),
                    PngBuilder.Chunk("IDAT", PngBuilder.Deflate(PngBuilder.Raw(16, 8, 8, (_, _) => [1, 2, 3]))),
                        PngBuilder.Chunk("IEND", [])),
                "zero.png" => WithHeader(PngBuilder.Header(0, 4, 8, 2)),
                "zero.jpg" => JpegOfSize(0, 0),
                "large.png" => WithHeader(PngBuilder.Header(10001, 10000, 1, 0)),
                "absurd.png" => WithHeader(PngBuilder.Header(int.MaxValue, int.MaxValue, 16, 6)),
                "large.jpg" => JpegOfSize(0xFE, 0xFE),
                "limit.png" => WithHeader(PngBuilder.Header(10000, 10000, 1, 0)),
                _ => throw new ArgumentException($"No content for {file}.", nameof(file)),
            });
        }

        byte[] WithHeader(byte[] header) => PngBuilder.Join(PngBuilder.Signature, header, few,
            PngBuilder.Chunk("IEND", []));
    }

    // Height and width stand five and seven bytes behind the frame's marker.
    private static byte[] JpegOfSize(byte high, byte low)
    {
        byte[] jpeg = JpegSamples.Baseline;
        int frame = jpeg.AsSpan().IndexOf([(byte)0xFF, (byte)0xC0]);
        foreach (int offset in new[] { 5, 7 })
            (jpeg[frame + offset], jpeg[frame + offset + 1]) = (high, low);
        return jpeg;
    }
}

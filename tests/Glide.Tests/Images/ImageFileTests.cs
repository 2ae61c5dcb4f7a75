using System.Diagnostics;
using System.Text;
using Glide.Images;

namespace Glide.Tests.Images;

/// <summary>Files that are read and written, whatever is in them.</summary>
public sealed class ImageFileTests : ImageTests
{
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

    [Fact]
    public void Load_refuses_absurd_headers_at_once()
    {
        var watch = Stopwatch.StartNew();
        long before = GC.GetAllocatedBytesForCurrentThread();
        byte[] few = PngBuilder.Chunk("IDAT", PngBuilder.Deflate(new byte[100]));
        Assert.Contains("too large: 2147483647×1",
            Refusal("wide.png", Join(PngBuilder.Header(int.MaxValue, 1, 8, 2), few)), StringComparison.Ordinal);
        Assert.Contains("too large: 2147483647×2147483647",
            Refusal("both.png", Join(PngBuilder.Header(int.MaxValue, int.MaxValue, 16, 6), few)),
            StringComparison.Ordinal);
        Assert.Contains("too large: 10001×10000", Refusal("just.png", Join(PngBuilder.Header(10001, 10000, 1, 0), few)),
            StringComparison.Ordinal);
        string thin = Refusal("thin.png", Join(PngBuilder.Header(1, 1_000_001, 8, 2), few));
        Assert.Contains("too long and thin: 1×1000001", thin, StringComparison.Ordinal);
        Assert.Contains("unfolds from", Refusal("limit.png", Join(PngBuilder.Header(10000, 10000, 1, 0), few)),
            StringComparison.Ordinal);
        Assert.Contains("ends early", Refusal("few.png", Join(PngBuilder.Header(4000, 4000, 1, 0), few)),
            StringComparison.Ordinal);
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
    public void Load_follows_links()
    {
        File.CreateSymbolicLink(Folder["link.png"], Folder.Write("a.png", PngBuilder.Black(3, 1)));

        Assert.Equal(3, ImageFile.Load(Folder["link.png"]).Image.Width);
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
        Assert.Contains("is a folder", Refusal(Folder.Path), StringComparison.Ordinal);
        Assert.Contains("There is no file", Refusal(Folder["missing.png"]), StringComparison.Ordinal);
        Assert.Contains("There is no file", Refusal(""), StringComparison.Ordinal);
        Assert.Contains("There is no file", Refusal("a\0b"), StringComparison.Ordinal);
        Assert.Contains("is empty (0 bytes)", Refusal("empty.png", []), StringComparison.Ordinal);
        if (OperatingSystem.IsWindows())
            return;
        Assert.Contains("pipe or device", Refusal("/dev/zero"), StringComparison.Ordinal);
        using var make = Process.Start("mkfifo", Folder["pipe.png"]);
        make.WaitForExit();
        Assert.Contains("pipe or device", Refusal(Folder["pipe.png"]), StringComparison.Ordinal);
        File.CreateSymbolicLink(Folder["dangling.png"], Folder["nothing"]);
        Refusal(Folder["dangling.png"]);
        File.CreateSymbolicLink(Folder["linked.png"], Folder["pipe.png"]);
        Assert.Contains("pipe or device", Refusal(Folder["linked.png"]), StringComparison.Ordinal);
        File.CreateSymbolicLink(Folder["round.png"], Folder["round.png"]);
        Refusal(Folder["round.png"]);
    }

    [Fact]
    public void Load_says_when_a_file_may_not_be_read()
    {
        string path = Folder.Write("secret.png", PngBuilder.Black(1, 1));
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
            ImageFile.SavePng(Folder["a.png"], new RgbImage(width, height, pixels));
            var image = ImageFile.Load(Folder["a.png"]);
            Assert.Equal((width, height), (image.Image.Width, image.Image.Height));
            Assert.Equal(pixels, image.Image.Pixels);
            Assert.Null(image.Alpha);
        }

        Assert.Equal([Folder["a.png"]], Directory.GetFileSystemEntries(Folder.Path));
    }

    [Fact]
    public void SavePng_writes_the_same_bytes_twice_and_no_time()
    {
        var image = new RgbImage(8, 8, Enumerable.Range(0, 192).Select(i => (byte)i).ToArray());
        KeyValuePair<string, string>[] texts = [new("prompt", "a red circle")];
        ImageFile.SavePng(Folder["a.png"], image, texts);
        ImageFile.SavePng(Folder["b.png"], image, texts);

        var bytes = File.ReadAllBytes(Folder["a.png"]);
        Assert.Equal(bytes, File.ReadAllBytes(Folder["b.png"]));
        Assert.Equal(-1, bytes.AsSpan().IndexOf("tIME"u8));
    }

    [Fact]
    public void SavePng_replaces_and_TrySaveNewPng_does_not()
    {
        var black = new RgbImage(1, 1, [0, 0, 0]);
        var white = new RgbImage(1, 1, [255, 255, 255]);
        Assert.True(ImageFile.TrySaveNewPng(Folder["a.png"], black));
        Assert.False(ImageFile.TrySaveNewPng(Folder["a.png"], white));
        Assert.Equal(0, ImageFile.Load(Folder["a.png"]).Image.Pixels[0]);
        ImageFile.SavePng(Folder["a.png"], white);
        Assert.Equal(255, ImageFile.Load(Folder["a.png"]).Image.Pixels[0]);
        Assert.Single(Directory.GetFileSystemEntries(Folder.Path));
    }

    [Fact]
    public void TrySaveNewPng_lets_one_of_many_win()
    {
        int winners = 0;
        Parallel.For(0, 400, i =>
        {
            if (ImageFile.TrySaveNewPng(Folder[$"race{i / 8}.png"], new RgbImage(1, 1, [(byte)i, 0, 0])))
                Interlocked.Increment(ref winners);
        });

        Assert.Equal(50, winners);
        Assert.Equal(50, Directory.GetFileSystemEntries(Folder.Path).Length);
    }

    [Fact]
    public void SavePng_says_why_it_cannot_write()
    {
        var image = new RgbImage(1, 1);
        string inFile = Path.Combine(Folder.Write("file", [1]), "a.png");
        string inNothing = Path.Combine(Folder["nothing"], "a.png");
        Directory.CreateDirectory(Folder["folder.png"]);
        foreach (string path in new[] { inFile, inNothing, Folder["folder.png"] })
        {
            var error = Assert.Throws<ResourceException>(() => ImageFile.SavePng(path, image));
            Assert.Contains($"'{path}' cannot be written", error.Message, StringComparison.Ordinal);
        }

        Assert.DoesNotContain(Directory.GetFileSystemEntries(Folder.Path), name =>
            name.EndsWith(".tmp", StringComparison.Ordinal));
    }

    [Fact]
    public void A_full_disk_is_named_and_leaves_nothing_behind()
    {
        const int NoSpace = 28; // errno ENOSPC, which the runtime keeps in HResult
        var error = Assert.Throws<ResourceException>(() => AtomicFile.Write(Folder["a.png"], stream =>
        {
            stream.WriteByte(1);
            throw new IOException("No space left on device", NoSpace);
        }));

        Assert.StartsWith($"disk full writing '{Folder["a.png"]}'", error.Message, StringComparison.Ordinal);
        Assert.Empty(Directory.GetFileSystemEntries(Folder.Path));
    }
}

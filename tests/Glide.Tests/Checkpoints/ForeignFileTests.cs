using System.Diagnostics;
using System.IO.Compression;
using System.Text;
using Glide.Checkpoints;

namespace Glide.Tests.Checkpoints;

public sealed class ForeignFileTests : IDisposable
{
    private readonly TempFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    public static TheoryData<string, byte[], string> Files => new()
    {
        { "page", "\n<!DOCTYPE html>\n<html>"u8.ToArray(), "this is a web page (HTML), not weights" },
        { "page without doctype", "<HTML><body>"u8.ToArray(), "this is a web page (HTML), not weights" },
        { "error of a bucket", "<?xml version='1.0'?><Error>"u8.ToArray(),
            "this is an XML text, as servers send for errors" },
        { "LFS pointer", "version https://git-lfs.github.com/spec/v1\noid sha256:4d7a\nsize 1540123456\n"u8.ToArray(),
            "this is a Git LFS pointer to a file of 1540123456 bytes, not weights" },
        { "text", "Not Found\n"u8.ToArray(), "this is a text file, not weights (it begins \"Not Found\")" },
        { "text with a byte order mark", "\uFEFFNot Found"u8.ToArray(), "this is a text file" },
        { "JSON", "{\"error\": 404}"u8.ToArray(), "this is a text file" },
        { "pickle of protocol 0", "cos\nsystem\n(S'true'\ntR."u8.ToArray(),
            "the file wants to call os.system; nothing was run" },
        { "old pickle, INST", "(iposix\nsystem\n."u8.ToArray(), "the file wants to call os.system; nothing was run" },
        { "GGUF", [.. "GGUF"u8, 3, 0, 0, 0], "this is a GGUF file" },
        { "GGML", [.. "lmgg"u8, 3, 0, 0, 0], "this is a GGML file" },
        { "tar", Tar(), "this is a tar archive" },
        { "HDF5", [0x89, .. "HDF\r\n"u8, 0x1A, 10], "this is an HDF5 file" },
        { "npy", [0x93, .. "NUMPY"u8, 1, 0], "this is a NumPy array" },
        { "png", [0x89, .. "PNG\r\n"u8, 0x1A, 10], "this is a PNG image" },
        { "jpeg", [0xFF, 0xD8, 0xFF, 0xE0], "this is a JPEG image" },
        { "xz", [0xFD, .. "7zXZ"u8, 0], "this is xz-compressed" },
        { "zstd", [0x28, 0xB5, 0x2F, 0xFD, 4], "this is zstd-compressed" },
        { "bzip2", "BZh91AY"u8.ToArray(), "this is bzip2-compressed" },
        { "7z", [(byte)'7', (byte)'z', 0xBC, 0xAF, 0x27, 0x1C], "this is a 7-Zip archive" },
        { "ELF", [0x7F, .. "ELF"u8, 2], "this is a program (ELF)" },
        { "zeros", new byte[100], "it begins with 100 zero bytes, as an unfinished download does" },
        { "noise", [0xC3, 0x28, 0xA0, 0x01, 0x02, 0xFE], "its format is unknown (it begins with c328a00102fe)" },
        { "one byte", [0x50], "this is a text file" },
        { "plain pickle", new PickleBuilder(4).Raw("}."u8).ToArray(), "this is a plain Python pickle" },
    };

    [Theory, MemberData(nameof(Files))]
    public void A_file_of_another_kind_is_named(string kind, byte[] bytes, string reason)
    {
        Assert.NotEmpty(kind);
        string path = _folder.Write("base.pt", bytes);
        Refuses(path, reason);
        // Compressed, it is still what it is.
        using (var packed = File.Create(path))
        using (var gzip = new GZipStream(packed, CompressionLevel.Fastest))
            gzip.Write(bytes);
        Refuses(path, reason);
    }

    [Fact]
    public void What_is_no_file_is_refused_at_once()
    {
        Refuses(Path.Combine(_folder.Path, "missing.pt"), "does not exist");
        Refuses(_folder.Path, "it is a folder");
        Refuses(_folder.Write("empty.pt", []), "it is empty (0 bytes)");
        if (OperatingSystem.IsLinux())
        {
            Refuses("/dev/zero", "it is empty (0 bytes), or no regular file");
            string pipe = Path.Combine(_folder.Path, "pipe");
            Process.Start("mkfifo", pipe).WaitForExit();
            Refuses(pipe, "it is empty (0 bytes), or no regular file");
            string link = Path.Combine(_folder.Path, "link");
            File.CreateSymbolicLink(link, pipe);
            Refuses(link, "it is empty (0 bytes), or no regular file");
        }
    }

    [Fact]
    public void A_name_that_would_move_the_cursor_is_shown_harmlessly()
    {
        string path = _folder.Write("a", Encoding.UTF8.GetBytes("\u001b[2J"));
        var error = Assert.Throws<CheckpointException>(() => Checkpoint.Open(path).Dispose());
        Assert.DoesNotContain('\u001b', error.Message);
    }

    private static byte[] Tar()
    {
        var bytes = new byte[1024];
        "storages"u8.CopyTo(bytes);
        "ustar"u8.CopyTo(bytes.AsSpan(257));
        return bytes;
    }

    private static void Refuses(string path, string reason)
    {
        var error = Assert.Throws<CheckpointException>(() => Checkpoint.Open(path).Dispose());
        Assert.True(error.Message.Contains(reason, StringComparison.Ordinal), error.Message);
    }
}

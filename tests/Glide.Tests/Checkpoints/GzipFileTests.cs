using System.Diagnostics;
using System.IO.Compression;
using Glide.Checkpoints;
using Glide.Tests.Support;

namespace Glide.Tests.Checkpoints;

public sealed class GzipFileTests : IDisposable
{
    private readonly TempFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    public static TheoryData<string> Golden => new() { "ordered_zip.pt", "ordered_legacy.pt", "expected.safetensors" };

    [Theory, MemberData(nameof(Golden))]
    public void Golden_files_are_the_same_compressed(string name)
    {
        string plain = GoldenFiles.PathOf("checkpoints/" + name);
        using var expected = Checkpoint.Open(plain);
        using var found = Checkpoint.Open(Pack("a", File.ReadAllBytes(plain)));
        Assert.True(found.IsCompressed);
        Assert.Equal(expected.Format, found.Format);
        Assert.Equal(expected.Tensors.Keys, found.Tensors.Keys);
        foreach (var entry in expected.Tensors.Values)
        {
            Assert.Equal(CheckpointGoldenTests.Numbers(expected, entry),
                CheckpointGoldenTests.Numbers(found, found.Tensors[entry.Name]));
        }
    }

    [Fact]
    public void Golden_file_compressed_and_cut_anywhere_is_refused()
    {
        var packed = File.ReadAllBytes(Pack("a",
            File.ReadAllBytes(GoldenFiles.PathOf("checkpoints/expected.safetensors"))));
        for (int length = 2; length < packed.Length; length++)
        {
            string path = _folder.Write("cut", packed.AsSpan(0, length));
            var error = Assert.Throws<CheckpointException>(() => Checkpoint.Open(path).Dispose());
            Assert.True(error.Message.Contains("ends early", StringComparison.Ordinal)
                || error.Message.Contains("holds nothing", StringComparison.Ordinal), $"{length}: {error.Message}");
        }
    }

    [Fact]
    public void A_damaged_byte_is_found()
    {
        var packed = File.ReadAllBytes(Pack("a",
            File.ReadAllBytes(GoldenFiles.PathOf("checkpoints/expected.safetensors"))));
        packed[^7] ^= 1;        // in the CRC
        string path = _folder.Write("a", packed);
        Assert.Throws<CheckpointException>(() => Checkpoint.Open(path).Dispose());
    }

    [Fact]
    public void A_bomb_is_refused_before_it_grows()
    {
        string path = PackZeros([], megabytes: 600);
        var watch = Stopwatch.StartNew();
        var error = Assert.Throws<CheckpointException>(() => Checkpoint.Open(path).Dispose());
        Assert.Contains("zero bytes", error.Message, StringComparison.Ordinal);
        Assert.InRange(watch.Elapsed, TimeSpan.Zero, TimeSpan.FromSeconds(2));
    }

    [Fact]
    public void A_bomb_that_looks_like_a_checkpoint_meets_the_limit()
    {
        byte[] head = [100, 0, 0, 0, 0, 0, 0, 0, .. "{\"w\":{\"dtype\":\"U8\",\"shape\":["u8];
        string path = PackZeros(head, megabytes: 400);
        var error = Assert.Throws<CheckpointException>(() => Checkpoint.Open(path).Dispose());
        Assert.Matches(@"it unpacks to more than [\d,]+ bytes, \d+ times its size", error.Message);
    }

    [Fact]
    public void Compressing_twice_is_refused()
    {
        string path = Pack("b", File.ReadAllBytes(
            Pack("a", File.ReadAllBytes(GoldenFiles.PathOf("checkpoints/expected.safetensors")))));
        Assert.Throws<CheckpointException>(() => Checkpoint.Open(path).Dispose());
    }

    private string PackZeros(byte[] head, int megabytes)
    {
        string path = Path.Combine(_folder.Path, "zeros.gz");
        using var packed = File.Create(path);
        using var gzip = new GZipStream(packed, CompressionLevel.Fastest);
        gzip.Write(head);
        var zeros = new byte[1 << 20];
        for (int i = 0; i < megabytes; i++)
            gzip.Write(zeros);
        return path;
    }

    private string Pack(string name, byte[] bytes)
    {
        string path = Path.Combine(_folder.Path, name + ".gz");
        using var packed = File.Create(path);
        using var gzip = new GZipStream(packed, CompressionLevel.Fastest);
        gzip.Write(bytes);
        return path;
    }
}

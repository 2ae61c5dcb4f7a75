using System.IO.Compression;
using System.Text;
using System.Text.Json.Nodes;
using Glide.Cli.Tests.Support;
using Glide.Tests.Checkpoints;

namespace Glide.Cli.Tests.Commands;

/// <summary>
/// Weights that are none, or not those that are needed: told in one line with exit code 4, and no image is written.
/// </summary>
public sealed class RefusedCheckpointTests : IDisposable
{
    private static readonly string s_mini = Path.Combine(GlideProcess.Checkout, "models", "mini");
    private readonly GlideProcess _glide = new();

    public void Dispose() => _glide.Dispose();

    public static TheoryData<string, string> Files => new()
    {
        { "missing", "does not exist" },
        { "empty", "it is empty (0 bytes), or no regular file; download or copy it again" },
        { "page", "this is a web page (HTML), not weights. Download the file itself, not the page that shows it" },
        { "LFS pointer", "this is a Git LFS pointer to a file of 1540123456 bytes, not weights. Run 'git lfs pull'" },
        { "half of the built-in file",
            "its gzip compression is damaged, ends early, or something follows it. Download or copy it again" },
        { "a flipped byte in the built-in file", "its gzip compression is damaged" },
        { "99 % of an archive", "it is incomplete" },
        { "a command in a pickle", "the file wants to call os.system (written posix.system); nothing was run" },
        { "a million nested lists", "its pickle nests deeper than 20,000 values" },
        { "a million nested lists in JSON", "its header is no valid JSON" },
        { "a list that holds itself", "it holds a list, not a mapping from names to tensors" },
        { "an archive whose entry climbs", "names stay inside the archive" },
        { "a small file that unpacks to a gigabyte", "it begins with 4096 zero bytes" },
        { "an optimizer's state", "it holds the state of an optimizer" },
        { "a program of TorchScript", "this is a TorchScript program (torch.jit.save), not weights" },
        { "GGUF", "this is a GGUF file" },
    };

    [Theory, MemberData(nameof(Files))]
    public void A_file_that_holds_no_weights_is_refused_with_4(string kind, string message)
    {
        WriteWeights("set", "base", Content(kind));
        foreach (var result in new[] { Info(), Sample("set") })
        {
            AssertRefused(result, kind == "missing"
                ? "(does not exist|are missing; looked for .*base)"
                : System.Text.RegularExpressions.Regex.Escape(message));
            Assert.DoesNotContain("   at ", result.Error, StringComparison.Ordinal);
        }

        CommandResult Info() => _glide.Run("models", "info", "set/base.safetensors.gz");
    }

    [Fact]
    public void Another_networks_weights_are_refused_with_what_they_are_and_five_differences()
    {
        WriteWeights("set", "base", File.ReadAllBytes(Path.Combine(s_mini, "upsample-inpaint.safetensors.gz")));
        var result = Sample("set");
        AssertRefused(result, "set/base.safetensors.gz' does not fit the network 'base': 291 differences");
        Assert.Equal(5, result.Error.Split("; '").Length);
        Assert.Contains("This looks like upsample-inpaint (mini)", result.Error, StringComparison.Ordinal);
    }

    // In fp16, 7E00 is no number and 7C00 infinity.
    [Theory]
    [InlineData("base", 0x7E00)]
    [InlineData("base", 0x7C00)]
    [InlineData("upsample", 0x7E00)]
    public void Weights_that_are_not_finite_load_and_draw_no_image(string network, int number)
    {
        using var packed = new GZipStream(File.OpenRead(Path.Combine(s_mini, $"{network}.safetensors.gz")),
            CompressionMode.Decompress);
        using var whole = new MemoryStream();
        packed.CopyTo(whole);
        byte[] bytes = whole.ToArray();
        int header = (int)BitConverter.ToInt64(bytes);
        int start = (int)JsonNode.Parse(Encoding.UTF8.GetString(bytes, 8, header))!["out.2.weight"]!["data_offsets"]![
            0]!;
        BitConverter.GetBytes((ushort)number).CopyTo(bytes, 8 + header + start);
        WriteWeights("set", network, Packed(bytes));

        Assert.Equal(0, _glide.Run("models", "info", $"set/{network}.safetensors.gz").ExitCode);
        var result = Sample("set");
        Assert.Equal((1, ""), (result.ExitCode, result.Output));
        Assert.Matches(
            "^error: .*numbers are not finite \\(NaN or infinite\\), so no image was written; try --dtype fp32, or "
                + "check", result.Error);
        Assert.Empty(Directory.GetFiles(_glide.Folder));
    }

    private static void AssertRefused(CommandResult result, string message)
    {
        Assert.True(result.ExitCode == 4, $"{result.ExitCode} {result.Error}");
        Assert.Empty(result.Output);
        Assert.StartsWith("error: ", result.Error, StringComparison.Ordinal);
        Assert.Single(result.Error.TrimEnd().Split('\n'));
        Assert.Matches(message, result.Error);
    }

    private CommandResult Sample(string set)
    {
        var result = _glide.Run("sample", "a cat", "-m", set, "-s", "1", "--quality", "draft", "--threads", "1", "-q");
        Assert.Empty(Directory.GetFiles(_glide.Folder));
        return result;
    }

    // The built-in set with other weights in one place.
    private void WriteWeights(string set, string network, byte[]? bytes)
    {
        string folder = Directory.CreateDirectory(_glide.PathOf(set)).FullName;
        foreach (string file in Directory.GetFiles(s_mini)
            .Where(file => Path.GetFileName(file) != $"{network}.safetensors.gz"))
        {
            File.CreateSymbolicLink(Path.Combine(folder, Path.GetFileName(file)), file);
        }
        if (bytes is not null)
            File.WriteAllBytes(Path.Combine(folder, $"{network}.safetensors.gz"), bytes);
    }

    private static byte[]? Content(string kind)
    {
        byte[] mini = File.ReadAllBytes(Path.Combine(s_mini, "base.safetensors.gz"));
        byte[] state = PickleBuilder.StateDict(("w", "Float", [2, 3], 6));
        var whole = ZipBuilder.Torch(state, new byte[24]);
        return kind switch
        {
            "missing" => null,
            "empty" => [],
            "page" => [.. "<!DOCTYPE html><html>Not found</html>"u8],
            "LFS pointer" => [.. "version https://git-lfs.github.com/spec/v1\noid sha256:4d7a\nsize 1540123456\n"u8],
            "half of the built-in file" => mini[..(mini.Length / 2)],
            "a flipped byte in the built-in file" =>
                [.. mini[..(mini.Length / 2)], (byte)(mini[mini.Length / 2] ^ 1), .. mini[((mini.Length / 2) + 1)..]],
            "99 % of an archive" => whole.ToArray()[..^5],
            "a command in a pickle" => ZipBuilder.Torch(new PickleBuilder().Global("posix", "system").Raw("("u8)
                .Text("touch hostile").Raw("tR."u8).ToArray()).ToArray(),
            "a million nested lists" => ZipBuilder.Torch(new PickleBuilder().Raw(Repeat(']', 1_000_000))
                .Raw(Repeat('a', 999_999)).Raw("."u8).ToArray()).ToArray(),
            "a million nested lists in JSON" => [.. BitConverter.GetBytes(1_000_007L), .. "{\"w\":{\""u8,
                .. Repeat('[', 1_000_000)],
            "a list that holds itself" => ZipBuilder.Torch(new PickleBuilder().Raw("]q\x00h\x00\x61."u8).ToArray())
                .ToArray(),
            "an archive whose entry climbs" => whole.Add("archive/../../etc/cron", []).ToArray(),
            "a small file that unpacks to a gigabyte" => Packed(new byte[1_000_000_000]),
            "an optimizer's state" => ZipBuilder.Torch(new PickleBuilder().Raw("}("u8).Text("state").Raw("}"u8)
                .Text("param_groups").Raw("]u."u8).ToArray()).ToArray(),
            "a program of TorchScript" => whole.Add("archive/constants.pkl", []).ToArray(),
            "GGUF" => [.. "GGUF"u8, 3, 0, 0, 0],
            _ => throw new ArgumentOutOfRangeException(nameof(kind)),
        };
    }

    private static byte[] Repeat(char letter, int count) => [.. Enumerable.Repeat((byte)letter, count)];

    private static byte[] Packed(byte[] bytes)
    {
        using var packed = new MemoryStream();
        using (var gzip = new GZipStream(packed, CompressionLevel.Fastest))
            gzip.Write(bytes);
        return packed.ToArray();
    }
}

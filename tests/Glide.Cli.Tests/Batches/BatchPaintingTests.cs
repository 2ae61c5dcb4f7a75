using System.Text.Json;
using Glide.Cli.Tests.Support;

namespace Glide.Cli.Tests.Batches;

/// <summary>Rows of glide batch that have a part of an image painted anew.</summary>
public sealed class BatchPaintingTests : IDisposable
{
    private static readonly string[] s_quick =
        ["--model", "mini", "--steps", "2", "--upsample-steps", "2", "--threads", "1"];

    private readonly GlideProcess _glide = new();

    public BatchPaintingTests()
    {
        // Paths in rows are relative to the file that they stand in, not to where the program runs.
        Directory.CreateDirectory(_glide.PathOf("job/images"));
        foreach (string path in Directory.EnumerateFiles(
            Path.Combine(GlideProcess.Checkout, "tests", "Glide.Cli.Tests", "Images")))
        {
            File.Copy(path, _glide.PathOf($"job/images/{Path.GetFileName(path)}"));
        }
    }

    public void Dispose() => _glide.Dispose();

    [Fact]
    public void Rows_with_an_image_are_what_inpaint_makes_beside_rows_without_one()
    {
        File.WriteAllLines(_glide.PathOf("job/rows.jsonl"),
        [
            """{"prompt":"a cat","seed":7,"image":"images/room.png","mask":"images/mask.png"}""",
            """{"prompt":"a red circle","seed":3}""",
            """{"prompt":"a dog","seed":8,"image":"images/room.png","rect":"8,8,16,16","invert_mask":true,"mode":"implicit"}""",
            """{"prompt":"a bird","seed":9,"image":"images/hole.png","output":"sub/bird.png"}""",
        ]);
        var result = _glide.Run(["batch", "job/rows.jsonl", "-o", "out", .. s_quick]);
        Assert.True(result.ExitCode == 0, result.Error);
        Inpaint("a.png", "a cat", "7", "--image", "job/images/room.png", "--mask", "job/images/mask.png");
        Inpaint("b.png", "a dog", "8", "--image", "job/images/room.png", "--rect", "8,8,16,16", "--invert-mask",
            "--mode", "implicit");
        Inpaint("c.png", "a bird", "9", "--image", "job/images/hole.png");
        Assert.Equal(Bytes("a.png"), Bytes("out/a-cat-7.png"));
        Assert.Equal(Bytes("b.png"), Bytes("out/a-dog-8.png"));
        Assert.Equal(Bytes("c.png"), Bytes("out/sub/bird.png"));
        Assert.True(File.Exists(_glide.PathOf("out/a-red-circle-3.png")));
        var line = File.ReadAllLines(_glide.PathOf("out/glide-batch.jsonl"))
            .Select(text => JsonDocument.Parse(text).RootElement)
            .Single(item => item.GetProperty("line").GetInt32() == 1);
        Assert.Equal("images/room.png", line.GetProperty("source").GetProperty("image").GetString());
        Assert.Equal(Hash("job/images/mask.png"), line.GetProperty("source").GetProperty("mask_sha256").GetString());
    }

    [Fact]
    public void Resume_knows_the_images_by_what_is_in_them()
    {
        File.WriteAllText(_glide.PathOf("job/rows.csv"),
            "prompt,image,mask,rect\na cat,images/room.png,images/mask.png,\na dog,images/room.png,,\"1,2,8,8\"\n");
        string[] arguments = ["batch", "job/rows.csv", "-o", "out", "--resume", .. s_quick];
        Assert.Equal(0, _glide.Run(arguments).ExitCode);
        var again = _glide.Run(arguments);
        Assert.Equal(0, again.ExitCode);
        Assert.Empty(again.Output);

        byte[] mask = Bytes("job/images/mask.png");
        File.Copy(_glide.PathOf("job/images/hole.png"), _glide.PathOf("job/images/mask.png"), overwrite: true);
        var other = _glide.Run(arguments);
        Assert.Equal(2, other.ExitCode);
        Assert.Contains("image 1 (line 2): source.mask_sha256 was", other.Error, StringComparison.Ordinal);

        File.WriteAllBytes(_glide.PathOf("job/images/mask.png"), mask);
        File.WriteAllText(_glide.PathOf("job/rows.csv"), File.ReadAllText(_glide.PathOf("job/rows.csv"))
            .Replace("1,2,8,8", "1,2,8,9", StringComparison.Ordinal));
        Assert.Contains("image 2 (line 3): source.part.rect was", _glide.Run(arguments).Error,
            StringComparison.Ordinal);
    }

    public static TheoryData<string, string> Faults => new()
    {
        { "\"mask\":\"images/mask.png\"", "mask without image" },
        { "\"image\":\"images/none.png\",\"rect\":\"1,2,3,4\"", "There is no file 'job/images/none.png'" },
        { "\"image\":\"images/room.png\"", "nothing says what is painted" },
        { "\"image\":\"images/room.png\",\"mask\":\"images/wide.png\"", "the mask does not fit the image" },
        { "\"image\":\"images/room.png\",\"mask\":\"images/black.png\"", "the mask keeps everything" },
        { "\"image\":\"images/room.png\",\"mask\":\"images/mask.png\",\"rect\":\"1,2,3,4\"",
            "--mask and --rect contradict each other" },
        { "\"image\":\"images/room.png\",\"rect\":\"1,2,3,4\",\"window\":\"20,20,20\"",
            "the window 20,20,20 does not cover" },
        { "\"image\":\"images/room.png\",\"rect\":\"1,2,3\"", "bad value for --rect" },
        { "\"image\":\"images/room.png\",\"rect\":\"1,2,3,4\",\"then\":\"x\"", "unknown field 'then'" },
        { "\"image\":\"/dev/zero\",\"rect\":\"1,2,3,4\"", "'/dev/zero' is empty (0 bytes), or a pipe or device" },
    };

    [Theory, MemberData(nameof(Faults))]
    public void A_row_that_cannot_be_painted_is_refused_before_anything_is_made(string fields, string message)
    {
        File.WriteAllText(_glide.PathOf("job/rows.jsonl"), $"{{\"prompt\":\"a\"}}\n{{\"prompt\":\"b\",{fields}}}\n");
        var result = _glide.Run(["batch", "job/rows.jsonl", "-o", "out", .. s_quick]);
        Assert.Equal(2, result.ExitCode);
        Assert.StartsWith($"error: 'job/rows.jsonl' line 2: {message}", result.Error, StringComparison.Ordinal);
        Assert.False(Directory.Exists(_glide.PathOf("out")));
    }

    [Theory]
    [InlineData(false, 9)]
    [InlineData(true, 8)]
    public void A_row_that_fails_when_its_turn_comes_does_not_stop_the_others(bool failsFast, int made)
    {
        File.WriteAllLines(_glide.PathOf("job/rows.jsonl"), Enumerable.Range(1, 10).Select(line => line switch
        {
            3 => """{"prompt":"a cat","image":"images/room.png","rect":"1,2,8,8"}""",
            7 => """{"prompt":"a dog","image":"images/hole.png"}""",
            _ => $$"""{"prompt":"a red circle"}""",
        }));
        // Rows that are painted are made behind the others: time enough to spoil the image of one that was sound
        // before.
        using var process = _glide.Start(null, ["batch", "job/rows.jsonl", "-o", "out", .. failsFast
            ? ["--fail-fast"]
            : Array.Empty<string>(), .. s_quick]);
        process.StandardOutput.ReadLine();
        File.WriteAllText(_glide.PathOf("job/images/room.png"), "");
        var result = GlideProcess.Finish(process);
        Assert.True(result.ExitCode == 3, $"{result.ExitCode} {result.Error}");
        Assert.Contains("error: line 3: ", result.Error, StringComparison.Ordinal);
        Assert.Contains("failed: line 3: ", result.Error, StringComparison.Ordinal);
        Assert.Contains($"{made} of {made + 1} images", result.Error, StringComparison.Ordinal);
        Assert.Equal(made, Directory.GetFiles(_glide.PathOf("out"), "*.png").Length);
        Assert.Equal(made, File.ReadAllLines(_glide.PathOf("out/glide-batch.jsonl")).Length);
    }

    private void Inpaint(string output, string prompt, string seed, params string[] arguments)
    {
        var result = _glide.Run(["inpaint", prompt, "-s", seed, "-o", output, .. arguments, .. s_quick]);
        Assert.True(result.ExitCode == 0, result.Error);
    }

    private byte[] Bytes(string name) => File.ReadAllBytes(_glide.PathOf(name));

    private string Hash(string name) => Convert.ToHexStringLower(
        System.Security.Cryptography.SHA256.HashData(Bytes(name)));
}

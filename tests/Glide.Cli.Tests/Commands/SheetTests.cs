using System.Text.Json;
using Glide.Cli.Tests.Support;

namespace Glide.Cli.Tests.Commands;

/// <summary>Small images on a sheet, and those of them that are enlarged later.</summary>
public sealed class SheetTests : IDisposable
{
    // Batches of one: larger ones may change a byte by one level.
    private static readonly string[] Quick =
        ["--model", "mini", "--steps", "3", "--threads", "1", "--batch-size", "1", "--quiet"];

    private readonly GlideProcess _glide = new();

    public void Dispose() => _glide.Dispose();

    [Theory]
    [InlineData("ddpm", "-g", "3", "--negative", "a square")]
    [InlineData("ddpm", "-g", "1")]
    [InlineData("ddpm", "-g", "1", "--and", "a square:0.5", "--and", "a star:-1")]
    [InlineData("dpmpp-2m", "-g", "3", "--negative", "a square")]
    public void A_finished_image_has_the_bytes_of_one_that_was_made_at_once(string sampler, params string[] guidance)
    {
        string[] how = [.. Quick, "--sampler", sampler, "-s", "5", .. guidance];
        Run(["sample", "a red circle", "-n", "3", "--no-upsample", "--sheet", "sheet.png", .. how]);
        Assert.Equal("finished/a-red-circle-7.png\n",
            Run("finish", "sheet.png", "3", "-o", "finished", "--batch-size", "1", "--quiet").Output);
        Run(["sample", "a red circle", "-n", "3", "-o", "at-once", .. how]);
        Assert.Equal(File.ReadAllBytes(_glide.PathOf("at-once/a-red-circle-7.png")),
            File.ReadAllBytes(_glide.PathOf("finished/a-red-circle-7.png")));
    }

    [Fact]
    public void The_best_of_many_keep_their_scores()
    {
        string[] how = [.. Quick, "-s", "5", "--best-of", "4", "--cull", "0.5@0.4", "-n", "2"];
        var line = JsonDocument.Parse(Run(["sample", "a red circle", "--no-upsample", "--sheet", "sheet.png", "--json",
            .. how]).Output).RootElement;
        Assert.Equal("sheet.png", line.GetProperty("path").GetString());
        Assert.Equal([1, 2], line.GetProperty("images").EnumerateArray()
            .Select(image => image.GetProperty("number").GetInt32()));
        Run("finish", "sheet.png", "all", "-o", "finished", "--batch-size", "1", "--quiet");
        Run(["sample", "a red circle", "-o", "at-once", .. how]);
        string[] made = Directory.GetFiles(_glide.PathOf("at-once"));
        Assert.Equal(2, made.Length);
        Assert.All(made, path => Assert.Equal(File.ReadAllBytes(path),
            File.ReadAllBytes(path.Replace("at-once", "finished", StringComparison.Ordinal))));
    }

    [Fact]
    public void What_cannot_be_finished_is_refused()
    {
        Run("sample", "a red circle", "-n", "3", "-s", "5", "--no-upsample", "--sheet", "sheet.png", "--model", "mini",
            "--steps", "2", "--quiet");
        Refused("has no image 4; allowed are 1 to 3", "finish", "sheet.png", "1,4");
        Refused("has no image 0; allowed are 1 to 3", "finish", "sheet.png", "0-2");
        Refused("bad NUMBERS; found '1;2'", "finish", "sheet.png", "1;2");
        Refused("bad NUMBERS; found '3-1'", "finish", "sheet.png", "3-1");
        Refused("NUMBERS is missing", "finish", "sheet.png");
        Refused("There is no file 'none.png'", "finish", "none.png", "1");
        Refused("the file exists; 'sheet.png'", "sample", "a red circle", "--no-upsample", "--sheet", "sheet.png");

        File.Copy(Path.Combine(GlideProcess.Checkout, "docs", "images", "sketch.png"), _glide.PathOf("foreign.png"));
        Refused("'foreign.png' is no sheet of small images", "finish", "foreign.png", "1");
        Swap("sheet.png", "other-pixels.png", chunk: "IDAT");
        Refused("'other-pixels.png' was changed", "finish", "other-pixels.png", "1");
        Assert.Empty(Directory.GetFiles(_glide.Folder, "a-red-circle*"));
    }

    [Theory]
    [InlineData("--sheet shows small images; add --no-upsample", "--sheet", "sheet.png")]
    [InlineData("--sheet and --output contradict each other", "--no-upsample", "--sheet", "sheet.png", "-o", "out")]
    [InlineData("a name that ends in .png", "--no-upsample", "--sheet", "sheet.jpg")]
    public void Contradictions_are_refused(string message, params string[] options) =>
        Refused(message, ["sample", "a red circle", .. options]);

    // The pixels of another sheet with this one's texts.
    private void Swap(string sheet, string changed, string chunk)
    {
        Run("sample", "a red circle", "-n", "3", "-s", "6", "--no-upsample", "--sheet", "second.png", "--model", "mini",
            "--steps", "2", "--quiet");
        var second = Chunks(File.ReadAllBytes(_glide.PathOf("second.png"))).Where(part => part.Name == chunk).ToArray();
        using var file = File.Create(_glide.PathOf(changed));
        file.Write(File.ReadAllBytes(_glide.PathOf(sheet)).AsSpan(0, 8));
        bool isWritten = false;
        foreach (var (name, bytes) in Chunks(File.ReadAllBytes(_glide.PathOf(sheet))))
        {
            if (name != chunk)
                file.Write(bytes);
            else if (!isWritten)
                Array.ForEach(second, part => file.Write(part.Bytes));
            isWritten |= name == chunk;
        }
    }

    private static IEnumerable<(string Name, byte[] Bytes)> Chunks(byte[] png)
    {
        for (int at = 8; at < png.Length;)
        {
            int length = 12 + System.Buffers.Binary.BinaryPrimitives.ReadInt32BigEndian(png.AsSpan(at));
            yield return (System.Text.Encoding.ASCII.GetString(png, at + 4, 4), png[at..(at + length)]);
            at += length;
        }
    }

    private CommandResult Run(params string[] arguments)
    {
        var result = _glide.Run(arguments);
        Assert.True(result.ExitCode == 0, result.Error);
        return result;
    }

    private void Refused(string message, params string[] arguments)
    {
        var result = _glide.Run(arguments);
        Assert.Equal(2, result.ExitCode);
        Assert.Contains(message, result.Error, StringComparison.Ordinal);
    }
}

using System.Text.Json.Nodes;
using Glide.Cli.Tests.Support;
using Glide.Images;
using Glide.Pipelines;

namespace Glide.Cli.Tests.Training;

public sealed class DataCheckTests : IDisposable
{
    private readonly GlideProcess _glide = new();

    public void Dispose() => _glide.Dispose();

    [Fact]
    public void It_says_what_is_there()
    {
        Write("a/1.png", 100, 50, 10, "a red circle");
        Write("a/2.png", 40, 60, 20, "one\ntwo");
        Write("a/3.png", 70, 80, 30, string.Concat(Enumerable.Repeat("cat ", 200)));
        // The pixels of the first one, in another file.
        Write("b/copy.webp", 100, 50, 10, "a copy");
        File.WriteAllText(_glide.PathOf("data/bad.png"), "no image");
        File.WriteAllText(_glide.PathOf("data/bad.txt"), "bad");
        var result = _glide.Run("data", "check", "data");
        Assert.Equal(0, result.ExitCode);
        const string reason =
            "is text; only PNG and JPEG images can be read, and still WebP images without loss. Convert it first.";
        Assert.Equal($"""
            data        data
            kind        folder of images with .txt captions
            items       5, 1 of them bad
            bad         bad.png: {reason}
            width       40 to 100 pixels, median 70
            height      50 to 80 pixels, median 50
            smaller     3 of 4 images have a side below 64 pixels and would be enlarged
            captions    5, 1 to 2 per image, median 1
            tokens      median 2, 95 % at most 200, longest 200; 1 of 5 captions exceeds 128 and would be cut
            duplicates  1 image has the pixels of another

            """, result.Output);
        Assert.Empty(result.Error);

        var json = JsonNode.Parse(_glide.Run("data", "check", "data", "--json", "--size", "50").Output)!;
        Assert.Equal((5, 4, 1, 1, 1), ((int)json["items"]!, (int)json["usable"]!, (int)json["bad"]!,
            (int)json["smaller"]!, (int)json["duplicates"]!));
        Assert.Equal("bad.png", (string)json["bad_items"]![0]!["name"]!);
        Assert.Equal(70, (int)json["width"]!["median"]!);
        Assert.Equal((200, 1), ((int)json["tokens"]!["largest"]!, (int)json["captions_too_long"]!));
    }

    [Fact]
    public void Sprites_are_counted_by_style_and_the_sheet_shows_scenes()
    {
        Directory.CreateDirectory(_glide.PathOf("set"));
        string images = _glide.PathOf("set/sprites.bin");
        ImageFile.Save(images, new ImageContent(new RgbImage(16, 16), Alpha: null, []), ImageFormat.Webp);
        string Sprite(string style) => $"{{\"offset\":0,\"length\":{new FileInfo(images).Length},\"style\":\"{style}\","
            + "\"name\":\"box\",\"article\":\"a\",\"captions\":[\"a box\",\"a crate\"]}";
        File.WriteAllText(_glide.PathOf("set/index.json"), $"[{Sprite("3d")},{Sprite("flat")}]");
        var result = _glide.Run("data", "check", "set", "-o", "sheet.png");
        Assert.Equal((0, "wrote sheet.png\n"), (result.ExitCode, result.Error));
        Assert.StartsWith("""
            data        set
            kind        sprites, of which scenes are drawn
            items       2, 0 of them bad
            styles      3d 1, flat 1
            width       16 to 16 pixels, median 16
            """, result.Output, StringComparison.Ordinal);
        Assert.Contains("captions    4, 2 per image", result.Output, StringComparison.Ordinal);
        // The boxes are black, and a scene has a ground around them.
        Assert.Contains((byte)255, ImageFile.Load(_glide.PathOf("sheet.png")).Image.Row(100).ToArray());
        var json = JsonNode.Parse(_glide.Run("data", "check", "set", "--json").Output)!;
        Assert.Equal((1, 1), ((int)json["styles"]!["3d"]!, (int)json["styles"]!["flat"]!));
        string late = Sprite("3d").Replace("\"offset\":0", "\"offset\":9", StringComparison.Ordinal);
        File.WriteAllText(_glide.PathOf("set/index.json"), $"[{late}]");
        var cut = _glide.Run("data", "check", "set");
        Assert.Equal(3, cut.ExitCode);
        Assert.Contains("do not belong together", cut.Error, StringComparison.Ordinal);
    }

    [Fact]
    public void The_first_ten_bad_items_are_named()
    {
        Write("good.png", 8, 8, 1, "good");
        for (int i = 0; i < 12; i++)
            File.WriteAllText(_glide.PathOf($"data/x{i:00}.png"), "no image");
        string output = _glide.Run("data", "check", "data").Output;
        Assert.Contains("bad         x09.png: it has no caption", output, StringComparison.Ordinal);
        Assert.DoesNotContain("x10.png", output, StringComparison.Ordinal);
        Assert.Contains("bad         and 2 more\n", output, StringComparison.Ordinal);
    }

    [Fact]
    public void Samples_go_on_a_sheet_as_they_would_be_trained_on()
    {
        // White left, black right: the middle square has half of each.
        Write("wide.png", 128, 64, (x, _) => x < 64 ? (byte)255 : (byte)0, "wide");
        var result = _glide.Run("data", "check", "data", "-o", "sheet.png");
        Assert.Equal((0, "wrote sheet.png\n"), (result.ExitCode, result.Error));
        var sheet = GeneratedImageFile.ReadPixels(_glide.PathOf("sheet.png"));
        // One image of 64 pixels, magnified three times, with margins of 8.
        Assert.Equal(192 + 16, sheet.Width);
        Assert.Equal(255, sheet.Row(50)[3 * (8 + 40)]);
        Assert.Equal(0, sheet.Row(50)[3 * (8 + 150)]);

        var again = _glide.Run("data", "check", "data", "-o", "sheet.png");
        Assert.Equal(2, again.ExitCode);
        Assert.Contains("--overwrite", again.Error, StringComparison.Ordinal);
        Assert.Equal(0, _glide.Run("data", "check", "data", "-o", "sheet.png", "--overwrite", "-q").ExitCode);
        Assert.Equal(2, _glide.Run("data", "check", "data", "-o", "sheet.jpg").ExitCode);
    }

    [Fact]
    public void Data_of_which_nothing_can_be_used_is_3_and_data_that_is_not_there_is_2()
    {
        Write("good.png", 8, 8, 1, "good");
        Directory.CreateDirectory(_glide.PathOf("bad"));
        File.WriteAllText(_glide.PathOf("bad/x.png"), "no image");
        File.WriteAllText(_glide.PathOf("bad/x.txt"), "x");
        var result = _glide.Run("data", "check", "data", "bad:2");
        Assert.Equal(3, result.ExitCode);
        Assert.Contains("data        data\n", result.Output, StringComparison.Ordinal);
        Assert.Contains("items       1, 1 of them bad", result.Output, StringComparison.Ordinal);
        Assert.StartsWith("error: the only item in 'bad:2' cannot be used; 'x.png': is text", result.Error,
            StringComparison.Ordinal);
        Directory.CreateDirectory(_glide.PathOf("empty"));
        Assert.Equal(3, _glide.Run("data", "check", "empty").ExitCode);
        Assert.Equal(2, _glide.Run("data", "check", "nowhere").ExitCode);
        Assert.Equal(2, _glide.Run("data").ExitCode);
    }

    [Fact]
    public void Names_and_reasons_show_no_codes_that_a_terminal_obeys()
    {
        Directory.CreateDirectory(_glide.PathOf("data"));
        File.WriteAllText(_glide.PathOf("data/metadata.jsonl"),
            """{"file_name": "\u001b[31mx.png", "text": "x"}""");
        var result = _glide.Run("data", "check", "data");
        Assert.Equal(3, result.ExitCode);
        Assert.DoesNotContain('\u001b', result.Output + result.Error);
    }

    private void Write(string name, int width, int height, byte level, string captions) =>
        Write(name, width, height, (_, _) => level, captions);

    private void Write(string name, int width, int height, Func<int, int, byte> level, string captions)
    {
        var image = new RgbImage(width, height);
        for (int i = 0; i < image.Pixels.Length; i++)
            image.Pixels[i] = level(i / 3 % width, i / 3 / width);
        string path = _glide.PathOf($"data/{name}");
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        ImageFile.Save(path, new ImageContent(image, Alpha: null, []), ImageNames.FormatOf(path)!.Value);
        File.WriteAllText(Path.ChangeExtension(path, ".txt"), captions);
    }
}

using Glide.Cli.Tests.Support;
using Glide.Images;
using Glide.Tests.Images;

namespace Glide.Cli.Tests.Commands;

/// <summary>Images as JPEG and WebP: <c>--output</c>, batch rows, <c>show</c> and <c>replay</c>.</summary>
public sealed class OutputFormatTests : IDisposable
{
    private const string Prompt = "a röd circle 🦔 <b>";
    private static readonly string[] s_quick =
        ["-s", "7", "-m", "mini", "--no-upsample", "--steps", "2", "--threads", "1", "-q"];

    private readonly GlideProcess _glide = new();

    public void Dispose() => _glide.Dispose();

    [Fact]
    public void Each_format_is_written_shown_and_replayed()
    {
        string[] names = ["a.png", "a.jpg", "b.JPEG", "a.webp"];
        foreach (string name in names)
            Assert.Equal($"{name}\n", Run(0, ["sample", Prompt, "-o", name, .. s_quick]).Output);
        Assert.Equal([ImageFormat.Png, ImageFormat.Jpeg, ImageFormat.Jpeg, ImageFormat.Webp],
            names.Select(name => ImageFile.Load(_glide.PathOf(name)).Format));
        Assert.Equal(ImageFile.Load(_glide.PathOf("a.png")).Image.Pixels,
            ImageFile.Load(_glide.PathOf("a.webp")).Image.Pixels);
        string[] shown = Run(0, "show", "a.png", "a.jpg", "a.webp", "--json").Output.TrimEnd().Split('\n');
        Assert.Equal(shown[0].Replace("a.png", "a.jpg", StringComparison.Ordinal), shown[1]);
        Assert.Equal(shown[0].Replace("a.png", "a.webp", StringComparison.Ordinal), shown[2]);
        Assert.Contains($"prompt     {Prompt}\n", Run(0, "show", "a.jpg").Output, StringComparison.Ordinal);

        string checks = Run(0, "replay", "a.jpg", "a.webp", "--check").Error;
        Assert.Contains("a.jpg: the pixels match, after the same JPEG compression", checks, StringComparison.Ordinal);
        Assert.Contains("a.webp: the pixels match\n", checks, StringComparison.Ordinal);
        Run(0, "replay", "a.jpg", "-o", "again.png", "-q");
        Assert.Equal(File.ReadAllBytes(_glide.PathOf("a.png")), File.ReadAllBytes(_glide.PathOf("again.png")));
        Run(0, "upscale", "--image", "a.webp", "-o", "large.webp", "--steps", "1", "-m", "mini", "-q");
        Run(0, "replay", "large.webp", "--image", "a.png", "--check");
    }

    [Fact]
    public void Other_pixels_of_a_jpeg_are_found()
    {
        Run(0, ["sample", Prompt, "-o", "a.jpg", .. s_quick]);
        var texts = ImageFile.ReadTexts(_glide.PathOf("a.jpg"));
        var image = ImageFile.Load(_glide.PathOf("a.jpg")).Image;
        image.Pixels.AsSpan(0, 300).Clear();
        ImageFile.Save(_glide.PathOf("a.jpg"), new ImageContent(image, Alpha: null, texts), ImageFormat.Jpeg);
        Assert.Contains("the pixels differ; nothing that the image says is different, so its pixels were changed "
            + "afterwards, or compressed by another program", Run(3, "replay", "a.jpg", "--check").Error,
            StringComparison.Ordinal);
    }

    [Fact]
    public void A_sheet_does_not_replace_an_image_of_its_run()
    {
        string[] run = ["sample", "a cat", .. s_quick, "--overwrite", "-o"];
        Assert.Equal("error: --grid has the name of an image of this run; 'a.png'; give it another name\n",
            Run(2, [.. run, "a.png", "--grid", "./a.png"]).Error.Replace("./", "", StringComparison.Ordinal));
        Assert.False(File.Exists(_glide.PathOf("a.png")));
        Assert.StartsWith("error: --gif has the name of an image of this run; 'out/a-cat-7.png'",
            Run(2, [.. run, "out", "--gif", "out/a-cat-7.png"]).Error, StringComparison.Ordinal);
        Assert.StartsWith("a cat", Run(0, "show", "out/a-cat-7.png", "--json").Output.Split("\"prompt\":\"")[1],
            StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("a.gif")]
    [InlineData("a.BMP")]
    [InlineData("a.tiff")]
    [InlineData("a.avif")]
    public void Another_format_is_refused_and_makes_no_folder(string name)
    {
        var result = Run(2, ["sample", Prompt, "-o", name, .. s_quick]);
        Assert.Contains($"--output names a format that is not written; found '{name}'; allowed are names that end in "
            + ".png, .jpg, .jpeg or .webp, and folders", result.Error, StringComparison.Ordinal);
        File.WriteAllText(_glide.PathOf("rows.jsonl"), $$"""{"prompt": "a circle", "output": "{{name}}"}""");
        Assert.Contains($"bad value for output; found '{name}'; allowed is a name in the batch's folder that ends in "
            + ".png, .jpg, .jpeg or .webp", Run(2, ["batch", "rows.jsonl", "-o", "out", .. s_quick[2..]]).Error,
            StringComparison.Ordinal);
        Assert.Equal(["rows.jsonl"],
            Directory.GetFileSystemEntries(_glide.Folder).Select(Path.GetFileName).Except(["models", "out"]));
    }

    [Theory]
    [InlineData("a.jpg")]
    [InlineData("a.webp")]
    public void Several_images_want_a_folder(string name)
    {
        string extension = Path.GetExtension(name);
        Assert.Contains($"--output names one file for several images; found '{name}' for 2 images; allowed is a "
            + $"folder; give a name without {extension}",
            Run(2, ["sample", Prompt, "-n", "2", "-o", name, .. s_quick]).Error, StringComparison.Ordinal);
        File.WriteAllText(_glide.PathOf("rows.txt"), "a circle\n");
        Assert.Contains($"a batch wants a folder; give a name without {extension}",
            Run(2, "batch", "rows.txt", "-o", name).Error, StringComparison.Ordinal);
        Directory.CreateDirectory(_glide.PathOf(name));
        Assert.StartsWith($"{name}/", Run(0, ["sample", "a circle", "-n", "2", "-o", name, .. s_quick]).Output,
            StringComparison.Ordinal);
    }

    [Fact]
    public void Rows_of_a_batch_name_their_formats()
    {
        File.WriteAllText(_glide.PathOf("rows.jsonl"), """
            {"prompt": "a circle", "output": "a.jpeg", "seed": 3, "count": 2}
            {"prompt": "a star", "output": "b.webp", "seed": 4}
            """);
        string[] batch = ["batch", "rows.jsonl", "-o", "out", "--grid", "grid.png", .. s_quick[2..]];
        Assert.Equal("out/a-3.jpeg\nout/a-4.jpeg\nout/b.webp\n", Run(0, batch).Output);
        Assert.Equal(ImageFormat.Jpeg, ImageFile.Load(_glide.PathOf("out/a-4.jpeg")).Format);
        Assert.Contains("prompt     a star", Run(0, "show", "out/b.webp").Output, StringComparison.Ordinal);
        Assert.Contains("task       grid of 3 images", Run(0, "show", "grid.png").Output, StringComparison.Ordinal);
        Assert.Empty(Run(0, [.. batch, "--resume"]).Output);
    }

    [Fact]
    public void A_size_that_a_format_does_not_have_is_refused_before_anything_is_made()
    {
        File.WriteAllBytes(_glide.PathOf("wide.png"), PngBuilder.Black(4096, 8));
        Assert.Contains("a WebP image has at most 16383 pixels a side; found 16384×32; give a name that ends in .png",
            Run(2, "upscale", "--image", "wide.png", "-o", "large.webp", "-m", "mini").Error,
            StringComparison.Ordinal);
        File.WriteAllBytes(_glide.PathOf("long.png"), PngBuilder.Black(16384, 8));
        Assert.Contains("a WebP image has at most 16383", Run(2, "inpaint", "x", "--image", "long.png", "--rect",
            "0,0,8,8", "-o", "large.webp", "-m", "mini").Error, StringComparison.Ordinal);
        Assert.Equal(["long.png", "wide.png"], Directory.GetFiles(_glide.Folder).Select(Path.GetFileName).Order());
    }

    private CommandResult Run(int exitCode, params string[] arguments)
    {
        var result = _glide.Run(arguments);
        Assert.True(result.ExitCode == exitCode, $"{result.ExitCode}: {result.Error}");
        return result;
    }
}

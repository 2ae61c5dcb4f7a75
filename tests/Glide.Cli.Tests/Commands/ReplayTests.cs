using System.Text;
using System.Text.Json.Nodes;
using Glide.Cli.Tests.Support;
using Glide.Pipelines;
using Glide.Tests.Images;

namespace Glide.Cli.Tests.Commands;

public sealed class ReplayTests
{
    [Fact]
    public void An_image_is_made_again_from_itself()
    {
        using var glide = new GlideProcess();
        glide.Run("sample", "a red circle", "-s", "7", "-o", "a.png", "--model", "mini", "--no-upsample", "--steps",
            "2", "--threads", "1", "-g", "2.5");
        var check = glide.Run("replay", "a.png", "--check");
        Assert.True(check.ExitCode == 0, check.Error);
        Assert.Contains("a.png: the pixels match", check.Error, StringComparison.Ordinal);
        Assert.Empty(check.Output);
        Assert.Equal("b.png\n", glide.Run("replay", "a.png", "-o", "b.png").Output);
        Assert.Equal(File.ReadAllBytes(glide.PathOf("a.png")), File.ReadAllBytes(glide.PathOf("b.png")));
    }

    [Fact]
    public void Another_number_type_is_named_where_pixels_differ()
    {
        using var glide = new GlideProcess();
        glide.Run("sample", "a red circle", "-s", "7", "-o", "a.png", "--model", "mini", "--no-upsample", "--steps",
            "2");
        var other = glide.Run("replay", "a.png", "--check", "--dtype", "bf16");
        Assert.Equal(3, other.ExitCode);
        Assert.Contains("the pixels differ; dtype was fp32, is bf16", other.Error, StringComparison.Ordinal);
    }

    [Fact]
    public void Images_of_every_command_that_draws_from_noise_are_made_again()
    {
        using var glide = new GlideProcess();
        string[] quick = ["-m", "mini", "--no-upsample", "--steps", "2", "--threads", "1", "-q"];
        File.WriteAllText(glide.PathOf("prompts.txt"), "a red circle\n");
        glide.Run(["batch", "prompts.txt", "-o", "out", .. quick]);
        glide.Run(["sweep", "a blue star", "-g", "1,4", "-s", "3", "-o", "out", "--grid", "sweep.png", .. quick]);
        glide.Run(["sample", "a green ring", "--best-of", "2", "-s", "5", "-o", "out", .. quick]);
        glide.Run(["sample", "a green ring", "--guidance", "both", "--negative", "a star", "-s", "9", "-o", "out",
            .. quick]);
        glide.Run(["sample", "a green ring", "--and", "a star:0.5", "--and", "a dot:-1", "-s", "8", "-o", "out",
            .. quick]);
        glide.Run("sample", "a red ring", "-m", "mini", "-s", "3", "-n", "2", "--no-upsample", "--quality", "draft",
            "--threads", "1", "-q", "--sheet", "sheet.png");
        glide.Run("finish", "sheet.png", "2", "-o", "out", "-q");
        string[] images = [.. Directory.GetFiles(glide.PathOf("out"), "*.png").Order(StringComparer.Ordinal)];
        Assert.Equal(7, images.Length);
        var check = glide.Run(["replay", .. images, "--check"]);
        Assert.True(check.ExitCode == 0, check.Error);
        Assert.Equal(7, check.Error.Split("the pixels match").Length - 1);
        Assert.Contains("negative   a star", glide.Run("show",
            images.Single(path => path.EndsWith("-9.png", StringComparison.Ordinal))).Output, StringComparison.Ordinal);
        Assert.Contains("and        a star:0.5 | a dot:-1", glide.Run("show",
            images.Single(path => path.EndsWith("-8.png", StringComparison.Ordinal))).Output, StringComparison.Ordinal);

        string sheet = glide.Run("show", "sheet.png").Output;
        Assert.Contains("task       2 small images to be finished", sheet, StringComparison.Ordinal);
        Assert.Contains("image      2: a red ring, seed 4", sheet, StringComparison.Ordinal);
    }

    [Fact]
    public void The_score_that_an_image_was_chosen_by_stays_with_the_same_pixels()
    {
        using var glide = new GlideProcess();
        string[] quick = ["-m", "mini", "--no-upsample", "--steps", "3", "--threads", "1", "--batch-size", "1", "-q"];
        glide.Run(["sample", "a green ring", "--best-of", "4", "--cull", "0.5@0.4", "-s", "5", "-o", "best.png",
            .. quick]);
        Assert.Matches(@"score      0\.\d{4}, chosen from 4, cull 0\.5@0\.4, -?0\.\d{4} then\n",
            glide.Run("show", "best.png").Output);
        glide.Run("replay", "best.png", "-o", "again.png", "-q");
        Assert.Equal(File.ReadAllBytes(glide.PathOf("best.png")), File.ReadAllBytes(glide.PathOf("again.png")));
    }

    [Fact]
    public void The_score_that_an_image_was_chosen_by_is_left_out_with_other_pixels()
    {
        using var glide = new GlideProcess();
        string[] quick = ["-m", "mini", "--no-upsample", "--steps", "3", "--threads", "1", "--batch-size", "1", "-q"];
        glide.Run(["sample", "a green ring", "--best-of", "2", "-s", "5", "-o", "best.png", .. quick]);
        var other = glide.Run("replay", "best.png", "-o", "other.png", "--dtype", "bf16", "-q");
        Assert.Equal(3, other.ExitCode);
        Assert.Contains("warning: best.png: the score that it was chosen by is left out", other.Error,
            StringComparison.Ordinal);
        Assert.DoesNotContain("score", glide.Run("show", "other.png").Output, StringComparison.Ordinal);
    }

    [Fact]
    public void Images_that_were_made_beside_others_are_made_again_alone()
    {
        using var glide = new GlideProcess();
        string[] quick = ["-m", "mini", "--no-upsample", "--steps", "3", "--threads", "2", "-q"];
        File.WriteAllText(glide.PathOf("prompts.txt"), "a red circle\na blue star\na green ring\n");
        glide.Run(["batch", "prompts.txt", "-o", "out", .. quick]);
        var check = glide.Run(["replay", .. Directory.GetFiles(glide.PathOf("out"), "*.png"), "--check"]);
        Assert.True(check.ExitCode == 0, check.Error);
        Assert.Equal(3, check.Error.Split("the pixels match").Length - 1);

        // In one pass for all, a byte may be another: that is said, and not that somebody has changed the image.
        glide.Run(["batch", "prompts.txt", "-o", "together", "--batch-size", "3", .. quick]);
        var rounded = glide.Run(["replay", .. Directory.GetFiles(glide.PathOf("together"), "*.png"), "--check"]);
        Assert.DoesNotContain("changed afterwards", rounded.Error, StringComparison.Ordinal);
    }

    [Fact]
    public void An_image_that_was_made_from_another_is_made_again_with_that()
    {
        using var glide = new GlideProcess();
        File.WriteAllBytes(glide.PathOf("small.png"),
            PngBuilder.Encode(20, 16, 8, 2, (x, y) => [(ushort)(10 * x), (ushort)(9 * y), 90]));
        File.WriteAllBytes(glide.PathOf("other.png"), PngBuilder.Black(20, 16));
        string[] quick = ["-s", "3", "-m", "mini", "--threads", "1", "-q"];
        glide.Run(["edit", "a red circle", "--image", "small.png", "--strength", "0.5", "--steps", "4",
            "--keep-structure", "4", "--no-upsample", "-o", "edited.png", .. quick]);
        glide.Run(["upscale", "--image", "small.png", "--steps", "2", "-o", "large.png", .. quick]);
        glide.Run(["inpaint", "a star", "--image", "small.png", "--rect", "0,0,9,9", "--steps", "1", "--no-upsample",
            "-o", "painted.png", .. quick]);
        Assert.Matches("(?m)^made from  image [0-9a-f]+$", glide.Run("show", "edited.png").Output);
        Assert.Matches("(?m)^painted in -?[0-9]+,-?[0-9]+,[0-9]+ \\(left, top, side\\)$",
            glide.Run("show", "painted.png").Output);
        var check = glide.Run("replay", "edited.png", "large.png", "--image", "small.png", "-o", "again", "-q");
        Assert.True(check.ExitCode == 0, check.Error);
        string[] again = check.Output.TrimEnd().Split('\n');
        Assert.Equal(File.ReadAllBytes(glide.PathOf("edited.png")), File.ReadAllBytes(glide.PathOf(again[0])));
        Assert.Equal(File.ReadAllBytes(glide.PathOf("large.png")), File.ReadAllBytes(glide.PathOf(again[1])));

        AssertRefused(
            "'large.png' was made by 'upscale' from another image, which is not in it; give that image with --image",
            "large.png");
        AssertRefused("--image is not the image that 'edited.png' was made from; its pixels have the hash",
            "edited.png", "--image", "other.png");
        AssertRefused("'painted.png' was made by 'inpaint' with an image and masks that are not in it", "painted.png",
            "--image", "small.png");

        void AssertRefused(string message, params string[] arguments)
        {
            var result = glide.Run(["replay", .. arguments, "--check"]);
            Assert.Contains(message, result.Error, StringComparison.Ordinal);
            Assert.Equal(2, result.ExitCode);
        }
    }

    [Fact]
    public void An_image_of_a_version_that_ordered_random_numbers_differently_is_refused()
    {
        using var glide = new GlideProcess();
        string[] quick = ["-m", "mini", "--no-upsample", "--steps", "2", "--threads", "1", "-q"];
        glide.Run(["sample", "a red circle", "-s", "7", "-o", "a.png", .. quick]);
        foreach (string numbers in new[] { "4922118", "-5", "2000000000", "1e30" })
        {
            WriteFormer(numbers);
            var refused = glide.Run("replay", "former.png", "--check");
            Assert.Contains("'former.png' cannot be made again", refused.Error, StringComparison.Ordinal);
            Assert.Contains("of an older version", refused.Error, StringComparison.Ordinal);
            Assert.Contains("'glide show'", refused.Error, StringComparison.Ordinal);
            Assert.Equal(2, refused.ExitCode);
        }
        Assert.Contains("a red circle", glide.Run("show", "former.png").Output, StringComparison.Ordinal);

        // Images without a second stage passed over nothing.
        WriteFormer("0");
        var check = glide.Run("replay", "former.png", "--check");
        Assert.True(check.ExitCode == 0, check.Error);

        void WriteFormer(string numbers)
        {
            var texts = GeneratedImageFile.ReadRecord(glide.PathOf("a.png"))!.ToTexts();
            var settings = JsonNode.Parse(texts.Single(text => text.Key == "glide").Value)!;
            settings["recipe"]!["stages"]![0]!["passed_over_numbers"] = JsonNode.Parse(numbers);
            byte[] text = Encoding.UTF8.GetBytes($"glide\0\0\0\0\0{settings.ToJsonString()}");
            var image = GeneratedImageFile.ReadPixels(glide.PathOf("a.png"));
            ushort[] Pixel(int x, int y) => [.. image.Row(y).Slice(3 * x, 3).ToArray().Select(level => (ushort)level)];
            File.WriteAllBytes(glide.PathOf("former.png"), PngBuilder.Encode(
                image.Width, image.Height, 8, 2, Pixel, before: [PngBuilder.Chunk("iTXt", text)]));
        }
    }

    [Theory]
    [InlineData("show")]
    [InlineData("replay")]
    public void What_is_no_image_of_ours_is_refused(string command)
    {
        using var glide = new GlideProcess();
        File.WriteAllText(glide.PathOf("a.png"), "text");
        var result = glide.Run(command, "a.png");
        Assert.Equal(2, result.ExitCode);
        Assert.Contains("a.png", result.Error, StringComparison.Ordinal);
        Assert.Equal(2, glide.Run(command, "missing.png").ExitCode);
    }
}

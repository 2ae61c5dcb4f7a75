using Glide.Cli.Tests.Support;

namespace Glide.Cli.Tests.Commands;

/// <summary><c>inpaint</c>, <c>edit</c> and <c>upscale</c>: what they refuse and how they answer.</summary>
public sealed class EditingCommandTests : IDisposable
{
    private static readonly string s_images = Path.Combine(GlideProcess.Checkout, "tests", "Glide.Cli.Tests", "Images");

    private readonly GlideProcess _glide = new();

    public EditingCommandTests()
    {
        foreach (string path in Directory.EnumerateFiles(s_images))
            File.Copy(path, _glide.PathOf(Path.GetFileName(path)));
        File.WriteAllText(_glide.PathOf("text.png"), "not an image\n");
        File.WriteAllBytes(_glide.PathOf("cut.png"), File.ReadAllBytes(_glide.PathOf("room.png"))[..200]);
        File.WriteAllText(_glide.PathOf("drawing.svg"), "<svg xmlns=\"http://www.w3.org/2000/svg\"/>");
        File.WriteAllBytes(_glide.PathOf("moving.gif"), "GIF89a0000000000"u8.ToArray());
        Directory.CreateDirectory(_glide.PathOf("folder"));
    }

    public void Dispose() => _glide.Dispose();

    public static TheoryData<string, string[]> Faults => new()
    {
        { "--image is missing; see 'glide inpaint --help'", ["inpaint", "a cat", "--mask", "mask.png"] },
        { "--image is missing; see 'glide edit --help'", ["edit", "a cat"] },
        { "--image is missing; see 'glide upscale --help'", ["upscale"] },
        { "PROMPT is missing; see 'glide inpaint --help'", ["inpaint", "--image", "room.png"] },
        { "PROMPT is missing; see 'glide edit --help'", ["edit", "--image", "room.png"] },
        { "There is no file 'none.png'", ["inpaint", "a cat", "--image", "none.png"] },
        { "'folder' is a folder", ["edit", "a cat", "--image", "folder"] },
        { "'text.png' is", ["upscale", "--image", "text.png"] },
        { "only PNG and JPEG images can be read", ["upscale", "--image", "moving.gif"] },
        { "only PNG and JPEG images can be read", ["edit", "a cat", "--image", "drawing.svg"] },
        { "'cut.png'", ["inpaint", "a cat", "--image", "cut.png", "--rect", "0,0,9,9"] },
        { "'cut.png'", ["inpaint", "a cat", "--image", "room.png", "--mask", "cut.png"] },
        { "'/dev/zero'", ["edit", "a cat", "--image", "/dev/zero"] },
        { "nothing says what is painted; the image has no transparent pixels; give --mask, --rect or --extend",
            ["inpaint", "a cat", "--image", "room.png"] },
        { "the mask does not fit the image; 'wide.png' is 64×32, the image 48×48",
            ["inpaint", "a cat", "--image", "room.png", "--mask", "wide.png"] },
        { "the mask keeps everything", ["inpaint", "a cat", "--image", "room.png", "--mask", "black.png"] },
        { "the mask keeps everything", ["inpaint", "a cat", "--image", "room.png", "--rect", "0,0,48,48",
            "--invert-mask"] },
        { "the rectangle 40,40,9,9 leaves the image of 48×48 pixels",
            ["inpaint", "a cat", "--image", "room.png", "--rect", "40,40,9,9"] },
        { "bad value for --rect; found '1,2,3'; allowed is X,Y,W,H",
            ["inpaint", "a cat", "--image", "room.png", "--rect", "1,2,3"] },
        { "bad value for --rect; found '1,2,0,4'; allowed is X,Y,W,H",
            ["inpaint", "a cat", "--image", "room.png", "--rect", "1,2,0,4"] },
        { "bad value for --window; found '1,2'; allowed is X,Y,S",
            ["inpaint", "a cat", "--image", "room.png", "--rect", "1,2,3,4", "--window", "1,2"] },
        { "the window 20,0,48 leaves the image of 48×48 pixels",
            ["inpaint", "a cat", "--image", "room.png", "--rect", "1,2,3,4", "--window", "20,0,48"] },
        { "the window 20,20,20 does not cover everything that is painted",
            ["inpaint", "a cat", "--image", "room.png", "--rect", "1,2,3,4", "--window", "20,20,20"] },
        { "bad value for --extend; found 'left'; allowed is left=N",
            ["inpaint", "a cat", "--image", "room.png", "--extend", "left"] },
        { "the canvas would become too large", ["inpaint", "a cat", "--image", "room.png", "--extend",
            "left=99999999"] },
        { "bad value for --mode; found 'magic'; allowed is one of finetuned, implicit",
            ["inpaint", "a cat", "--image", "room.png", "--mode", "magic"] },
        { "--mask and --rect contradict each other; leave one out",
            ["inpaint", "a cat", "--image", "room.png", "--mask", "mask.png", "--rect", "1,2,3,4"] },
        { "--mask and --extend contradict each other; leave one out",
            ["inpaint", "a cat", "--image", "room.png", "--mask", "mask.png", "--extend", "top=4"] },
        { "--rect and --extend contradict each other; leave one out",
            ["inpaint", "a cat", "--image", "room.png", "--rect", "1,2,3,4", "--extend", "top=4"] },
        { "--invert-mask and --extend contradict each other; leave one out",
            ["inpaint", "a cat", "--image", "room.png", "--invert-mask", "--extend", "top=4"] },
        { "--then takes a mask and a prompt", ["inpaint", "a cat", "--image", "room.png", "--rect", "1,2,3,4", "--then",
            "mask.png", "a dog", "mask.png"] },
        { "the mask does not fit the image; 'wide.png' is 64×32",
            ["inpaint", "a cat", "--image", "room.png", "--rect", "1,2,3,4", "--then", "wide.png", "a dog"] },
        { "There is no file 'none.png'", ["inpaint", "a cat", "--image", "room.png", "--mask", "none.png"] },
        { "There is no file 'none.png'", ["inpaint", "a cat", "--image", "room.png", "--rect", "1,2,3,4", "--then",
            "none.png", "a dog"] },
        { "the mask keeps everything", ["inpaint", "a cat", "--image", "room.png", "--rect", "1,2,3,4", "--then",
            "black.png", "a dog"] },
        { "the rectangle 40,40,9,9 leaves the image of 48×48 pixels",
            ["inpaint", "a cat", "--image", "room.png", "--rect", "1,2,3,4", "--then", "40,40,9,9", "a dog"] },
        { "bad value for --extend; found 'left=0'; allowed is left=N",
            ["inpaint", "a cat", "--image", "room.png", "--extend", "left=0"] },
        { "the window 0,0,52 leaves the image of 52×48 pixels",
            ["inpaint", "a cat", "--image", "room.png", "--extend", "left=4", "--window", "0,0,52"] },
        { "--no-upsample and --upsample-steps contradict each other; leave one out",
            ["edit", "a cat", "--image", "room.png", "--no-upsample"] },
        { "bad value for --strength; found '-0.1'; allowed is a number from 0 to 1",
            ["edit", "a cat", "--image", "room.png", "--strength", "-0.1"] },
        { "bad value for --strength; found '1.1'; allowed is a number from 0 to 1",
            ["edit", "a cat", "--image", "room.png", "--strength", "1.1"] },
        { "--keep-structure-until needs --keep-structure",
            ["edit", "a cat", "--image", "room.png", "--keep-structure-until", "0.5"] },
        { "structure cannot be kept by 5", ["edit", "a cat", "--image", "room.png", "--keep-structure", "5", "--seed",
            "1"] },
        { "--best-of works with 'glide sample' only", ["edit", "a cat", "--image", "room.png", "--best-of", "4"] },
        { "--best-of works with 'glide sample' only",
            ["inpaint", "a cat", "--image", "room.png", "--rect", "1,2,3,4", "--best-of", "4"] },
        { "unknown option --strength", ["upscale", "--image", "room.png", "--strength", "1"] },
    };

    [Theory, MemberData(nameof(Faults))]
    public void A_fault_is_named_and_ends_with_2(string message, string[] arguments)
    {
        var result = _glide.Run([.. arguments, .. Quick(arguments[0])]);
        Assert.Contains(message, result.Error, StringComparison.Ordinal);
        Assert.Equal(2, result.ExitCode);
        Assert.DoesNotContain("   at ", result.Error, StringComparison.Ordinal);
        Assert.Empty(result.Output);
    }

    [Fact]
    public void A_strength_that_changes_nothing_is_told()
    {
        string[] quick = ["-m", "mini", "--no-upsample", "--steps", "10", "--threads", "1", "-i", "room.png"];
        Assert.Contains("--strength 0.05 makes 1 of 10 steps", _glide.Run(
            ["edit", "a ring", "--strength", "0.05", "-o", "a.png", .. quick]).Error, StringComparison.Ordinal);
        Assert.DoesNotContain("--strength", _glide.Run(
            ["edit", "a ring", "--strength", "0", "-o", "b.png", .. quick]).Error, StringComparison.Ordinal);
        Assert.DoesNotContain("--strength", _glide.Run(
            ["edit", "a ring", "--strength", "0.15", "-o", "c.png", .. quick]).Error, StringComparison.Ordinal);
    }

    [Fact]
    public void Each_command_writes_its_image_and_says_where()
    {
        string[] painting = ["inpaint", "a red circle", "--image", "room.png", "--mask", "mask.png", "--then",
            "0,0,20,20", "a star", "--raw", "-s", "1", "-o", "painted.png", .. Quick("inpaint")];
        Assert.Equal("painted.png", Done(painting));
        Assert.Equal(SizeOf("room.png"), SizeOf("painted.png"));
        Assert.Equal((128, 128), SizeOf("painted-raw.png"));
        byte[] first = File.ReadAllBytes(_glide.PathOf("painted.png"));
        Done([.. painting, "--overwrite"]);
        Assert.Equal(first, File.ReadAllBytes(_glide.PathOf("painted.png")));

        Done(["inpaint", "a red circle", "--image", "room.png", "--extend", "left=16,bottom=8", "-s", "1", "-o",
            "grown.png", .. Quick("inpaint")]);
        Assert.Equal((64, 56), SizeOf("grown.png"));

        Done(["inpaint", "a star", "--image", "hole.png", "--mode", "implicit", "-s", "1", "-o", "filled.png",
            .. Quick("inpaint")]);
        Assert.Equal(SizeOf("hole.png"), SizeOf("filled.png"));

        Done(["edit", "a red circle", "--image", "wide.png", "--strength", "0.5", "--keep-structure", "4", "-s", "1",
            "-o", "edited.png", .. Quick("edit")]);
        Assert.Equal((128, 64), SizeOf("edited.png"));

        Done(["upscale", "--image", "wide.png", "-s", "1", "-o", "large.png", .. Quick("upscale")]);
        Assert.Equal((256, 128), SizeOf("large.png"));
    }

    [Fact]
    public void A_mask_that_replaces_everything_is_warned_of()
    {
        var result = _glide.Run(["inpaint", "a star", "--image", "room.png", "--rect", "0,0,48,48", "-s", "1", "-o",
            "new.png", .. Quick("inpaint")]);
        Assert.Contains("warning: the mask replaces everything", result.Error, StringComparison.Ordinal);
        Assert.Equal(0, result.ExitCode);
    }

    private static string[] Quick(string command) =>
        command == "upscale"
            ? ["--steps", "1", "-q", "-m", "mini"]
            : ["--steps", "2", "--upsample-steps", "1", "-q", "-m", "mini"];

    private string Done(string[] arguments)
    {
        var result = _glide.Run(arguments);
        Assert.True(result.ExitCode == 0, result.Error);
        return result.Output.Trim();
    }

    private (int Width, int Height) SizeOf(string name)
    {
        byte[] png = File.ReadAllBytes(_glide.PathOf(name));
        return ((png[18] << 8) | png[19], (png[22] << 8) | png[23]);
    }
}

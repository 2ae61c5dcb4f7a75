using System.Text.Json;
using Glide.Cli.Tests.Support;

namespace Glide.Cli.Tests.Commands;

/// <summary>
/// <c>invert</c>, <c>sample --from-noise</c>, <c>vary</c>, <c>interpolate</c> and <c>restyle</c>: what they refuse and
/// how they answer.
/// </summary>
public sealed class InversionCommandTests : IDisposable
{
    private static readonly string s_images = Path.Combine(GlideProcess.Checkout, "tests", "Glide.Cli.Tests", "Images");

    private readonly GlideProcess _glide = new();

    public InversionCommandTests()
    {
        foreach (string name in new[] { "room.png", "wide.png" })
            File.Copy(Path.Combine(s_images, name), _glide.PathOf(name));
        File.WriteAllText(_glide.PathOf("text.png"), "not an image\n");
        File.WriteAllText(_glide.PathOf("text.safetensors"), "no noise file\n");
        File.WriteAllText(_glide.PathOf("there.safetensors"), "");
        File.WriteAllText(_glide.PathOf("frame-02.png"), "");
        File.WriteAllText(_glide.PathOf("there.gif"), "");
        Directory.CreateDirectory(_glide.PathOf("folder.safetensors"));
    }

    public void Dispose() => _glide.Dispose();

    public static TheoryData<string, string[]> Faults => new()
    {
        { "IMAGE is missing; see 'glide invert --help'", ["invert"] },
        { "There is no file 'none.png'", ["invert", "none.png", "a room"] },
        { "'text.png' is text", ["vary", "text.png", "a room"] },
        { "'room.png' does not say what it shows, as images by glide do; add a PROMPT", ["invert", "room.png"] },
        { "'room.png' does not say what it shows, as images by glide do; add a PROMPT", ["vary", "room.png"] },
        { "'room.png' does not say what it shows, as images by glide do; add --from PROMPT",
            ["restyle", "room.png", "--to", "a star"] },
        { "'wide.png' does not say what it shows, as images by glide do; add --to PROMPT",
            ["interpolate", "room.png", "wide.png", "--from", "a room"] },
        { "--to is missing; see 'glide restyle --help'", ["restyle", "room.png", "--from", "a room"] },
        { "B is missing; see 'glide interpolate --help'", ["interpolate", "room.png"] },
        { "bad value for --output; found 'noise.bin'; allowed is a name that ends in .safetensors",
            ["invert", "room.png", "a room", "-o", "noise.bin"] },
        { "the file exists; 'there.safetensors'; give --overwrite",
            ["invert", "room.png", "a room", "-o", "there.safetensors"] },
        { "'folder.safetensors' is a folder", ["invert", "room.png", "a room", "-o", "folder.safetensors"] },
        { "bad value for --amount; found '1.5'; allowed is a number from 0 to 1",
            ["vary", "room.png", "a room", "--amount", "1.5"] },
        { "bad value for --strength; found '-1'; allowed is a number from 0 to 1",
            ["restyle", "room.png", "--to", "a star", "--strength", "-1"] },
        { "bad value for --sampler; found 'ddpm'; allowed is one of ddim, ",
            ["vary", "room.png", "a room", "--sampler", "ddpm"] },
        { "bad value for --frames; found '1'; allowed is a whole number from 2",
            ["interpolate", "room.png", "wide.png", "--frames", "1"] },
        { "bad value for --gif; found 'way.png'; allowed is a name that ends in .gif",
            ["interpolate", "room.png", "wide.png", "--gif", "way.png"] },
        { "--output names one file for several images; found 'a.png' for 3 images",
            ["interpolate", "room.png", "wide.png", "--from", "", "--to", "", "-n", "3", "-o", "a.png"] },
        { "the file exists; './frame-02.png'; give --overwrite",
            ["interpolate", "room.png", "wide.png", "--from", "", "--to", "", "-n", "3"] },
        { "the file exists; 'there.gif'; give --overwrite",
            ["interpolate", "room.png", "wide.png", "--from", "", "--to", "", "-n", "3", "-o", "way", "--gif",
                "there.gif"] },
        { "--no-upsample and --upsample-steps contradict each other; leave one out",
            ["vary", "room.png", "a room", "--no-upsample", "--upsample-steps", "3"] },
        { "there is no file 'none.safetensors'", ["sample", "--from-noise", "none.safetensors"] },
        { "'folder.safetensors' is a folder", ["sample", "--from-noise", "folder.safetensors"] },
        { "'text.safetensors' is no noise file", ["sample", "--from-noise", "text.safetensors"] },
    };

    [Theory, MemberData(nameof(Faults))]
    public void A_fault_is_named_and_ends_with_2(string message, string[] arguments)
    {
        var result = _glide.Run([.. arguments, "-q", "-m", "mini"]);
        Assert.Contains(message, result.Error, StringComparison.Ordinal);
        Assert.Equal(2, result.ExitCode);
        Assert.DoesNotContain("   at ", result.Error, StringComparison.Ordinal);
        Assert.Empty(result.Output);
    }

    [Fact]
    public void Inverted_noise_leads_back_to_its_image_with_its_own_prompt_steps_and_shape()
    {
        Assert.Equal("room.safetensors", Done(["invert", "room.png", "a red circle", "--steps", "4"]));
        string line = Done(["invert", "wide.png", "a star", "--steps", "3", "-g", "2", "-o", "wide.safetensors",
            "--json"]);
        var json = JsonDocument.Parse(line).RootElement;
        Assert.Equal("wide.safetensors", json.GetProperty("path").GetString());
        Assert.Equal("3", json.GetProperty("settings").GetProperty("inversion").GetProperty("steps").GetString());

        Assert.Equal("again.png", Done(["sample", "--from-noise", "room.safetensors", "--no-upsample", "-o",
            "again.png", "-s", "1"]));
        Assert.Equal((32, 32), SizeOf("again.png"));
        Done(["sample", "--from-noise", "wide.safetensors", "--upsample-steps", "1", "-o", "wide-again.png", "-s",
            "1"]);
        Assert.Equal((128, 64), SizeOf("wide-again.png"));
        var shown = JsonDocument.Parse(Done(["show", "wide-again.png", "--json"])).RootElement.GetProperty("settings");
        Assert.Equal("a star", shown.GetProperty("prompt").GetString());
        Assert.Equal(("ddim", "3", 2), (
            shown.GetProperty("recipe").GetProperty("stages")[0].GetProperty("sampler").GetString(),
            shown.GetProperty("recipe").GetProperty("stages")[0].GetProperty("steps").GetString(),
            shown.GetProperty("recipe").GetProperty("stages")[0].GetProperty("guidance_scale").GetInt32()));

        var replay = _glide.Run("replay", "again.png");
        Assert.Equal(2, replay.ExitCode);
        Assert.Contains("by 'sample' with --from-noise, from the noise of another image", replay.Error,
            StringComparison.Ordinal);
        var noisy = _glide.Run("sample", "--from-noise", "room.safetensors", "--sampler", "ddpm", "-q");
        Assert.Equal(2, noisy.ExitCode);
        Assert.Contains("ddpm draws noise at every step", noisy.Error, StringComparison.Ordinal);
    }

    [Fact]
    public void Variations_take_the_prompt_that_the_image_says_itself()
    {
        Done(["sample", "a red circle", "-s", "7", "--steps", "2", "--no-upsample", "-m", "mini", "-o", "circle.png"]);
        string[] paths = Done(["vary", "circle.png", "-n", "2", "-s", "3", "--steps", "2", "--no-upsample", "-o",
            "many"]).Split('\n');
        Assert.Equal([Path.Combine("many", "a-red-circle-3.png"), Path.Combine("many", "a-red-circle-4.png")], paths);
        byte[] first = File.ReadAllBytes(_glide.PathOf(paths[0]));
        Done(["vary", "circle.png", "-n", "1", "-s", "3", "--steps", "2", "--no-upsample", "-o", "again.png"]);
        Assert.Equal(first, File.ReadAllBytes(_glide.PathOf("again.png")));
    }

    [Fact]
    public void Frames_are_numbered_and_the_animation_has_them_all()
    {
        string[] command =
            ["interpolate", "room.png", "wide.png", "--from", "a red circle", "--to", "a star", "-n", "11", "--steps",
                "2", "--no-upsample", "-s", "1", "-o", "way", "--gif", "way.gif"];
        string[] paths = Done(command).Split('\n');
        Assert.Equal(Enumerable.Range(1, 11).Select(number => Path.Combine("way", $"frame-{number:00}.png")), paths);
        Assert.All(paths, path => Assert.Equal((32, 32), SizeOf(path)));
        byte[] film = File.ReadAllBytes(_glide.PathOf("way.gif"));
        // A graphic control extension of four bytes stands in front of every image.
        Assert.Equal(11, film.AsSpan().Count((ReadOnlySpan<byte>)[0x21, 0xF9, 4, 4]));
        Done([.. command, "--overwrite"]);
    }

    [Fact]
    public void A_restyled_image_has_the_new_prompt()
    {
        Done(["restyle", "room.png", "--from", "a red circle", "--to", "a blue circle", "--steps", "4",
            "--upsample-steps", "1", "-s", "1", "-o", "blue.png"]);
        Assert.Equal((128, 128), SizeOf("blue.png"));
        var shown = JsonDocument.Parse(Done(["show", "blue.png", "--json"])).RootElement.GetProperty("settings");
        Assert.Equal("a blue circle", shown.GetProperty("prompt").GetString());
        Assert.Equal("a red circle", shown.GetProperty("edit").GetProperty("prompts")[0].GetString());
    }

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

using System.Text.Json.Nodes;
using Glide.Checkpoints;
using Glide.Cli.Tests.Support;
using Glide.Images;

namespace Glide.Cli.Tests.Commands;

/// <summary>What people give that is not quite what they mean.</summary>
public sealed class OddInputTests : IDisposable
{
    private static readonly string[] s_quick = ["--no-upsample", "--steps", "2", "--threads", "1"];
    private static readonly string s_mini = Path.Combine(GlideProcess.Checkout, "models", "mini");

    private readonly GlideProcess _glide = new();

    public void Dispose() => _glide.Dispose();

    [Fact]
    public void Weights_with_a_prefix_give_the_same_pixels_and_one_notice()
    {
        string folder = Directory.CreateDirectory(_glide.PathOf("own")).FullName;
        using (var plain = Checkpoint.Open(Path.Combine(s_mini, "base.safetensors.gz")))
        {
            SafetensorsWriter.Write(Path.Combine(folder, "base.safetensors"), plain.Tensors.Values.Select(entry =>
            {
                byte[] bytes = new byte[entry.ByteCount];
                plain.Read(entry, bytes);
                Action<Stream> write = stream => stream.Write(bytes);
                return ($"_orig_mod.module.{entry.Name}", entry.Type, entry.Shape.ToArray(), write);
            }), plain.Metadata);
        }
        var description = JsonNode.Parse(File.ReadAllText(Path.Combine(s_mini, "model.json")))!;
        description["networks"]!["base"]!["weights"] = new JsonObject { ["file"] = "base.safetensors" };
        File.WriteAllText(Path.Combine(folder, "model.json"), description.ToJsonString());

        var own = _glide.Run(["sample", "a ring", "a star", "-s", "1", "-o", "own-images", "-m", "own", .. s_quick]);
        Assert.True(own.ExitCode == 0, own.Error);
        _glide.Run(["sample", "a ring", "a star", "-s", "1", "-o", "images", "-m", "mini", .. s_quick]);
        Assert.Equal(1, own.Error.Split("begin with '_orig_mod.module.', which was left out").Length - 1);
        Assert.Equal(Pixels("images/a-ring-1.png"), Pixels("own-images/a-ring-1.png"));
        File.WriteAllText(_glide.PathOf("p.txt"), "a ring\na star\n");
        var batch = _glide.Run(["batch", "p.txt", "-o", "batch", "-m", "own", .. s_quick]);
        Assert.Equal(1, batch.Error.Split("begin with '_orig_mod.module.', which was left out").Length - 1);
        Assert.Contains("prefix      _orig_mod.module.", _glide.Run("models", "info", "own/base.safetensors").Output,
            StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("a (red:1.5) circle", "'(red:1.5)' is part of the prompt; GLIDE knows no weights of words")]
    [InlineData("a|red|circle", "3 prompts of one word each; for one prompt of several words put quotes around it")]
    public void A_prompt_that_is_probably_not_meant_is_told(string prompts, string notice)
    {
        var result = _glide.Run(["sample", .. prompts.Split('|'), "-o", "images", "-m", "mini", .. s_quick]);
        Assert.True(result.ExitCode == 0, result.Error);
        Assert.Contains(notice, result.Error, StringComparison.Ordinal);
    }

    [Fact]
    public void A_prompt_that_begins_with_an_at_sign_names_no_file()
    {
        File.WriteAllText(_glide.PathOf("home"), "--unknown");
        var result = _glide.Run(["sample", "@home", "@nowhere", "-s", "1", "-m", "mini", .. s_quick]);
        Assert.Equal((0, "home-1.png\nnowhere-1.png\n"), (result.ExitCode, result.Output));
        Assert.Equal("@home", (string?)JsonNode.Parse(_glide.Run("show", "home-1.png", "--json").Output)!["prompt"]);
    }

    [Fact]
    public void A_cut_negative_is_called_by_its_name()
    {
        string words = string.Join(' ', Enumerable.Repeat("hedgehog", 200));
        var result = _glide.Run(["sample", "a ring", "--negative", words, "-s", "1", "-m", "mini", .. s_quick]);
        Assert.Contains("warning: --negative is cut to ", result.Error, StringComparison.Ordinal);
        Assert.DoesNotContain("the prompt is cut", result.Error, StringComparison.Ordinal);
    }

    [Fact]
    public void A_cut_further_prompt_is_called_by_its_name()
    {
        string words = string.Join(' ', Enumerable.Repeat("hedgehog", 200));
        var result = _glide.Run(["sample", "a ring", "--and", "a star", "--and", $"{words}:0.5", "-s", "1",
            "-m", "mini", .. s_quick]);
        Assert.Contains("warning: --and 'hedgehog hedgehog he...' is cut to ", result.Error, StringComparison.Ordinal);
        Assert.DoesNotContain("the prompt is cut", result.Error, StringComparison.Ordinal);
    }

    [Fact]
    public void An_option_in_a_row_of_text_is_told_with_its_line()
    {
        File.WriteAllText(_glide.PathOf("p.txt"), "a ring\na star --steps 5\na dash -- and more\n");
        var result = _glide.Run(["batch", "p.txt", "-o", "out", "-m", "mini", .. s_quick]);
        Assert.True(result.ExitCode == 0, result.Error);
        Assert.Contains("line 2: '--steps' is part of the prompt; options of a row need a .jsonl or .csv file",
            result.Error, StringComparison.Ordinal);
        Assert.DoesNotContain("line 3", result.Error, StringComparison.Ordinal);
    }

    [Fact]
    public void A_prompt_of_signs_alone_has_a_name_of_its_own()
    {
        var result = _glide.Run(["sample", "🦔", "", "-s", "1", "-m", "mini", .. s_quick]);
        Assert.Equal("u1f994-1.png\nunconditional-1.png\n", result.Output);
    }

    [Fact]
    public void Show_prints_the_good_files_among_bad_ones()
    {
        _glide.Run(["sample", "a ring", "-s", "1", "-m", "mini", .. s_quick]);
        var result = _glide.Run("show", "none.png", "a-ring-1.png", "--json");
        Assert.Equal(3, result.ExitCode);
        Assert.Contains("error: There is no file 'none.png'", result.Error, StringComparison.Ordinal);
        Assert.Equal("a ring", (string?)JsonNode.Parse(result.Output)!["prompt"]);
        Assert.Null(JsonNode.Parse(result.Output)!["seconds"]);
        Assert.Equal(2, _glide.Run("show", "none.png", "nothing.png").ExitCode);
    }

    private byte[] Pixels(string name) => ImageFile.Load(_glide.PathOf(name)).Image.Pixels;
}

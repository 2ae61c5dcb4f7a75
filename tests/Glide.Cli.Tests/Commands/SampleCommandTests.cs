using System.Text.Json;
using Glide.Cli.Tests.Support;

namespace Glide.Cli.Tests.Commands;

/// <summary>
/// The command from end to end on the built-in models; two steps, since these tests are not about the image.
/// </summary>
public sealed class SampleCommandTests : IDisposable
{
    private static readonly string[] Quick = ["--steps", "2", "--no-upsample", "--threads", "1", "--quiet"];

    private readonly GlideProcess _glide = new();

    public void Dispose() => _glide.Dispose();

    [Fact]
    public void Prints_the_path_of_each_image_and_nothing_else()
    {
        var result = Sample("a red circle", "-s", "7", "-n", "2");
        Assert.Equal(0, result.ExitCode);
        Assert.Equal("a-red-circle-7.png\na-red-circle-8.png\n", result.Output);
        Assert.Empty(result.Error);
        Assert.Equal(2, Directory.GetFiles(_glide.Folder).Length);
    }

    [Fact]
    public void The_same_command_gives_the_same_bytes()
    {
        Sample("a red circle", "-s", "7", "-o", "a.png");
        Sample("a red circle", "-s", "7", "-o", "b.png");
        Assert.Equal(Bytes("a.png"), Bytes("b.png"));
    }

    [Fact]
    public void A_guidance_interval_of_the_whole_run_changes_no_byte()
    {
        Sample("a red circle", "-s", "7", "-o", "a.png");
        Sample("a red circle", "-s", "7", "-o", "b.png", "--guidance-interval", "0:1");
        Assert.Equal(Bytes("a.png"), Bytes("b.png"));
    }

    [Fact]
    public void Json_says_what_was_made_and_how()
    {
        var line = JsonDocument.Parse(Sample("a red circle", "-s", "7", "--json", "-o", "out").Output).RootElement;
        Assert.Equal(Path.Combine("out", "a-red-circle-7.png"), line.GetProperty("path").GetString());
        Assert.Equal("a red circle", line.GetProperty("prompt").GetString());
        Assert.Equal(7, line.GetProperty("seed").GetInt64());
        Assert.Equal(32, line.GetProperty("width").GetInt32());
        Assert.True(line.GetProperty("seconds").GetDouble() > 0);
        Assert.Equal("2", line.GetProperty("settings").GetProperty("recipe").GetProperty("stages")[0]
            .GetProperty("steps").GetString());
        Assert.Equal("mini", line.GetProperty("settings").GetProperty("model").GetString());
    }

    [Fact]
    public void An_image_carries_how_it_was_made_and_no_time_stamp()
    {
        Sample("a red circle", "-s", "7", "-o", "a.png");
        string file = System.Text.Encoding.Latin1.GetString(Bytes("a.png"));
        Assert.Contains("prompt\0a red circle", file, StringComparison.Ordinal);
        Assert.Contains("seed\07", file, StringComparison.Ordinal);
        Assert.Contains("model\0mini", file, StringComparison.Ordinal);
        Assert.Contains("Software\0glide ", file, StringComparison.Ordinal);
        Assert.DoesNotContain("tIME", file, StringComparison.Ordinal);
    }

    [Fact]
    public void An_existing_image_in_a_folder_is_kept_and_the_next_free_name_taken()
    {
        File.WriteAllText(_glide.PathOf("a-red-circle-7.png"), "mine");
        Assert.Equal("a-red-circle-7-2.png\n", Sample("a red circle", "-s", "7").Output);
        Assert.Equal("mine", File.ReadAllText(_glide.PathOf("a-red-circle-7.png")));
    }

    [Fact]
    public void A_named_file_is_replaced_only_on_request()
    {
        File.WriteAllText(_glide.PathOf("x.png"), "mine");
        var refused = Sample("a red circle", "-o", "x.png");
        Assert.Equal(2, refused.ExitCode);
        Assert.Contains("error: the file exists; 'x.png'; give --overwrite", refused.Error, StringComparison.Ordinal);
        Assert.Equal("mine", File.ReadAllText(_glide.PathOf("x.png")));
        Assert.Equal(0, Sample("a red circle", "-o", "x.png", "--overwrite").ExitCode);
        Assert.NotEqual("mine", File.ReadAllText(_glide.PathOf("x.png")));
    }

    [Fact]
    public void One_file_cannot_take_several_images()
    {
        var result = Sample("a red circle", "-n", "2", "-o", "x.png");
        Assert.Equal(2, result.ExitCode);
        Assert.Contains("--output names one file for several images", result.Error, StringComparison.Ordinal);
    }

    [Fact]
    public void A_file_that_is_no_png_cannot_be_the_folder()
    {
        File.WriteAllText(_glide.PathOf("notes.txt"), "mine");
        Assert.Equal(2, Sample("a red circle", "-o", "notes.txt").ExitCode);
        Assert.Equal("mine", File.ReadAllText(_glide.PathOf("notes.txt")));
    }

    [Theory]
    [InlineData("../../etc/x", "etc-x-7.png")]
    [InlineData("CON", "con-7.png")]
    [InlineData("", "unconditional-7.png")]
    [InlineData("日本 <|endoftext|> \u202e x", "日本-endoftext-x-7.png")]
    public void File_names_are_safe(string prompt, string name) =>
        Assert.Equal($"{name}\n", _glide.Run(["sample", .. Quick, "-s", "7", "--", prompt]).Output);

    [Fact]
    public void A_prompt_may_start_with_a_hyphen_behind_two_of_them() =>
        Assert.Equal("rf-7.png\n", _glide.Run(["sample", .. Quick, "-s", "7", "--", "-rf"]).Output);

    [Fact]
    public void A_long_prompt_is_cut_with_one_warning_that_shows_where()
    {
        string prompt = string.Join(' ', Enumerable.Repeat("circle", 200));
        var result = Sample(prompt, "-s", "7", "-n", "2");
        Assert.Equal(0, result.ExitCode);
        Assert.Single(result.Error.Split('\n'), line =>
            line.StartsWith("warning: the prompt is cut to 24 of 200 tokens at '", StringComparison.Ordinal));
        Assert.All(Directory.GetFiles(_glide.Folder), file => Assert.True(Path.GetFileName(file).Length < 255));
    }

    [Fact]
    public void Equal_prompts_make_two_files()
    {
        var result = _glide.Run(["sample", .. Quick, "-s", "7", "a red circle", "a red circle"]);
        Assert.Equal("a-red-circle-7.png\na-red-circle-7-2.png\n", result.Output);
        // So do prompts that differ in what no name can have.
        Assert.Equal("a-b-7.png\na-b-7-2.png\n", _glide.Run(["sample", .. Quick, "-s", "7", "a/b", "a?b"]).Output);
    }

    [Fact]
    public void An_unknown_model_set_is_named()
    {
        var result = Sample("a red circle", "-m", "nonsense");
        Assert.Equal(2, result.ExitCode);
        Assert.Contains("error: there is no model set 'nonsense'", result.Error, StringComparison.Ordinal);
    }

    [Fact]
    public void Published_models_that_are_not_there_say_how_to_get_them()
    {
        var result = Sample("a red circle", "-m", "openai");
        Assert.Equal(5, result.ExitCode);
        Assert.Contains("glide models download openai", result.Error, StringComparison.Ordinal);
    }

    [Fact]
    public void A_gpu_that_is_not_there_is_never_replaced_silently()
    {
        var hidden = new Dictionary<string, string?> { ["CUDA_VISIBLE_DEVICES"] = "" };
        var result = _glide.Run(hidden, ["sample", "a red circle", .. Quick, "--device", "cuda"]);
        Assert.Equal(2, result.ExitCode);
        Assert.Contains("error: --device cuda is not there", result.Error, StringComparison.Ordinal);
    }

    [Fact]
    public void A_folder_that_cannot_be_made_is_found_out_before_sampling()
    {
        File.WriteAllText(_glide.PathOf("file"), "");
        var result = Sample("a red circle", "-o", "file/inside");
        Assert.Equal(2, result.ExitCode);
        Assert.Contains("error: images cannot be written to 'file/inside'", result.Error, StringComparison.Ordinal);
    }

    [Fact]
    public void The_default_seed_is_printed()
    {
        var result = _glide.Run("sample", "a red circle", "--steps", "1", "--no-upsample", "--threads", "1");
        Assert.Matches(@"(?m)^seed \d+$", result.Error);
        Assert.DoesNotContain('\e', result.Error);
        Assert.DoesNotContain('\r', result.Error);
    }

    private CommandResult Sample(string prompt, params string[] more) =>
        _glide.Run(["sample", prompt, .. Quick, .. more]);

    private byte[] Bytes(string name) => File.ReadAllBytes(_glide.PathOf(name));
}

using System.Text.Json.Nodes;
using Glide.Checkpoints;
using Glide.Cli.Tests.Support;
using Glide.Pipelines;

namespace Glide.Cli.Tests.Commands;

/// <summary><c>--lora</c> adds files to the networks, and images say so.</summary>
public sealed class LoraOptionTests : IDisposable
{
    private static readonly string s_base = Path.Combine(GlideProcess.Checkout, "models", "mini",
        "base.safetensors.gz");
    private static readonly string[] s_quick =
        ["--model", "mini", "--no-upsample", "--steps", "2", "--threads", "1", "-s", "7"];

    private readonly GlideProcess _glide = new();

    public LoraOptionTests()
    {
        Write("style.safetensors", seed: 1, network: "base");
        Write("other.safetensors", seed: 2, network: null);
    }

    public void Dispose() => _glide.Dispose();

    [Fact]
    public void Files_change_images_by_their_weights_and_are_recorded()
    {
        Sample("none.png");
        Sample("zero.png", "--lora", "style.safetensors:0");
        Sample("one.png", "--lora", "style.safetensors");
        Sample("both.png", "--lora", "style.safetensors", "--lora", "other.safetensors:-0.5");
        Assert.Equal(Pixels("none.png"), Pixels("zero.png"));
        Assert.NotEqual(Pixels("none.png"), Pixels("one.png"));
        Assert.NotEqual(Pixels("one.png"), Pixels("both.png"));
        Assert.Null(Json("none.png")["loras"]);
        var loras = Json("both.png")["loras"]!.AsArray();
        Assert.Equal(["style.safetensors 1 base", "other.safetensors -0.5 base"],
            loras.Select(lora => $"{lora!["file"]} {lora["weight"]} {lora["network"]}"));
        Assert.Equal(4, new[] { "none.png", "zero.png", "one.png", "both.png" }
            .Select(image => (string)Json(image)["model_hash"]!).Distinct().Count());
        Assert.Matches("lora +style.safetensors:1 on base \\([0-9a-f]{64}\\)", _glide.Run("show", "one.png").Output);
    }

    [Fact]
    public void Replay_needs_the_files_and_knows_their_weights()
    {
        string[] both = ["--lora", "style.safetensors:0.5", "--lora", "other.safetensors"];
        Sample("a.png", both);
        AssertRefused("was made with the LoRA file 'style.safetensors', SHA-256");
        AssertRefused("was made with the LoRA file 'other.safetensors'", "--lora", "style.safetensors");
        AssertRefused("made with the weight 0.5, given is 2", "--lora", "style.safetensors:2");
        Write("third.safetensors", seed: 3, network: "base");
        AssertRefused("is not a file that 'a.png' was made with", [.. both, "--lora", "third.safetensors"]);
        var replayed = _glide.Run("replay", "a.png", "--check", "--lora", "other.safetensors", "--lora",
            "style.safetensors");
        Assert.True(replayed.ExitCode == 0, replayed.Error);

        void AssertRefused(string message, params string[] given)
        {
            var result = _glide.Run(["replay", "a.png", "--check", .. given]);
            Assert.Equal(2, result.ExitCode);
            Assert.Contains(message, result.Error, StringComparison.Ordinal);
        }
    }

    // In fp32 the merged weights are those that sampling computes. The set's own type, fp16, rounds them to 11 bits.
    [Theory, InlineData("fp32", 0), InlineData("fp16", 1)]
    public void A_converted_file_draws_what_the_option_draws(string dtype, int levels)
    {
        var converted = _glide.Run("models", "convert", s_base, "merged.safetensors", "--dtype", dtype, "--lora",
            "style.safetensors:0.5", "--lora", "other.safetensors");
        Assert.True(converted.ExitCode == 0, converted.Error);
        Sample("merged.png", "--weights", "base=merged.safetensors");
        Sample("added.png", "--lora", "style.safetensors:0.5", "--lora", "other.safetensors");
        Assert.InRange(Pixels("merged.png").Zip(Pixels("added.png")).Max(pair => Math.Abs(pair.First - pair.Second)), 0,
            levels);
        var info = _glide.Run("models", "info", "merged.safetensors").Output;
        Assert.Contains("network     base (mini)", info, StringComparison.Ordinal);
        Assert.Contains("glide.merged: style.safetensors:0.5, other.safetensors:1", info, StringComparison.Ordinal);
    }

    [Fact]
    public void Other_commands_take_files_too()
    {
        Sample("none.png");
        File.WriteAllText(_glide.PathOf("rows.txt"), "a red circle\n");
        string[] lora = ["--lora", "style.safetensors"];
        string[][] commands =
        [
            ["batch", "rows.txt", "-o", "rows", .. s_quick],
            ["edit", "a ring", "--image", "none.png", "-o", "edited.png", .. s_quick],
            ["inpaint", "a ring", "--image", "none.png", "--rect", "4,4,16,16", "--mode", "implicit", "-o",
                "painted.png", .. s_quick],
        ];
        foreach (string[] command in commands)
        {
            var result = _glide.Run([.. command, .. lora]);
            Assert.True(result.ExitCode == 0, result.Error);
            Assert.DoesNotContain("warning", result.Error, StringComparison.Ordinal);
        }
        string row = Assert.Single(Directory.GetFiles(_glide.PathOf("rows"), "*.png"));
        foreach (string image in new[] { row, "edited.png", "painted.png" })
            Assert.Equal("style.safetensors", (string?)Json(image)["loras"]![0]!["file"]);
        Sample("one.png", lora);
        Assert.Equal(Pixels("one.png"), Pixels(row));
        var unused = _glide.Run(["inpaint", "a ring", "--image", "none.png", "--rect", "4,4,16,16", "-o", "tuned.png",
            .. s_quick, .. lora]);
        Assert.Contains("warning: the LoRA file 'style.safetensors' changes 'base', which takes no part here",
            unused.Error, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(2, "bad value for --lora, WEIGHT; found '11'; allowed is a number from -10", "style.safetensors:11")]
    [InlineData(2, "found 'NaN'; allowed is a number from -10 to 10", "style.safetensors:NaN")]
    [InlineData(2, "found 'much'; allowed is a number from -10 to 10", "style.safetensors:much")]
    [InlineData(2, "bad value for --lora; found ':1'; allowed is FILE or FILE:WEIGHT", ":1")]
    [InlineData(4, "'missing.safetensors' does not exist", "missing.safetensors:0.5")]
    [InlineData(4, "it is no LoRA file; it looks like base (mini), which --weights takes", "MINI")]
    [InlineData(4, "does not fit the network 'upsample': 1 of 2 layers differ", "upsample=style.safetensors")]
    public void A_wrong_value_is_told_before_anything_is_drawn(int code, string message, string value)
    {
        string given = value.Replace("MINI", s_base, StringComparison.Ordinal);
        var result = _glide.Run(["sample", "a red circle", "-o", "a.png", .. s_quick, "--lora", given]);
        Assert.True(result.ExitCode == code, $"{result.ExitCode} {result.Error}");
        Assert.Contains(message, result.Error, StringComparison.Ordinal);
        Assert.False(File.Exists(_glide.PathOf("a.png")));
    }

    [Fact]
    public void A_file_is_described()
    {
        string text = _glide.Run("models", "info", "style.safetensors").Output;
        Assert.Contains("network     LoRA of base", text, StringComparison.Ordinal);
        Assert.Contains("layers      2, rank 2 to 4, alpha 2", text, StringComparison.Ordinal);
        var json = JsonNode.Parse(_glide.Run("models", "info", "other.safetensors", "--json").Output)!["lora"]!;
        Assert.Null(json["network"]);
        Assert.Equal("[2,4]", json["ranks"]!.ToJsonString());
        Assert.Equal(["input_blocks_1_0_in_layers_2", "middle_block_1_qkv"],
            json["layers"]!.AsArray().Select(layer => (string?)layer).Order(StringComparer.Ordinal));
    }

    private void Sample(string output, params string[] further)
    {
        var result = _glide.Run(["sample", "a red circle", "-o", output, .. s_quick, .. further]);
        Assert.True(result.ExitCode == 0, result.Error);
    }

    private JsonNode Json(string image) => JsonNode.Parse(_glide.Run("show", image, "--json").Output)!["settings"]!;

    private byte[] Pixels(string image) => GeneratedImageFile.ReadPixels(_glide.PathOf(image)).Pixels;

    private void Write(string name, int seed, string? network)
    {
        var metadata = new Dictionary<string, string>();
        if (network is not null)
            metadata[LoraFile.NetworkKey] = network;
        LoraFile.Write(_glide.PathOf(name),
            [
                new LoraLayer("middle_block.1.qkv", Factor(seed, 4, 128), Factor(seed, 384, 4), 2),
                new LoraLayer("input_blocks.1.0.in_layers.2", Factor(seed, 2, 64, 3, 3), Factor(seed, 64, 2, 1, 1), 2),
            ], metadata);
    }

    private static LoraFactor Factor(int seed, params long[] shape)
    {
        var random = new Random(seed);
        return new LoraFactor(shape, [.. Enumerable.Range(0, (int)shape.Aggregate((product, size) => product * size))
            .Select(_ => (float)(random.NextDouble() - 0.5) / 4)]);
    }
}

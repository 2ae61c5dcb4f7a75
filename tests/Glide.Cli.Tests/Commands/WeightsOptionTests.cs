using System.Text.Json.Nodes;
using Glide.Checkpoints;
using Glide.Cli.Tests.Support;
using Glide.Pipelines;
using Glide.Tests.Support;

namespace Glide.Cli.Tests.Commands;

/// <summary><c>--weights</c> takes a network from a file of its own, and images say so.</summary>
public sealed class WeightsOptionTests : IDisposable
{
    private static readonly string s_mini = Path.Combine(GlideProcess.Checkout, "models", "mini");
    private static readonly string[] s_quick =
        ["--model", "mini", "--no-upsample", "--steps", "2", "--threads", "1", "-s", "7"];

    private readonly GlideProcess _glide = new();

    public void Dispose() => _glide.Dispose();

    [Fact]
    public void An_average_in_a_file_draws_what_the_set_draws_and_is_recorded()
    {
        WriteTwins("twins.safetensors");
        Sample("set.png");
        var averaged = Sample("averaged.png", "--weights", "base=twins.safetensors");
        Assert.Contains("warning: 'twins.safetensors' holds several sets of weights; 'model_ema' is taken, left aside: "
            + "'model'; --weights-key chooses another", averaged.Error, StringComparison.Ordinal);
        Sample("plain.png", "--weights", "base=twins.safetensors", "--weights-key", "model");
        var (set, average, plain) = (Json("set.png"), Json("averaged.png"), Json("plain.png"));
        Assert.Null(set["weights"]);
        Assert.Equal("twins.safetensors", (string?)average["weights"]!["base"]!["file"]);
        Assert.Equal("model", (string?)plain["weights"]!["base"]!["key"]);
        string[] hashes = [.. new[] { set, average, plain }.Select(json => (string)json["model_hash"]!)];
        Assert.Equal(3, hashes.Distinct().Count());
        Assert.Equal(Pixels("set.png"), Pixels("averaged.png"));
        Assert.NotEqual(Pixels("set.png"), Pixels("plain.png"));

        var without = _glide.Run("replay", "plain.png", "--check");
        Assert.Equal(2, without.ExitCode);
        Assert.Matches("made with weights of 'base' from the file 'twins.safetensors', SHA-256 [0-9a-f]{64}, .* give "
            + "that file with --weights base=FILE", without.Error);
        var with = _glide.Run("replay", "plain.png", "--check", "--weights", "base=twins.safetensors");
        Assert.True(with.ExitCode == 0, with.Error);
        var other = _glide.Run("replay", "plain.png", "--check", "--weights", $"base={Mini("base")}");
        Assert.Equal(2, other.ExitCode);
        Assert.Contains("is not the file that 'plain.png' was made with", other.Error, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(2, "allowed is NETWORK=FILE, such as base=base.pt", "--weights", "base.pt")]
    [InlineData(2, "allowed is NETWORK=FILE", "--weights", "base=")]
    [InlineData(2, "model set 'mini' has no network 'middle'; allowed are base, upsample", "--weights", "middle=MINI")]
    [InlineData(2, "--weights names the network 'base' twice", "--weights", "base=MINI", "--weights", "base=MINI")]
    [InlineData(2, "--weights-key belongs to --weights", "--weights-key", "ema")]
    [InlineData(4, "does not exist", "--weights", "base=missing.pt")]
    [InlineData(4, "does not exist", "--weights", "clip=missing.pt")]
    [InlineData(4, "is no encoder of CLIP; it looks like base (mini)", "--weights", "clip=MINI")]
    [InlineData(4, "does not fit the network 'upsample'", "--weights", "upsample=MINI")]
    [InlineData(4, "it has no weights under the key 'ema'", "--weights", "base=MINI", "--weights-key", "ema")]
    public void A_wrong_file_is_told_before_anything_is_drawn(int code, string message, params string[] arguments)
    {
        string[] given = [.. arguments.Select(text => text.Replace("MINI", Mini("base"), StringComparison.Ordinal))];
        var result = _glide.Run(["sample", "a red circle", "-o", "a.png", .. s_quick, .. given]);
        Assert.True(result.ExitCode == code, $"{result.ExitCode} {result.Error}");
        Assert.Contains(message, result.Error, StringComparison.Ordinal);
        Assert.Empty(Directory.GetFiles(_glide.Folder));
    }

    [Fact]
    public void A_set_with_a_base_alone_draws_small_images_and_says_what_large_ones_need()
    {
        string folder = Directory.CreateDirectory(_glide.PathOf("mine")).FullName;
        foreach (string file in new[] { "model.json", "base.safetensors.gz" })
            File.Copy(Path.Combine(s_mini, file), Path.Combine(folder, file));
        string[] quick = ["--model", "mine", "--steps", "2", "--threads", "1", "-s", "7"];
        Assert.Equal(0, _glide.Run(["sample", "a ring", "-o", "small.png", "--no-upsample", .. quick]).ExitCode);

        var refused = _glide.Run(["sample", "a ring", "-o", "large.png", .. quick]);
        Assert.Equal((4, ""), (refused.ExitCode, refused.Output));
        Assert.Contains("the weights of 'upsample' of model set 'mini' are missing", refused.Error,
            StringComparison.Ordinal);
        Assert.Contains("or give a file with --weights upsample=FILE, or stop at the small image with --no-upsample",
            refused.Error, StringComparison.Ordinal);

        string[] both = ["--weights", $"upsample={Mini("upsample")}", "--upsample-steps", "1"];
        var drawn = _glide.Run(["sample", "a ring", "-o", "large.png", .. quick, .. both]);
        Assert.True(drawn.ExitCode == 0, drawn.Error);
        Assert.Equal(128, (int?)Json("large.png")["width"]);
    }

    [Fact]
    public void A_description_with_a_base_alone_is_a_set()
    {
        string folder = Directory.CreateDirectory(_glide.PathOf("mine")).FullName;
        File.Copy(Mini("base"), Path.Combine(folder, "base.safetensors.gz"));
        var json = JsonNode.Parse(File.ReadAllText(Path.Combine(s_mini, "model.json")))!;
        var networks = json["networks"]!.AsObject();
        foreach (string network in networks.Select(each => each.Key).Where(name => name != "base").ToList())
            networks.Remove(network);
        var sample = json["recipes"]!["sample"]!.AsObject();
        sample.Remove("upsample");
        json["recipes"] = new JsonObject { ["sample"] = sample.DeepClone() };
        File.WriteAllText(Path.Combine(folder, "model.json"), json.ToJsonString());

        var drawn = _glide.Run("sample", "a ring", "-o", "a.png", "--model", "mine", "--steps", "2", "--threads", "1");
        Assert.True(drawn.ExitCode == 0, drawn.Error);
        Assert.Equal(32, (int?)Json("a.png")["width"]);
    }

    [Fact]
    public void A_file_that_was_saved_again_has_changed_until_it_is_accepted()
    {
        string folder = Directory.CreateDirectory(_glide.PathOf("mine")).FullName;
        foreach (string file in new[] { "model.json", "base.safetensors.gz" })
            File.Copy(Path.Combine(s_mini, file), Path.Combine(folder, file));
        string weights = Path.Combine(folder, "base.safetensors.gz");
        byte[] bytes = File.ReadAllBytes(weights);
        bytes[4] ^= 1;      // the time in gzip's header
        File.WriteAllBytes(weights, bytes);

        var changed = _glide.Run("models", "verify", "mine");
        Assert.Equal(4, changed.ExitCode);
        Assert.StartsWith("changed  mini base: ", changed.Output, StringComparison.Ordinal);
        Assert.Contains("1 of the files has changed since it was recorded", changed.Error,
            StringComparison.Ordinal);
        Assert.Contains("if that is meant, accept it with: glide models verify --accept mine", changed.Error,
            StringComparison.Ordinal);
        Assert.Equal(2, _glide.Run("models", "verify", "--accept").ExitCode);
        Assert.Equal(0, _glide.Run("models", "verify", "--accept", "mine").ExitCode);
        var good = _glide.Run("models", "verify", "mine");
        Assert.Equal(0, good.ExitCode);
        Assert.StartsWith("good     mini base: ", good.Output, StringComparison.Ordinal);
    }

    private CommandResult Sample(string output, params string[] further)
    {
        var result = _glide.Run(["sample", "a red circle", "-o", output, .. s_quick, .. further]);
        Assert.True(result.ExitCode == 0, result.Error);
        return result;
    }

    private JsonNode Json(string image) => JsonNode.Parse(_glide.Run("show", image, "--json").Output)!["settings"]!;

    private byte[] Pixels(string image) => GeneratedImageFile.ReadPixels(_glide.PathOf(image)).Pixels;

    private static string Mini(string network) => Path.Combine(s_mini, $"{network}.safetensors.gz");

    private void WriteTwins(string name)
    {
        using var checkpoint = Checkpoint.Open(Mini("base"));
        WeightsFile.Write(_glide.PathOf(name), checkpoint, each => $"model_ema.{each}", each => $"model.{each}");
    }
}

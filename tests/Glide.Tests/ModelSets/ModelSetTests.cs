using System.Security.Cryptography;
using System.Text.Json;
using System.Text.Json.Nodes;
using Glide.ModelSets;

namespace Glide.Tests.ModelSets;

public sealed class ModelSetTests : IDisposable
{
    private readonly ScratchFolder _scratch = new();

    public void Dispose() => _scratch.Dispose();

    public static TheoryData<string, string> BuiltInSets => new()
    {
        { "mini", "base upsample base-inpaint upsample-inpaint" },
        { "openai", "base upsample base-inpaint upsample-inpaint clip/image-enc clip/text-enc" },
    };

    [Theory, MemberData(nameof(BuiltInSets))]
    public void Sets_that_come_with_the_program_are_complete(string name, string networks)
    {
        var set = ModelSet.Read(Path.Combine(Checkout.Models, name));

        Assert.Equal(name, set.Name);
        foreach (string network in networks.Split(' '))
            Assert.Contains(network, set.Networks.Keys);

        foreach (string task in new[] { "sample", "inpaint", "clip" })
        {
            Assert.Equal("100", set.Recipes[task].Base!.Steps);
            Assert.Equal("fast27", set.Recipes[task].Upsample!.Steps);
            Assert.Equal(0.997, set.Recipes[task].Upsample!.Temperature);
        }
    }

    [Fact]
    public void Recipes_are_the_published_ones()
    {
        var recipes = ModelSet.Read(Path.Combine(Checkout.Models, "openai")).Recipes;

        Assert.Equal(("base", "ddpm", 3.0, 0.0), Stage(recipes["sample"].Base!));
        Assert.Equal(("upsample", "ddim", 1.0, 0.0), Stage(recipes["sample"].Upsample!));
        Assert.Equal(("base-inpaint", "ddpm", 5.0, 0.0), Stage(recipes["inpaint"].Base!));
        Assert.Equal(("upsample-inpaint", "ddpm", 1.0, 0.0), Stage(recipes["inpaint"].Upsample!));
        Assert.Equal(("base", "ddpm", 1.0, 3.0), Stage(recipes["clip"].Base!));
        Assert.Equal(("upsample", "ddim", 1.0, 0.0), Stage(recipes["clip"].Upsample!));

        static (string, string, double, double) Stage(StageSettings stage) =>
            (stage.Network, stage.Sampler, stage.GuidanceScale, stage.ClipScale);
    }

    [Fact]
    public void Published_sizes_are_those_of_the_specification()
    {
        var networks = ModelSet.Read(Path.Combine(Checkout.Models, "openai")).Networks;

        var upsample = networks["upsample-inpaint"].UNet!;
        Assert.Equal([1, 1, 2, 2, 4, 4], upsample.ChannelMult);
        Assert.Equal([32, 16, 8], upsample.AttentionResolutions);
        Assert.Equal((256, 192, 2, 64), (upsample.ImageSize, upsample.NumChannels, upsample.NumResBlocks,
            upsample.ChannelsPerHead));
        Assert.Equal((128, 512, 16, 8), (upsample.TextContext, upsample.TextWidth, upsample.TextLayers,
            upsample.TextHeads));
        Assert.Equal(("linear", true, true), (upsample.NoiseSchedule, upsample.Upsample, upsample.Inpaint));
        Assert.Equal("squaredcos_cap_v2", networks["base"].UNet!.NoiseSchedule);
        var image = networks["clip/image-enc"].ClipImage!;
        Assert.Equal((64, 4, 768, 12, 12, 512),
            (image.ImageSize, image.PatchSize, image.Width, image.Layers, image.Heads, image.EmbeddingWidth));
        var text = networks["clip/text-enc"].ClipText!;
        Assert.Equal((65536, 77, 512, 12, 8, 512),
            (text.Vocabulary, text.TextContext, text.Width, text.Layers, text.Heads, text.EmbeddingWidth));
        Assert.Equal(TokenizerSettings.ClipBpe, text.Tokenizer.Kind);
        Assert.Equal("bpe_simple_vocab_16e6.txt.gz", text.Tokenizer.Merges!.File);
    }

    [Fact]
    public void What_a_description_leaves_out_has_its_default()
    {
        string folder = WriteSet(root =>
        {
            root["recipes"]!["sample"]!["base"] = JsonNode.Parse("""{ "network": "base", "sampler": "ddpm", "steps": "100" }""");
            foreach (string field in new[] { "upsample", "inpaint", "diffusion_steps" })
                root["networks"]!["base"]!["unet"]!.AsObject().Remove(field);
        });

        var set = ModelSet.Read(folder);

        var stage = set.Recipes["sample"].Base!;
        Assert.Equal((0.0, 1.0, 0.0, 1.0), (stage.Eta, stage.GuidanceScale, stage.ClipScale, stage.Temperature));
        var unet = set.Networks["base"].UNet!;
        Assert.Equal((false, false, 1000), (unet.Upsample, unet.Inpaint, unet.DiffusionSteps));
        Assert.Equal(1.0, ModelSet.Read(Path.Combine(Checkout.Models, "openai")).Recipes["sample"].Base!.Temperature);
    }

    [Fact]
    public void Built_in_weights_are_what_their_description_says()
    {
        var set = ModelSet.Read(Path.Combine(Checkout.Models, "mini"));
        foreach (var (name, network) in set.Networks)
        {
            string path = set.WeightsOf(name);
            Assert.Equal(network.Weights.Bytes, new FileInfo(path).Length);
            using var stream = File.OpenRead(path);
            Assert.Equal(network.Weights.Sha256, Convert.ToHexStringLower(SHA256.HashData(stream)));
        }

        Assert.True(set.CanRun("sample"));
        Assert.True(set.CanRun("inpaint"));
        Assert.False(set.CanRun("no such task"));
    }

    [Fact]
    public void A_glide_bpe_tokenizer_of_a_clip_has_start_and_end()
    {
        string folder = WriteSet(root => root["networks"]!["clip/text-enc"] = JsonNode.Parse("""
            { "weights": { "file": "text.safetensors" },
              "clip_text": { "vocabulary": 50258, "text_ctx": 24, "width": 64, "layers": 2, "heads": 2, "embedding": 64,
                             "tokenizer": { "kind": "glide-bpe", "start": 50257, "end": 50256 } } }
            """));

        var tokenizer = ModelSet.Read(folder).Networks["clip/text-enc"].ClipText!.Tokenizer;
        Assert.Equal((50257, 50256), (tokenizer.Start, tokenizer.End));
    }

    [Fact]
    public void A_description_of_a_former_version_that_passes_over_no_random_numbers_is_read()
    {
        string folder = WriteSet(root => root["recipes"]!["sample"]!["upsample"]!["passed_over_numbers"] = 0);
        Assert.Equal("fast27", ModelSet.Read(folder).Recipes["sample"].Upsample!.Steps);
    }

    public static TheoryData<string, string, string> Faults => new()
    {
        { "recipes/sample/upsample/passed_over_numbers", "49",
            "sample.upsample.passed_over_numbers is 49, allowed is 0" },
        { "recipes/clip/base/passed_over_numbers", "-5", "recipes.clip.base.passed_over_numbers is -5, allowed is 0" },
        { "networks/base/unet/image_size", "0", "networks.base.unet.image_size is 0" },
        { "networks/base/unet/image_size", "\"big\"", "networks.base.unet.image_size: the value has the wrong type" },
        { "networks/base/unet/num_channel", "3", "num_channel: there is no such field" },
        { "networks/base/unet/input_channels", "3", "input_channels: there is no such field" },
        { "networks/base/unet/text_ctx", "\u0000", "networks.base.unet: lacks 'text_ctx'" },
        { "networks/clip~text-enc/clip_text/text_ctx", "\u0000", "clip_text: lacks 'text_ctx'" },
        { "networks/clip~text-enc/clip_text/tokenizer", "\u0000", "clip_text: lacks 'tokenizer'" },
        { "networks/base/unet/channel_mult", "[]", "networks.base.unet: there are 0 levels" },
        { "networks/base/unet/num_channels", "4097", "networks.base.unet.num_channels is 4097, allowed is 1 to 4096" },
        { "networks/base/unet/channels_per_head", "7",
            "networks.base.unet: 64 channels of level 1 cannot be shared by heads of 7" },
        { "networks/clip~image-enc/clip_image/width", "5000",
            "networks.clip/image-enc.clip_image.width is 5000, allowed is 1 to 4096" },
        { "networks/clip~image-enc/clip_image/patch_size", "7",
            "networks.clip/image-enc.clip_image: a side of 32 pixels is no multiple of patches of 7" },
        { "networks/clip~image-enc/clip_image/embedding", "32",
            "clip_image.embedding is 32, clip/text-enc has 64, they must be equal" },
        { "networks/clip~image-enc/clip_image/diffusion_steps", "500",
            "clip_image.diffusion_steps is 500, the U-Nets have 1000" },
        { "networks/clip~image-enc/clip_image/logit_scale", "1e300",
            "clip_image.logit_scale is 1E+300, allowed is above 0 to 10000" },
        { "networks/clip~image-enc/clip_image/logit_scale", "-1",
            "networks.clip/image-enc.clip_image.logit_scale is -1, allowed is above 0 to 10000" },
        { "networks/base/unet/diffusion_steps", "1048577",
            "networks.base.unet.diffusion_steps is 1048577, allowed is 1 to 1048576" },
        { "networks/clip~text-enc/clip_text/vocabulary", "0",
            "networks.clip/text-enc.clip_text.vocabulary is 0, allowed is 1 to 1048576" },
        { "networks/clip~text-enc/clip_text/heads", "3",
            "networks.clip/text-enc.clip_text: a width of 64 cannot be shared by 3 heads" },
        { "networks/clip~text-enc/clip_text/text_ctx", "2",
            "networks.clip/text-enc.clip_text: a context of 2 tokens has no room" },
        { "networks/clip~text-enc", "null", "networks.clip/text-enc is null" },
        { "recipes/sample", "null", "recipes.sample is null" },
        { "recipes/sample/base/steps", "\"many\"", "recipes.sample.base.steps: " },
        { "recipes/sample/base/sampler", "\"euler\"", "recipes.sample.base.sampler: there is no sampler 'euler'" },
        { "recipes/sample/base/sampler", "null", "recipes.sample.base.sampler: null is not allowed" },
        { "recipes/sample/upsample/temperature", "-1", "recipes.sample.upsample.temperature is -1, allowed is 0 to 2" },
        { "recipes/sample/upsample/eta", "1.5", "recipes.sample.upsample.eta is 1.5, allowed is 0 to 1" },
        { "networks/base/unet/noise_schedule", "\"cosine\"", "allowed are linear and squaredcos_cap_v2" },
        { "networks/base/unet", "null", "networks.base has 0 configurations" },
        { "networks/base/weights/file", "\"../base.pt\"", "networks.base.weights.file is '../base.pt'" },
        { "networks/base/weights/file", "\"/etc/passwd\"", "plain file name" },
        { "networks/base/weights/file", "null", "networks.base.weights" },
        { "networks/base/weights/url", "\"ftp://host/base.pt\"", "must begin with https://" },
        { "networks/base/weights/url", "\"file:///etc/passwd\"", "must begin with https://" },
        { "networks/base/weights/sha256", "\"ABC\"", "networks.base.weights.sha256 must be 64" },
        { "networks/base/weights/bytes", "-1", "networks.base.weights.bytes is -1" },
        { "recipes/sample/base/network", "\"nothing\"", "recipes.sample.base.network is 'nothing'" },
        { "recipes/sample/base/steps", "\u0000", "recipes.sample.base: lacks 'steps'" },
        { "tokenizer/kind", "\"clip-bpe\"", "tokenizer must be" },
        { "name", "\"a/b\"", "name is 'a/b'" },
    };

    [Theory, MemberData(nameof(Faults))]
    public void A_fault_is_named_with_file_and_field(string field, string value, string expected)
    {
        string folder = WriteSet(root =>
        {
            string[] names = [.. field.Split('/').Select(name => name.Replace('~', '/'))];
            var owner = names[..^1].Aggregate((JsonNode)root, (node, name) => node[name]!).AsObject();
            owner.Remove(names[^1]);
            if (value != "\u0000")
                owner[names[^1]] = JsonNode.Parse(value);
        });

        var error = Assert.Throws<CheckpointException>(() => ModelSet.Read(folder));

        Assert.Contains(Path.Combine(folder, "model.json"), error.Message, StringComparison.Ordinal);
        Assert.True(error.Message.Contains(expected, StringComparison.Ordinal), error.Message);
    }

    [Theory]
    [InlineData("")]
    [InlineData("null")]
    [InlineData("[]")]
    [InlineData("<!DOCTYPE html>")]
    [InlineData("{ \"name\": \"a\", \"name\": \"b\" }")]
    public void A_file_that_is_no_description_is_refused(string text)
    {
        File.WriteAllText(Path.Combine(_scratch.Path, "model.json"), text);
        Assert.Throws<CheckpointException>(() => ModelSet.Read(_scratch.Path));
    }

    [Fact]
    public void All_faults_are_told_at_once()
    {
        string folder = WriteSet(root =>
        {
            root["networks"]!["base"]!["unet"]!["image_size"] = -64;
            root["networks"]!["upsample"]!["weights"]!["sha256"] = "x";
        });

        string message = Assert.Throws<CheckpointException>(() => ModelSet.Read(folder)).Message;
        Assert.Contains("image_size is -64", message, StringComparison.Ordinal);
        Assert.Contains("networks.upsample.weights.sha256", message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_folder_without_a_description_is_the_users_mistake()
    {
        Assert.Contains("has no model.json", Assert.Throws<UsageException>(() => ModelSet.Read(_scratch.Path)).Message,
            StringComparison.Ordinal);
        Assert.Contains("does not exist", Assert.Throws<UsageException>(() =>
            ModelSet.Read(_scratch.PathOf("nothing"))).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void An_unknown_network_is_told_with_the_known_ones()
    {
        var set = ModelSet.Read(Path.Combine(Checkout.Models, "mini"));
        string message = Assert.Throws<UsageException>(() => set.WeightsOf("basis")).Message;
        Assert.Contains("base, upsample", message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_converted_file_is_preferred_unless_the_original_is_newer_or_it_is_cut()
    {
        string folder = WriteSet(root => root["networks"]!["base"]!["weights"]!["file"] = "base.pt");
        string published = Path.Combine(folder, "base.pt");
        string converted = Path.Combine(folder, "base.safetensors");
        var set = ModelSet.Read(folder);
        File.WriteAllText(published, "weights");
        Assert.Equal(published, set.WeightsOf("base"));

        byte[] header = [2, 0, 0, 0, 0, 0, 0, 0, (byte)'{', (byte)'}'];
        File.WriteAllBytes(converted, header);
        Assert.Equal(converted, set.WeightsOf("base"));

        File.SetLastWriteTimeUtc(published, DateTime.UtcNow.AddHours(1));
        Assert.Equal(published, set.WeightsOf("base"));

        File.Delete(published);
        Assert.Equal(converted, set.WeightsOf("base"));

        File.WriteAllBytes(published, [1]);
        File.SetLastWriteTimeUtc(published, DateTime.UtcNow.AddHours(-1));
        header[0] = 200;
        File.WriteAllBytes(converted, header);
        Assert.Equal(published, set.WeightsOf("base"));
    }

    [Fact]
    public void Missing_weights_name_the_path_and_the_command()
    {
        var set = ModelSet.Read(Path.Combine(Checkout.Models, "openai")) with { Folder = _scratch.Path };

        string message = Assert.Throws<DownloadException>(() => set.WeightsOf("base")).Message;

        Assert.Contains(_scratch.PathOf("base.pt"), message, StringComparison.Ordinal);
        Assert.Contains("glide models download openai", message, StringComparison.Ordinal);
    }

    private string WriteSet(Action<JsonObject> change)
    {
        var root = JsonNode.Parse(File.ReadAllText(Path.Combine(Checkout.Models, "mini", "model.json")))!.AsObject();
        change(root);
        File.WriteAllText(_scratch.PathOf("model.json"),
            root.ToJsonString(new JsonSerializerOptions { WriteIndented = true }));
        return _scratch.Path;
    }
}

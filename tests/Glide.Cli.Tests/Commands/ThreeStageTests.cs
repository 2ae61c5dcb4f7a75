using System.Text.Json.Nodes;
using Glide.Checkpoints;
using Glide.Cli.Tests.Support;
using Glide.Diagnostics;
using Glide.Images;
using Glide.ModelSets;

namespace Glide.Cli.Tests.Commands;

/// <summary>A cascade of three: 16×16, 64×64 and 256×256, with weights from the formula.</summary>
public sealed class ThreeStageTests : IDisposable
{
    private readonly GlideProcess _glide = new();
    private readonly string _set;

    public ThreeStageTests()
    {
        string definition = Directory.CreateDirectory(_glide.PathOf("definition")).FullName;
        File.WriteAllText(Path.Combine(definition, ModelSet.FileName), Definition().ToJsonString());
        _set = _glide.PathOf("three");
        SyntheticModels.Write(ModelSet.Read(definition), _set, ElementType.Float32);
    }

    public void Dispose() => _glide.Dispose();

    [Fact]
    public void Three_stages_draw_one_image_and_replay_it()
    {
        var drawn = Sample("--upsample-steps", "2", "-o", "ring.png", "--gif", "steps.gif");
        Assert.Equal((0, "ring.png\n"), (drawn.ExitCode, drawn.Output));
        var image = ImageFile.Load(_glide.PathOf("ring.png")).Image;
        Assert.Equal((256, 256), (image.Width, image.Height));
        var settings = JsonNode.Parse(_glide.Run("show", "--json", "ring.png").Output)!["settings"]!;
        Assert.Equal(["base", "upsample", "upsample-2"], settings["recipe"]!["stages"]!.AsArray()
            .Select(stage => (string)stage!["network"]!));
        Assert.Equal(0, _glide.Run("replay", "ring.png", "-m", _set, "-q").ExitCode);
    }

    [Fact]
    public void Stages_can_be_left_out_and_their_progress_is_told()
    {
        var small = Sample("-o", "small.png", "--no-upsample");
        Assert.Equal((0, 16), (small.ExitCode, ImageFile.Load(_glide.PathOf("small.png")).Image.Width));
        File.WriteAllText(_glide.PathOf("prompts.txt"), "a ring\n");
        var batch = _glide.Run("batch", "prompts.txt", "-m", _set, "--steps", "2", "--upsample-steps", "2", "-o",
            "rows", "--progress", "jsonl");
        Assert.Equal(0, batch.ExitCode);
        foreach (string stage in new[] { "base", "upsample", "upsample-2" })
            Assert.Contains($"\"stage\":\"{stage}\"", batch.Error, StringComparison.Ordinal);
    }

    [Fact]
    public void The_forecast_counts_every_stage()
    {
        var plan = _glide.Run("plan", "a ring", "-m", _set, "--steps", "2", "--upsample-steps", "3", "--json");
        Assert.Equal(0, plan.ExitCode);
        var part = JsonNode.Parse(plan.Output)!["parts"]![0]!;
        Assert.Equal((2, 3, 3, 256), ((int)part["base"]!["passes"]!, (int)part["upsample"]!["passes"]!,
            (int)part["upsample-2"]!["passes"]!, (int)part["width"]!));
    }

    private CommandResult Sample(params string[] more) => _glide.Run(
        ["sample", "a ring", "-s", "1", "-m", _set, "--steps", "2", "-q", .. more]);

    private static JsonObject Definition()
    {
        var mini = JsonNode.Parse(File.ReadAllText(
            Path.Combine(GlideProcess.Checkout, "models", "mini", ModelSet.FileName)))!;
        JsonNode Network(string like, int size)
        {
            var network = mini["networks"]![like]!.DeepClone();
            network["unet"]!["image_size"] = size;
            network["unet"]!["num_channels"] = 32;
            network["unet"]!["attention_resolutions"] = new JsonArray(8);
            return network;
        }

        JsonObject Stage(string network, string sampler) =>
            new() { ["network"] = network, ["sampler"] = sampler, ["steps"] = "5" };
        return new JsonObject
        {
            ["name"] = "three",
            ["title"] = "Three networks of the formula",
            ["licence"] = "as this project",
            ["tokenizer"] = mini["tokenizer"]!.DeepClone(),
            ["networks"] = new JsonObject
            {
                ["base"] = Network("base", 16),
                ["upsample"] = Network("upsample", 64),
                ["upsample-2"] = Network("upsample", 256),
            },
            ["recipes"] = new JsonObject
            {
                ["sample"] = new JsonObject
                {
                    ["stages"] = new JsonArray(Stage("base", "ddpm"), Stage("upsample", "ddim"),
                        Stage("upsample-2", "ddim")),
                },
            },
        };
    }
}

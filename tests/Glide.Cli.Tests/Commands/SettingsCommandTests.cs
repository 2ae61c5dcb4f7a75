using System.Text;
using System.Text.Json.Nodes;
using Glide.Cli.Tests.Support;
using Glide.Pipelines;
using Glide.Tests.Images;

namespace Glide.Cli.Tests.Commands;

/// <summary>What the table of settings gives to commands: --stage, fields of rows, schema, check of metadata.</summary>
public sealed class SettingsCommandTests : IDisposable
{
    private static readonly string[] s_quick = ["-m", "mini", "--threads", "1", "-q", "-s", "7"];

    private readonly GlideProcess _glide = new();

    public void Dispose() => _glide.Dispose();

    [Fact]
    public void A_stage_is_set_as_by_its_options()
    {
        Sample("--steps", "2", "--upsample-steps", "3", "--upsample-temp", "0.9", "-o", "options.png");
        string[] stages = ["--stage", "base.steps=2", "--stage", "upsample.steps=3", "--stage",
            "upsample.temperature=0.9"];
        Sample([.. stages, "-o", "stages.png"]);
        Assert.Equal(File.ReadAllBytes(_glide.PathOf("options.png")), File.ReadAllBytes(_glide.PathOf("stages.png")));
    }

    [Fact]
    public void A_row_and_its_command_line_name_stages()
    {
        File.WriteAllLines(_glide.PathOf("rows.jsonl"),
        [
            """{"prompt": "a ring", "upsample.steps": 2}""",
            """{"prompt": "a ring", "upsample.guidance_rescale": 0.5}""",
        ]);
        string[] common = ["--stage", "upsample.steps=3", "--steps", "1", "-m", "mini", "--threads", "1", "-q"];
        var result = _glide.Run(["batch", "rows.jsonl", "-o", "out", .. common]);
        Assert.True(result.ExitCode == 0, result.Error);
        var stages = Directory.GetFiles(_glide.PathOf("out"), "*.png").Order(StringComparer.Ordinal)
            .Select(path => GeneratedImageFile.ReadRecord(path)!.Recipe.Last).ToList();
        Assert.Equal([("2", 0), ("3", 0.5)], stages.Select(stage => (stage.Steps, stage.GuidanceRescale)));
    }

    [Theory]
    [InlineData("bad value for --stage; found 'steps=3'; allowed is STAGE.SETTING=VALUE", "steps=3")]
    [InlineData("bad value for --stage; there is no setting 'upsample.stps'; did you mean 'steps'?", "upsample.stps=3")]
    [InlineData("bad value for --stage upsample.steps; step plan '0'", "upsample.steps=0")]
    [InlineData("bad value for --stage base.sampler; found 'euler'", "base.sampler=euler")]
    [InlineData("--stage upsample-2.steps names a stage that the recipe does not have", "upsample-2.steps=3")]
    public void A_stage_or_value_that_does_not_exist_is_refused(string message, string setting)
    {
        var result = _glide.Run(["sample", "a ring", "--stage", setting, .. s_quick]);
        Assert.Equal(2, result.ExitCode);
        Assert.StartsWith($"error: {message}", result.Error, StringComparison.Ordinal);
    }

    [Fact]
    public void A_row_with_an_unknown_setting_of_a_stage_is_refused()
    {
        File.WriteAllText(_glide.PathOf("rows.jsonl"), "{\"prompt\": \"a ring\", \"upsample.stps\": 2}\n");
        string error = _glide.Run("batch", "rows.jsonl", "-m", "mini").Error;
        Assert.Contains("line 1: unknown field 'upsample.stps'; did you mean 'steps'?", error,
            StringComparison.Ordinal);
    }

    [Fact]
    public void The_schema_has_every_field_with_its_range()
    {
        var result = _glide.Run("schema");
        Assert.Equal(0, result.ExitCode);
        var schema = JsonNode.Parse(result.Output)!;
        var fields = schema["properties"]!.AsObject();
        Assert.Equal("prompt", (string?)schema["required"]![0]);
        string[] some = ["prompt", "output", "seed", "upsample_steps", "no_upsample", "image", "invert_mask"];
        Assert.All(some, field => Assert.True(fields.ContainsKey(field), field));
        Assert.False(fields.ContainsKey("best_of"));
        Assert.Equal((0, 1), ((double)fields["eta"]!["minimum"]!, (double)fields["eta"]!["maximum"]!));
        Assert.Contains("ddim", fields["sampler"]!["enum"]!.AsArray().Select(name => (string?)name));
        Assert.Contains(schema["patternProperties"]!.AsObject(), field => "upsample-2.steps" is var name
            && System.Text.RegularExpressions.Regex.IsMatch(name, field.Key));
    }

    [Fact]
    public void The_help_lists_options_under_headings()
    {
        string help = _glide.Run("sample", "--help").Output;
        string[] titles = ["Options:", "Image:", "Sampling:", "Guidance:", "Second stage:", "Output:", "Machine:"];
        int[] headings = [.. titles.Select(title => help.IndexOf($"\n{title}\n", StringComparison.Ordinal))];
        Assert.DoesNotContain(-1, headings);
        Assert.Equal(headings.Order(), headings);
        Assert.InRange(help.IndexOf("--upsample-temp", StringComparison.Ordinal), headings[4], headings[5]);
        Assert.InRange(help.IndexOf("    --threads", StringComparison.Ordinal), headings[6], help.Length);
    }

    public static TheoryData<string, string, string> BadMetadata => new()
    {
        { "steps", "\"100000\"", "bad value for base.steps; step plan '100000'" },
        { "steps", "\"\"", "bad value for base.steps; step plan ''" },
        { "sampler", "\"euler\"", "bad value for base.sampler; found 'euler'; allowed is one of ddpm" },
        { "guidance_scale", "1e9", "bad value for base.guidance-scale; found '1000000000'; allowed is a number" },
        { "guidance_scale", "1e999", "bad value for base.guidance-scale; found 'Infinity'" },
        { "churn", "-1", "bad value for base.churn; found '-1'" },
        { "reuse", "0", "bad value for base.reuse; found '0'; allowed is a whole number from 1 to 1000" },
        { "threshold", "\"none\"", "bad value for base.threshold; threshold 'none'" },
        { "temperature", "1000", "bad value for base.temperature; found '1000'" },
    };

    [Theory, MemberData(nameof(BadMetadata))]
    public void Metadata_may_ask_for_nothing_that_options_cannot(string field, string value, string message)
    {
        AssertRefused(settings => settings["recipe"]!["stages"]![0]![field] = JsonNode.Parse(value), message);
    }

    [Fact]
    public void Metadata_without_stages_or_with_a_bad_seed_is_refused()
    {
        AssertRefused(settings => settings["recipe"]!["stages"] = new JsonArray(), "found a recipe without stages");
        AssertRefused(settings => settings["seed"] = -5, "bad value for seed; found '-5'");
    }

    private void AssertRefused(Action<JsonNode> change, string message)
    {
        var stage = new StageRecipe { Network = "base", Sampler = "ddim", Steps = "2" };
        var record = new ImageMetadata
        {
            Task = "sample",
            Prompt = "a ring",
            Seed = 7,
            Model = "mini",
            ModelHash = "0",
            Version = "1",
            Device = "cpu",
            Dtype = "fp32",
            Threads = 1,
            Recipe = Recipe.Of(stage),
            Width = 4,
            Height = 4,
        };
        var settings = JsonNode.Parse(record.ToTexts().Single(text => text.Key == "glide").Value)!;
        change(settings);
        byte[] text = Encoding.UTF8.GetBytes($"glide\0\0\0\0\0{settings.ToJsonString()}");
        File.WriteAllBytes(_glide.PathOf("a.png"), PngBuilder.Encode(
            4, 4, 8, 2, (_, _) => [1, 2, 3], before: [PngBuilder.Chunk("iTXt", text)]));
        var result = _glide.Run("replay", "a.png", "--check");
        Assert.Equal(2, result.ExitCode);
        Assert.StartsWith(
            $"error: 'a.png' has settings that are not allowed; {message}", result.Error, StringComparison.Ordinal);
    }

    private void Sample(params string[] more)
    {
        var result = _glide.Run(["sample", "a ring", .. more, .. s_quick]);
        Assert.True(result.ExitCode == 0, result.Error);
    }
}

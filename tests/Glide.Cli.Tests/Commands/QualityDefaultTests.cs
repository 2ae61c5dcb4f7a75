using System.CommandLine;
using System.Text.Json;
using Glide.Batches;
using Glide.Cli.Options;
using Glide.Cli.Tests.Support;
using Glide.ModelSets;
using Glide.Pipelines;
using Glide.Pipelines.Settings;

namespace Glide.Cli.Tests.Commands;

/// <summary>Which samplers and steps a run takes where the user names some of them, or none.</summary>
public sealed class QualityDefaultTests : IDisposable
{
    private readonly GlideProcess _glide = new();

    public void Dispose() => _glide.Dispose();

    /// <summary>Options of a run from prompts alone, and what the stages then take.</summary>
    public static TheoryData<string, string> Runs => new()
    {
        { "", "dpmpp-2m-sde 24 + dpmpp-2m 7" },
        { "--steps 50", "dpmpp-2m-sde 50 + dpmpp-2m 7" },
        { "--steps 10,10,3,2,2", "dpmpp-2m-sde 10,10,3,2,2 + dpmpp-2m 7" },
        { "--sampler ddpm", "ddpm 100 + dpmpp-2m 7" },
        { "--sampler ddim", "ddim 100 + dpmpp-2m 7" },
        { "--sampler ddim --steps ddim50", "ddim ddim50 + dpmpp-2m 7" },
        { "--sampler heun", "heun 24 + dpmpp-2m 7" },
        { "--sampler dpmpp-2m-sde --steps 30", "dpmpp-2m-sde 30 + dpmpp-2m 7" },
        { "--upsample-steps 6", "dpmpp-2m-sde 24 + dpmpp-2m 6" },
        { "--upsample-sampler ddim", "dpmpp-2m-sde 24 + ddim fast27" },
        { "--upsample-sampler ddpm --upsample-steps 50", "dpmpp-2m-sde 24 + ddpm 50" },
        { "--upsample-sampler unipc", "dpmpp-2m-sde 24 + unipc 7" },
        { "--quality paper", "ddpm 100 + ddim fast27" },
        { "--quality paper --sampler unipc", "unipc 100 + ddim fast27" },
        { "--quality draft", "dpmpp-2m-sde 10 + dpmpp-2m 4" },
        { "--quality draft --sampler ddpm", "ddpm 10 + dpmpp-2m 4" },
    };

    [Theory, MemberData(nameof(Runs))]
    public void A_run_takes_what_is_named_and_the_rest_by_the_rule(string options, string expected) =>
        Assert.Equal(expected, Describe(Apply(options, QualityPreset.ForPrompts)));

    [Theory]
    [InlineData("", "ddpm 100 + ddim fast27")]
    [InlineData("--steps 50", "ddpm 50 + ddim fast27")]
    [InlineData("--quality normal", "dpmpp-2m-sde 24 + dpmpp-2m 7")]
    public void Without_a_preset_the_recipe_holds(string options, string expected) =>
        Assert.Equal(expected, Describe(Apply(options, preset: null)));

    [Theory, MemberData(nameof(Runs))]
    public void A_row_takes_what_a_run_takes(string options, string expected)
    {
        string[] words = options.Split(' ', StringSplitOptions.RemoveEmptyEntries);
        var fields = words.Chunk(2).ToDictionary(pair => pair[0][2..], pair => pair[1]);
        var faults = new List<RowFault>();
        var made = new RowReader(GivenSettings.None, Mini(), folder: "", _ => { })
            .Read(new BatchRow(1, "a red circle", fields), faults);
        Assert.Empty(faults);
        Assert.Equal(expected, Describe(Assert.Single(made).Recipe));
    }

    [Fact]
    public void Sample_is_normal_and_edit_is_paper()
    {
        string[] quick = ["-m", "mini", "--threads", "1", "--quiet", "-s", "7"];
        _glide.Run(["sample", "a red circle", "-o", "default.png", .. quick]);
        _glide.Run(["sample", "a red circle", "-o", "normal.png", "--quality", "normal", .. quick]);
        _glide.Run(["edit", "--image", "normal.png", "a red circle", "--strength", "0.02", "--no-upsample", "-o",
            "edited.png", .. quick]);
        Assert.Equal(File.ReadAllBytes(_glide.PathOf("normal.png")), File.ReadAllBytes(_glide.PathOf("default.png")));
        Assert.Equal(("dpmpp-2m-sde", "24"), BaseOf("default.png"));
        Assert.Equal(("ddpm", "100"), BaseOf("edited.png"));
    }

    [Fact]
    public void Help_says_the_rule()
    {
        string help = string.Join(' ', _glide.Run("sample", "--help").Output.Split([' ', '\n'],
            StringSplitOptions.RemoveEmptyEntries));
        Assert.Contains("normal = dpmpp-2m-sde 24 + dpmpp-2m 7", help, StringComparison.Ordinal);
        Assert.Contains("Default: normal for images from prompts alone, paper for those from other images.", help,
            StringComparison.Ordinal);
        Assert.Contains("Default: by --quality; 100 for ddpm and ddim where only --sampler is given.", help,
            StringComparison.Ordinal);
    }

    private (string? Sampler, string? Steps) BaseOf(string image)
    {
        var stage = JsonDocument.Parse(_glide.Run("show", image, "--json").Output).RootElement.GetProperty("settings")
            .GetProperty("recipe").GetProperty("stages")[0];
        return (stage.GetProperty("sampler").GetString(), stage.GetProperty("steps").GetString());
    }

    private static Recipe Apply(string options, QualityPreset? preset)
    {
        var command = new Command("sample");
        new SamplingOptions().AddTo(command);
        var parsed = command.Parse(options.Split(' ', StringSplitOptions.RemoveEmptyEntries));
        Assert.Empty(parsed.Errors);
        return SamplingOptions.Apply(parsed, Recipe.For(Mini(), "sample"), preset);
    }

    private static ModelSet Mini() => ModelSet.Read(Path.Combine(GlideProcess.Checkout, "models", "mini"));

    private static string Describe(Recipe recipe) =>
        $"{recipe.Base.Sampler} {recipe.Base.Steps} + {recipe.Last.Sampler} {recipe.Last.Steps}";
}

using Glide.ModelSets;
using Glide.Pipelines;
using Glide.Pipelines.Settings;
using Glide.Tests.Models;
using Glide.Tests.Support;

namespace Glide.Tests.Pipelines;

/// <summary>Which sizes a cascade can make, and how large its stages are then.</summary>
public sealed class ImageSizeTests
{
    private static readonly ModelSet s_published =
        ModelSet.Read(Path.Combine(GoldenFiles.Checkout, "models", "openai"));

    private static readonly Recipe s_recipe = Recipe.For(s_published, "sample");

    [Theory]
    [InlineData("384x256", "96x64 384x256")]
    [InlineData("128", "32x32 128x128")]
    [InlineData(" 512X160 ", "128x40 512x160")]
    [InlineData("256", "none none")]
    [InlineData("256x256", "none none")]
    public void Every_stage_scales_with_the_finished_image(string size, string stages) =>
        Assert.Equal(stages, string.Join(' ', Apply($"size={size}").Stages.Select(stage => stage.Size ?? "none")));

    // 64 → 256 → 1024. The base needs multiples of 8, 16 times smaller; the second network of 32, 4 times smaller.
    [Fact]
    public void Three_stages_scale_alike()
    {
        var third = Networks.UNet("upsample_full") with { ImageSize = 1024, ChannelMult = [1, 1, 1, 1, 1, 1, 1] };
        var networks = new CascadeSizes([Networks.UNet("base_full"), Networks.UNet("upsample_full"), third]);
        var recipe = Recipe.Of(s_recipe.Base, s_recipe.Last, s_recipe.Last with { Network = "upsample-2" });
        Assert.Equal(["96x48", "384x192", "1536x768"],
            networks.Apply(recipe, new ImageSize(1536, 768), "--size").Stages.Select(stage => stage.Size));
        Assert.Contains("multiples of 128 from 512 to 2048",
            Assert.Throws<UsageException>(() => networks.Apply(recipe, new ImageSize(1088, 768), "--size")).Message,
            StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("250", "multiples of 32 from 128 to 512 for width and height; nearest to 250 are 224 and 256")]
    [InlineData("256x100", "nearest to 100 is 128")]
    [InlineData("600x500", "nearest to 600 is 512; nearest to 500 are 480 and 512")]
    public void Other_sizes_are_refused_with_the_nearest(string size, string message) =>
        Assert.Contains(message, Refusal($"size={size}"), StringComparison.Ordinal);

    [Theory]
    [InlineData("")]
    [InlineData("x")]
    [InlineData("256x")]
    [InlineData("0x256")]
    [InlineData("-256")]
    [InlineData("256x256x256")]
    [InlineData("2e2")]
    [InlineData("5000")]
    public void What_is_no_size_is_refused(string text) =>
        Assert.Contains("WIDTHxHEIGHT", Assert.Throws<UsageException>(() => ImageSize.Parse(text)).Message,
            StringComparison.Ordinal);

    [Fact]
    public void Size_and_noisy_CLIP_contradict_each_other()
    {
        Assert.Contains("--size and --guidance clip", Refusal("size=384x256", "guidance=both"),
            StringComparison.Ordinal);
        Assert.Contains("--size and --cull", Refusal("size=384x256", "best-of=4", "cull=0.5@0.5"),
            StringComparison.Ordinal);
        Assert.Null(Apply("size=256", "guidance=both").Base.Size);
        Assert.Equal("xy", Apply("tile=xy", "guidance=both").Last.Tile);
    }

    [Theory]
    [InlineData("size=256", "--size is for images from prompts")]
    [InlineData("tile=x", "--tile is for images from prompts")]
    public void Where_an_image_decides_neither_can_be_given(string setting, string message) =>
        Assert.StartsWith(message, Assert.Throws<UsageException>(() => Given(setting).ApplyTo(s_recipe)).Message,
            StringComparison.Ordinal);

    // A recipe from a file, which no option has checked.
    [Theory]
    [InlineData("4096x4096")]
    [InlineData("60x64")]
    public void A_stage_refuses_a_size_that_its_network_cannot_make(string size) =>
        Assert.Contains("the network 'base' cannot make images of " + size,
            Assert.Throws<UsageException>(() =>
                ImageSize.Of(s_recipe.Base with { Size = size }, Networks.UNet("base_full"))).Message,
            StringComparison.Ordinal);

    [Fact]
    public void A_recipe_of_a_file_is_checked()
    {
        Assert.Contains("base.size", Assert.Throws<UsageException>(() => RecipeChanges.Check(
            Recipe.Of(s_recipe.Base with { Size = "big" }), "a.png")).Message, StringComparison.Ordinal);
        Assert.Contains("base.tile", Assert.Throws<UsageException>(() => RecipeChanges.Check(
            Recipe.Of(s_recipe.Base with { Tile = "z" }), "a.png")).Message, StringComparison.Ordinal);
    }

    private static Recipe Apply(params string[] settings) => Given(settings).ApplyTo(s_recipe, models: s_published);

    private static string Refusal(params string[] settings) =>
        Assert.Throws<UsageException>(() => Apply(settings)).Message;

    private static GivenSettings Given(params string[] settings) =>
        new(settings.Select(text => text.Split('=')).Select(parts => (SettingName.Parse(parts[0]), parts[1])));
}

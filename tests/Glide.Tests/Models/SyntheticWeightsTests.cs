using Glide.Models;
using Glide.Models.UNet;
using Glide.Tests.Support;
using static TorchSharp.torch;

namespace Glide.Tests.Models;

[Collection(TorchCollection.Name)]
public sealed class SyntheticWeightsTests
{
    // x is up to 1.7 and was multiplied in float32.
    private const float LastBit = 2.5e-7f;

    [Fact]
    public void Unit_numbers_are_those_of_the_formula()
    {
        using var scope = NewDisposeScope();
        var numbers = SyntheticWeights.Unit("base.x", 100_000).data<float>();
        Assert.Equal([0.7618482f, -0.03204906f, 0.55489516f, -0.5918021f], numbers.ToArray()[..4]);
        Assert.Equal(0.35312533f, numbers.ToArray()[^1]);
    }

    [Theory, MemberData(nameof(UNetGoldenTests.Kinds), MemberType = typeof(UNetGoldenTests))]
    public void Unit_numbers_are_the_inputs_of_the_golden_files(string kind)
    {
        using var scope = NewDisposeScope();
        using var golden = GoldenTensors.Open($"unet_{kind}_mini.safetensors");
        string[] extra = kind switch
        {
            "base" => [],
            "upsample" => ["low_res"],
            "base-inpaint" => ["inpaint_image", "inpaint_mask"],
            _ => ["low_res", "inpaint_image", "inpaint_mask"],
        };
        foreach (string name in extra.Prepend("x"))
        {
            var stored = golden[name];
            Assert.InRange((stored - golden.Derived(name, stored.shape)).abs().max().item<float>(), 0, LastBit);
        }
    }

    [Theory]
    [InlineData("unit('a.NAME'), x scaled by 1.5, m = unit > 0.25", "a.x", 1.5f)]
    [InlineData("unit('NAME of b')", "x of b", 1f)]
    public void Golden_inputs_follow_from_what_their_file_says(string rule, string name, float scale)
    {
        using var scope = NewDisposeScope();
        var expected = SyntheticWeights.Unit(name, 50) * scale;
        Assert.Equal(0, Closeness.Relative(expected, GoldenInputRule.Parse(rule).Make("x", 50)));
    }

    [Fact]
    public void Golden_inputs_in_an_unknown_way_are_not_guessed()
    {
        Assert.Throws<FormatException>(() => GoldenInputRule.Parse("normal('base.NAME')"));
        Assert.Throws<FormatException>(() => GoldenInputRule.Parse("unit('base.NAME'), x shifted by 1"));
    }

    [Fact]
    public void Gains_are_near_one_and_matrices_as_wide_as_their_fan_in_asks()
    {
        using var scope = NewDisposeScope();
        using var model = new UNetModel(Networks.MiniBase, Precision.Float32, CPU);
        SyntheticWeights.Fill(model);
        var weights = model.state_dict();
        Assert.Equal(1 - 0.018523443f, weights["out.0.weight"][0].item<float>(), 6);
        Assert.Equal(0.00311205f, weights["out.2.weight"][0, 0, 0, 0].item<float>(), 1e-8f);
        Assert.InRange(Math.Abs(weights["out.0.bias"][0].item<float>()), 0, 0.1);
    }

    [Fact]
    public void Sixteen_bit_weights_are_the_rounded_ones()
    {
        using var scope = NewDisposeScope();
        using var full = new UNetModel(Networks.MiniUpsampler, Precision.Float32, CPU);
        using var half = new UNetModel(Networks.MiniUpsampler, Precision.BFloat16, CPU);
        SyntheticWeights.Fill(full);
        SyntheticWeights.Fill(half);
        const string name = "middle_block.0.in_layers.2.weight";
        var expected = full.state_dict()[name].to(ScalarType.BFloat16);
        Assert.Equal(ScalarType.BFloat16, half.state_dict()[name].dtype);
        Assert.Equal(0, (expected - half.state_dict()[name]).abs().max().to(ScalarType.Float32).item<float>());
    }
}

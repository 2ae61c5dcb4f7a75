using static TorchSharp.torch;

namespace Glide.Compat.Tests.Torch;

/// <summary>The numbers are those of PyTorch 1.13 (Python) for the same seeds; seeds must mean the same in C#.</summary>
[Collection(TorchCollection.Name)]
public class RandomTests
{
    private static readonly double[] Below16Seed0 = [1.54099607, -0.293428898, -2.17878938, 0.568431258];
    private static readonly double[] Below16Seed7 = [-0.146795094, 0.786141276, 0.94682163, -1.114344];

    private static readonly double[] From16Seed0 =
    [
        -1.12583983, -1.1523602, -0.250578582, -0.433878809, 0.598839462, -1.55509508, -0.34136039, 1.85300612,
        0.468096405, -0.157712445, 1.44366014, 0.266049415, 1.38936615, 1.58633423, 0.946298361, -0.843676746,
        0.931826591, 1.25900924, 2.00498056, 0.0537369028,
    ];

    private static readonly double[] From16Seed7 =
    [
        -0.820134521, 0.395631164, 0.898908496, -1.38840389, 0.198445052, 0.782072663, 1.03910768, -0.724510729,
        -0.848908603, -1.21692944, -0.0810215846, 1.36148512, -2.0614779, 0.674100697, -1.32334578, -1.35976899,
        -0.866701603, -0.564006686, -2.05646253, -0.356722534,
    ];

    public static TheoryData<long, double[]> Normals => new()
    {
        { 0, Below16Seed0 }, { 7, Below16Seed7 }, { 0, From16Seed0 }, { 7, From16Seed7 },
    };

    public static TheoryData<long, double[]> Uniforms => new()
    {
        { 0, [0.49625659, 0.768221796, 0.0884774327, 0.132030487, 0.307422817] },
        { 7, [0.53492254, 0.198803186, 0.659211695, 0.656890273, 0.232761562] },
    };

    [Theory, MemberData(nameof(Normals))]
    public void Randn_after_manual_seed_is_PyTorchs(long seed, double[] expected)
    {
        manual_seed(seed);
        Numbers.AssertClose(expected, randn(expected.Length));
    }

    [Theory, MemberData(nameof(Normals))]
    public void A_generator_gives_the_same_stream(long seed, double[] expected)
    {
        using var generator = new Generator((ulong)seed);
        Numbers.AssertClose(expected, randn([expected.Length], generator: generator));
        generator.manual_seed(seed);
        Numbers.AssertClose(expected, empty(expected.Length).normal_(generator: generator));
    }

    [Theory, MemberData(nameof(Uniforms))]
    public void Rand_after_manual_seed_is_PyTorchs(long seed, double[] expected)
    {
        manual_seed(seed);
        Numbers.AssertClose(expected, rand(expected.Length));
    }

    [Fact]
    public void Filling_in_place_is_PyTorchs()
    {
        manual_seed(0);
        Numbers.AssertClose([6.62298822, 1.11971331, -4.53636837, 3.70529389], empty(4).normal_(2, 3));
        manual_seed(7);
        Numbers.AssertClose([0.0698450804, -0.602393627, 0.31842339, 0.313780546], empty(4).uniform_(-1, 1));
        manual_seed(0);
        Numbers.AssertClose([1.54099611, -0.293428906, -2.17878938], randn(3, dtype: float64));
    }

    [Fact]
    public void Integers_and_permutations_are_PyTorchs()
    {
        manual_seed(0);
        Numbers.AssertEqual([44, 239, 933, 760, 963, 379], randint(1000, [6]));
        Numbers.AssertEqual([2, 5, 3, 0, 1, 4], Seeded(0, () => randperm(6)));
        Numbers.AssertEqual([3, 0, 1, 5, 2, 4], Seeded(7, () => randperm(6)));
        Assert.Equal(int64, randint(3, 5, [2]).dtype);
    }

    [Fact]
    public void Generators_do_not_disturb_each_other()
    {
        using var first = new Generator(0);
        using var second = new Generator(7);
        manual_seed(3);
        var a = randn([2], generator: first);
        randn(5);
        var b = randn([4], generator: second);
        var c = randn([2], generator: first);
        Numbers.AssertClose(Below16Seed0, cat([a, c]));
        Numbers.AssertClose(Below16Seed7, b);
    }

    [Fact]
    public void A_state_that_is_set_again_repeats_the_stream()
    {
        using var generator = new Generator(11);
        randn([3], generator: generator);
        using var state = generator.get_state();
        double[] once = Numbers.Of(randn([20], generator: generator));
        generator.set_state(state);
        Assert.Equal(once, Numbers.Of(randn([20], generator: generator)));
        Assert.Equal(11, generator.initial_seed());
    }

    [Fact]
    public void Seeds_of_63_bits_are_kept_whole()
    {
        using var generator = new Generator();
        Assert.Equal(long.MaxValue, generator.manual_seed(long.MaxValue).initial_seed());
        manual_seed(5);
        Assert.Equal(5, initial_seed());
    }

    [Fact]
    public void A_disposed_generator_says_so()
    {
        var generator = new Generator(1);
        generator.Dispose();
        generator.Dispose();
        Assert.Throws<InvalidOperationException>(() => generator.get_state());
    }

    [Fact]
    public void Likes_and_coins_have_the_input_s_shape()
    {
        var input = zeros([3, 4], float64);
        Assert.Equal([3, 4], randn_like(input).shape);
        Assert.Equal(float64, rand_like(input).dtype);
        Assert.All(Numbers.Of(empty(50).bernoulli_(0.5)), x => Assert.True(x is 0 or 1));
        Assert.All(Numbers.Of(empty(50).random_(2, 5)), x => Assert.InRange(x, 2, 4));
        Assert.Equal([0.0, 0], Numbers.Of(normal(0, 0, [2])));
    }

    private static Tensor Seeded(long seed, Func<Tensor> draw)
    {
        manual_seed(seed);
        return draw();
    }
}

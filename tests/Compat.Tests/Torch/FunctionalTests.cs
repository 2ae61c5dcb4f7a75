using TorchSharp;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace Glide.Compat.Tests.Torch;

/// <summary>Layers without state; numbers without another source are PyTorch 1.13's (Python) for the same call.</summary>
[Collection(TorchCollection.Name)]
public class FunctionalTests
{
    private static readonly double[] Inputs = [-2, -0.5, 0, 0.5, 2];

    public static TheoryData<string, Func<Tensor, Tensor>, double[]> Activations => new()
    {
        { "silu", x => functional.silu(x), [-0.238405839, -0.188770339, 0, 0.311229676, 1.76159406] },
        { "gelu", x => functional.gelu(x), [-0.0455000997, -0.154268786, 0, 0.345731199, 1.95449996] },
        { "softplus", x => functional.softplus(x), [0.126928002, 0.474076986, 0.693147182, 0.974076986, 2.12692809] },
        { "relu", x => functional.relu(x), [0, 0, 0, 0.5, 2] },
        { "leaky_relu", x => functional.leaky_relu(x, 0.1), [-0.2, -0.05, 0, 0.5, 2] },
        { "tanh", x => functional.tanh(x), [-0.964027584, -0.462117165, 0, 0.462117165, 0.964027584] },
        { "sigmoid", x => functional.sigmoid(x), [0.119202919, 0.377540678, 0.5, 0.622459352, 0.880797029] },
        { "erf", x => x.erf(), [-0.995322287, -0.520499885, 0, 0.520499885, 0.995322287] },
        { "silu in place", x => functional.silu(x, inplace: true), [-0.238405839, -0.188770339, 0, 0.311229676, 1.76159406] },
        { "gelu in place", x => functional.gelu(x, inplace: true), [-0.0455000997, -0.154268786, 0, 0.345731199, 1.95449996] },
        { "leaky_relu in place", x => functional.leaky_relu(x, 0.1, inplace: true), [-0.2, -0.05, 0, 0.5, 2] },
    };

    [Theory, MemberData(nameof(Activations))]
    public void An_activation_gives(string name, Func<Tensor, Tensor> activation, double[] expected)
    {
        Assert.NotEmpty(name);
        Numbers.AssertClose(expected, activation(Numbers.Vector(Inputs)));
    }

    [Fact]
    public void Convolutions()
    {
        var x = arange(1, 9, dtype: float32).reshape(1, 2, 4);
        var weight = arange(12, dtype: float32).reshape(2, 2, 3) / 10;
        Numbers.AssertClose(
            [6, 8.7, 10.2, 6.2, 13.4, 22.1, 27.2, 18.4],
            functional.conv1d(x, weight, Numbers.Vector(0.5, -0.5), padding: 1));

        var kernel = tensor(new float[] { 1, 0, -1, 2, 0, -2, 1, 0, -1 }, [1, 1, 3, 3]);
        var result = functional.conv2d(Numbers.Counted(1, 1, 4, 4), kernel, strides: [2, 2], padding: [1]);
        Assert.Equal([1, 1, 2, 2], result.shape);
        Numbers.AssertClose([-7, -6, -36, -8], result);
    }

    [Fact]
    public void Linear_multiplies_by_the_transposed_weight()
        => Numbers.AssertEqual(
            [5.5, 13.5],
            functional.linear(Numbers.Vector(1, 2), tensor(new float[,] { { 1, 2 }, { 3, 5 } }), Numbers.Vector(0.5, 0.5)));

    [Fact]
    public void Normalisations()
    {
        Numbers.AssertClose(
            [-1.34163547, -0.447211802, 1.89442372, 3.68327093, -4.02490616, -1.34163523, 2.78884745, 6.36654186],
            functional.group_norm(Numbers.Counted(1, 4, 2), 2, Numbers.Vector(1, 2, 3, 4), Numbers.Vector(0, 1, 0, 1)));
        Numbers.AssertClose(
            [-1.34163547, -0.447211862, 0.447211802, 1.34163547, -1.25675631, -0.483367801, 0.290020764, 1.45010364],
            functional.layer_norm(tensor(new float[,] { { 1, 2, 3, 4 }, { 2, 4, 6, 9 } }), [4]));
        Numbers.AssertClose([0.6, 0.8, 0, 0], functional.normalize(tensor(new float[,] { { 3, 4 }, { 0, 0 } })));
    }

    [Fact]
    public void Attention_with_and_without_masks()
    {
        var q = eye(2).unsqueeze(0);
        var k = tensor(new float[,,] { { { 1, 1 }, { 0, 1 } } });
        var v = tensor(new float[,,] { { { 1, 2 }, { 3, 4 } } });
        Numbers.AssertClose([1.66047692, 2.66047692, 2, 3], functional.scaled_dot_product_attention(q, k, v));
        double[] causal = [1, 2, 2, 3];
        Numbers.AssertClose(causal, functional.scaled_dot_product_attention(q, k, v, is_casual: true));
        var mask = tensor(new[,] { { true, false }, { true, true } });
        Numbers.AssertClose(causal, functional.scaled_dot_product_attention(q, k, v, mask));
        var additive = zeros(2, 2).masked_fill(~mask, double.NegativeInfinity);
        Numbers.AssertClose(causal, functional.scaled_dot_product_attention(q, k, v, additive));
    }

    [Fact]
    public void Pools_and_rearrangements()
    {
        var x = Numbers.Counted(1, 1, 4, 4);
        double[] means = [2.5, 4.5, 10.5, 12.5];
        Numbers.AssertEqual(means, functional.avg_pool2d(x, 2));
        Numbers.AssertEqual(means, functional.avg_pool2d(x, new long[] { 2, 2 }));
        Numbers.AssertEqual(means, functional.avg_pool2d(x, (2, 2), stride: (2, 2)));
        Numbers.AssertEqual([10, 18, 42, 50], functional.avg_pool2d(x, 2, divisor_override: 1));
        Numbers.AssertEqual(means, functional.adaptive_avg_pool2d(x, [2, 2]));
        Numbers.AssertEqual([5, 7, 13, 15], functional.max_pool2d(x, [2, 2]));
        Assert.Equal([1, 4, 2, 2], functional.pixel_unshuffle(x, 2).shape);
        Assert.True(x.Equals(functional.pixel_shuffle(functional.pixel_unshuffle(x, 2), 2)));
        Numbers.AssertEqual([0, 1, 0, 1, 0, 0], functional.one_hot(tensor(new long[] { 1, 0 }), 3));
    }

    [Fact]
    public void Padding_in_all_modes()
    {
        var x = Numbers.Counted(1, 1, 3);
        Numbers.AssertEqual([7, 0, 1, 2, 7], functional.pad(x, [1, 1], value: 7));
        Numbers.AssertEqual([0, 0, 1, 2, 0], functional.pad(x, (1, 1), PaddingModes.Zeros, 7));
        Numbers.AssertEqual([1, 0, 1, 2, 1], functional.pad(x, [1, 1], PaddingModes.Reflect));
        Numbers.AssertEqual([0, 0, 1, 2, 2], functional.pad(x, [1, 1], PaddingModes.Replicate));
        Numbers.AssertEqual([2, 0, 1, 2, 0], functional.pad(x, [1, 1], PaddingModes.Circular));
    }

    [Fact]
    public void Dropout_keeps_the_mean_and_stops_outside_training()
    {
        manual_seed(1);
        Assert.All(Numbers.Of(functional.dropout(ones(100), 0.5)), x => Assert.True(x is 0 or 2));
        Numbers.AssertEqual([1, 1], functional.dropout(ones(2), 0.5, training: false));
        var y = ones(2);
        functional.dropout(y, 1, inplace: true);
        Numbers.AssertEqual([0, 0], y);
    }

    [Fact]
    public void Losses()
    {
        var x = Numbers.Vector(1, 2);
        var y = Numbers.Vector(3, 2.5);
        Numbers.AssertClose([2.125], functional.mse_loss(x, y));
        Numbers.AssertClose([4, 0.25], functional.mse_loss(x, y, Reduction.None));
        Numbers.AssertClose([2.5], functional.l1_loss(x, y, Reduction.Sum));
        Numbers.AssertClose([0.8125], functional.smooth_l1_loss(x, y));
        var logits = tensor(new float[,] { { 1, 2, 3 }, { 3, 1, 0 } });
        var classes = tensor(new long[] { 2, 1 });
        Numbers.AssertClose([1.28872597], functional.cross_entropy(logits, classes));
        Numbers.AssertClose([1.32205927], functional.cross_entropy(logits, classes, label_smoothing: 0.1));
        Numbers.AssertClose([1.28872597], functional.nll_loss(functional.log_softmax(logits, 1), classes));
        Numbers.AssertClose([0.393669307], functional.binary_cross_entropy_with_logits(Numbers.Vector(0.5, -1), Numbers.Vector(1, 0)));
        Numbers.AssertClose(
            [0.8, 0],
            functional.cosine_similarity(tensor(new float[,] { { 1, 2 }, { 3, 4 } }), tensor(new float[,] { { 2, 1 }, { 4, -3 } })));
    }
}

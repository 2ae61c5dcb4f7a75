using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Glide.Compat.Tests.Torch;

/// <summary>Layers: shapes, first values, and results as PyTorch 1.13 gives them for the same input.</summary>
[Collection(TorchCollection.Name)]
public class LayerTests
{
    /// <summary>A few units of the last place of numbers near one.</summary>
    private const double Tolerance = 2e-6;

    [Fact]
    public void Linear_and_convolutions_start_within_one_over_the_root_of_the_inputs()
    {
        using var scope = NewDisposeScope();
        var linear = nn.Linear(64, 300);
        AssertUniform(linear.weight, 1 / 8.0);
        AssertUniform(linear.bias!, 1 / 8.0);
        Assert.Equal([300, 64], linear.weight.shape);
        Assert.Equal((64, 300), (linear.in_features, linear.out_features));

        var flat = nn.Conv1d(16, 256, 4);
        AssertUniform(flat.weight, 1 / 8.0);
        AssertUniform(flat.bias!, 1 / 8.0);
        Assert.Equal([256, 16, 4], flat.weight.shape);

        var plane = nn.Conv2d(32, 256, 3, padding: 1, groups: 2);
        AssertUniform(plane.weight, 1 / 12.0);
        AssertUniform(plane.bias!, 1 / 12.0);
        Assert.Equal([256, 16, 3, 3], plane.weight.shape);
        Assert.Equal((32, 256), (plane.in_channels, plane.out_channels));
        Assert.Null(nn.Conv2d(2, 2, 3, bias: false).bias);
        Assert.Null(nn.Linear(2, 2, hasBias: false).bias);
    }

    [Fact]
    public void Convolutions_stride_and_pad()
    {
        using var scope = NewDisposeScope();
        Assert.Equal([1, 5, 4, 4], nn.Conv2d(3, 5, 3, stride: 2, padding: 1).call(zeros(1, 3, 8, 8)).shape);
        Assert.Equal([1, 5, 8, 3], nn.Conv2d(3, 5, (3, 2), (1, 2), (1, 0)).call(zeros(1, 3, 8, 6)).shape);
        Assert.Equal([1, 5, 8], nn.Conv1d(3, 5, 1).call(zeros(1, 3, 8)).shape);
        Assert.Equal([1, 3, 4, 4], nn.AvgPool2d(2, stride: 2).call(zeros(1, 3, 8, 8)).shape);
        Assert.Throws<NotSupportedException>(() => nn.Conv2d(3, 3, 3, padding_mode: TorchSharp.PaddingModes.Reflect));
    }

    [Fact]
    public void Group_norm_is_not_initialised_and_normalises_as_PyTorch()
    {
        using var scope = NewDisposeScope();
        var norm = nn.GroupNorm(2, 4);
        Assert.True(double.IsNaN(norm.call(zeros(1, 4, 3)).sum().item<float>()));
        nn.init.ones_(norm.weight);
        nn.init.zeros_(norm.bias!);
        AssertClose(
            [-1.4635992, -0.8781595, -0.2927198, 0.2927199, 0.8781596, 1.4635992,
                -1.4635991, -0.8781596, -0.2927198, 0.2927197, 0.8781595, 1.4635993],
            norm.call(Ramp()));
        Assert.Empty(nn.GroupNorm(2, 4, affine: false).parameters());
    }

    [Fact]
    public void Layer_norm_starts_as_the_identity_and_normalises_as_PyTorch()
    {
        using var scope = NewDisposeScope();
        var norm = nn.LayerNorm(3);
        AssertClose([-1.2238272, 0, 1.2238274, -1.2238274, 0, 1.2238274, -1.2238269, 0, 1.2238271, -1.2238274, 0, 1.2238274],
            norm.call(Ramp()));
        Assert.Empty(nn.LayerNorm(3, elementwise_affine: false).parameters());
        Assert.Null(nn.LayerNorm([2, 3], bias: false).bias);
    }

    [Fact]
    public void Activations_are_PyTorchs()
    {
        using var scope = NewDisposeScope();
        using var x = tensor(new[] { -1f, 0f, 2f });
        AssertClose([-0.26894143, 0, 1.7615941], nn.SiLU().call(x));
        AssertClose([-0.15865529, 0, 1.9545], nn.GELU().call(x));
        AssertClose([-1, 0, 2], nn.Identity().call(x));
    }

    [Fact]
    public void Dropout_scales_what_it_keeps_and_does_nothing_in_evaluation()
    {
        using var scope = NewDisposeScope();
        var dropout = nn.Dropout(0.25);
        var x = ones(10000);
        var values = dropout.call(x).data<float>().ToArray();
        Assert.All(values, value => Assert.True(value == 0 || Math.Abs(value - 4 / 3.0) < Tolerance));
        Assert.InRange(values.Count(value => value == 0), 2200, 2800);
        dropout.eval();
        Assert.All(dropout.call(x).data<float>().ToArray(), value => Assert.Equal(1, value));
        Assert.Throws<InvalidOperationException>(() => dropout.register_buffer("x", x));
    }

    [Fact]
    public void Embedding_looks_rows_up_and_sums_their_gradients()
    {
        using var scope = NewDisposeScope();
        var embedding = nn.Embedding(5, 3);
        var weight = embedding.weight!;
        var y = embedding.call(tensor(new long[] { 4, 0, 4, 2 }, [2, 2]));
        Assert.Equal([2, 2, 3], y.shape);
        Assert.Equal(weight[4].data<float>().ToArray(), y[0, 0].data<float>().ToArray());
        y.sum().backward();
        Assert.Equal([1, 1, 1, 0, 0, 0, 1, 1, 1, 0, 0, 0, 2, 2, 2], weight.grad!.data<float>().ToArray());
        Assert.Throws<NotSupportedException>(() => nn.Embedding(5, 3, padding_idx: 0));
        var many = nn.Embedding(100, 100).weight!;
        Assert.InRange(many.mean().item<float>(), -0.05, 0.05);
        Assert.InRange((many * many).mean().item<float>(), 0.9, 1.1);
    }

    [Fact]
    public void Initial_values_lie_in_their_ranges()
    {
        using var scope = NewDisposeScope();
        var weight = new Parameter(empty(200, 50, 2));
        Assert.Equal((100, 400), nn.init.CalculateFanInAndFanOut(weight));
        AssertUniform(nn.init.kaiming_uniform_(weight, Math.Sqrt(5)), 0.1);
        AssertUniform(nn.init.kaiming_uniform_(weight, nonlinearity: nn.init.NonlinearityType.ReLU), Math.Sqrt(6 / 100.0));
        AssertUniform(nn.init.xavier_uniform_(weight), Math.Sqrt(6 / 500.0));
        nn.init.kaiming_normal_(weight, mode: nn.init.FanInOut.FanOut, nonlinearity: nn.init.NonlinearityType.ReLU);
        Assert.InRange((weight * weight).mean().item<float>() * 200, 0.95, 1.05);
        Assert.True(weight.requires_grad);
        Assert.Equal(5.0 / 3, nn.init.calculate_gain(nn.init.NonlinearityType.Tanh));
        Assert.Equal(0.5773502691896257, nn.init.calculate_gain(nn.init.NonlinearityType.LeakyReLU, Math.Sqrt(5)));
        Assert.Throws<ArgumentException>(() => nn.init.kaiming_uniform_(zeros(3)));
    }

    [Theory]
    // torch.nn.utils.clip_grad_norm_ of PyTorch 1.13 for gradients (3, -4) and (12).
    [InlineData(2.0, 1.0, 13.0, 0.23076921701431274, -0.307692289352417, 0.923076868057251)]
    [InlineData(1.0, 2.0, 19.0, 0.31578943133354187, -0.42105257511138916, 1.2631577253341675)]
    [InlineData(double.PositiveInfinity, 1.0, 12.0, 0.2499999850988388, -0.3333333134651184, 0.9999999403953552)]
    [InlineData(2.0, 20.0, 13.0, 3.0, -4.0, 12.0)]
    public void Gradients_are_clipped_by_their_common_norm(
        double normType, double limit, double norm, double first, double second, double third)
    {
        using var scope = NewDisposeScope();
        var p = new Parameter(zeros(2));
        var q = new Parameter(zeros(1));
        var without = new Parameter(zeros(1));
        p.grad = tensor(new[] { 3f, -4f });
        q.grad = tensor(new[] { 12f });
        Assert.Equal(norm, nn.utils.clip_grad_norm_([p, without, q], limit, normType), 1e-5);
        AssertClose([first, second], p.grad!);
        AssertClose([third], q.grad!);
        Assert.Equal(0, nn.utils.clip_grad_norm_([without], limit));
    }

    private static Tensor Ramp() => arange(12, float32).reshape(1, 4, 3) / 10;

    /// <summary>All within the bound, and both ends nearly reached.</summary>
    private static void AssertUniform(Tensor tensor, double bound)
    {
        using var scope = NewDisposeScope();
        var values = tensor.detach().flatten().data<float>().ToArray();
        Assert.InRange(values.Max(), 0.95 * bound, bound * 1.000001);
        Assert.InRange(values.Min(), -bound * 1.000001, -0.95 * bound);
    }

    private static void AssertClose(double[] expected, Tensor actual)
    {
        var values = actual.detach().flatten().data<float>().ToArray();
        Assert.Equal(expected.Length, values.Length);
        foreach (var (wanted, value) in expected.Zip(values)) Assert.Equal(wanted, value, Tolerance);
    }
}

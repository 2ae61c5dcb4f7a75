using System.Runtime.InteropServices;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace Glide.Compat.Tests.Torch;

[Collection(TorchCollection.Name)]
public class AutogradTests
{
    private const double DifferenceTolerance = 1e-7;           // central differences in float64 with steps of 1e-5

    public static TheoryData<string, Func<Tensor, Tensor>> Functions => new()
    {
        { "polynomial", x => x.pow(3) - (2 * x) + 1 }, { "exp", x => (x * 0.5).exp() }, { "softmax", x => x.softmax(-1).pow(2) },
        { "silu", x => functional.silu(x) }, { "gelu", x => functional.gelu(x) }, { "norm", x => linalg.norm(x, dims: [1]) },
        { "matmul", x => x.matmul(x.T).sin() }, { "views", x => x[.., 1..].repeat(2, 1) * x.narrow(1, 0, 2).repeat(2, 1) },
        { "group_norm", x => functional.group_norm(x.reshape(1, 2, 3), 1).pow(3) },
        { "layer_norm", x => functional.layer_norm(x, [3]).pow(3) },
        { "conv2d", x => functional.conv2d(x.reshape(1, 1, 2, 3), arange(4, dtype: float64).reshape(1, 1, 2, 2)).pow(2) },
        { "conv1d", x => functional.conv1d(x.reshape(1, 2, 3), arange(4, dtype: float64).reshape(1, 2, 2)).pow(2) },
        { "interpolate", x => functional.interpolate(x.reshape(1, 1, 2, 3), [3, 4], mode: InterpolationMode.Bilinear).pow(2) },
        { "avg_pool2d", x => functional.avg_pool2d(x.reshape(1, 1, 2, 3), (2, 1)).pow(2) },
        { "attention", x => functional.scaled_dot_product_attention(x.unsqueeze(0), x.unsqueeze(0) * 2, x.unsqueeze(0).cos()) },
        { "where and clamp", x => where(x > 0, x.pow(2), -x).clamp(max: 3) },
    };

    [Theory, MemberData(nameof(Functions))]
    public void Gradients_agree_with_differences(string name, Func<Tensor, Tensor> function)
    {
        Assert.NotEmpty(name);
        double[] values = [0.3, -0.7, 1.1, 0.9, -0.2, 0.5];
        var x = tensor(values, [2, 3], requires_grad: true);
        var gradient = autograd.grad([function(x).sum()], [x])[0];
        using var _ = no_grad();
        const double step = 1e-5;
        double[] differences = [.. values.Select((_, i) => (Shifted(i, step) - Shifted(i, -step)) / (2 * step))];
        Numbers.AssertClose(differences, gradient, DifferenceTolerance);

        double Shifted(int index, double by)
        {
            double[] moved = [.. values];
            moved[index] += by;
            return function(tensor(moved, [2, 3])).sum().item<double>();
        }
    }

    [Fact]
    public void Backward_adds_to_the_leaves()
    {
        var x = tensor(new float[] { 1, 2 }, requires_grad: true);
        Assert.Null(x.grad);
        (x * x).sum().backward();
        Numbers.AssertEqual([2, 4], x.grad!);
        (x * 3).sum().backward();
        Numbers.AssertEqual([5, 7], x.grad!);
        x.grad = null;
        Assert.Null(x.grad);
        (x * x).backward([Numbers.Vector(1, 10)]);
        Numbers.AssertEqual([2, 40], x.grad!);
        x.grad = Numbers.Vector(8, 9);
        Numbers.AssertEqual([8, 9], x.grad!);
    }

    [Fact]
    public void Graphs_live_as_long_as_asked()
    {
        var x = tensor(new[] { 3.0 }, requires_grad: true);
        var y = x.pow(3).sum();
        var first = autograd.grad([y], [x], create_graph: true)[0];
        Assert.True(first.requires_grad);
        Assert.Equal(18, autograd.grad([first.sum()], [x])[0].item<double>(), 12);
        var z = x.exp().sum();
        autograd.grad([z], [x], retain_graph: true);
        autograd.grad([z], [x]);
        Assert.Throws<ExternalException>(() => autograd.grad([z], [x]));
    }

    [Fact]
    public void Inputs_that_take_no_part_need_permission()
    {
        var x = ones(1, requires_grad: true);
        var other = ones(1, requires_grad: true);
        Assert.Throws<ExternalException>(() => autograd.grad([(x * 2).sum()], [other]));
        Assert.Null(autograd.grad([(x * 2).sum()], [x, other], allow_unused: true)[1]);
    }

    [Fact]
    public void Weights_can_be_given_to_several_outputs()
    {
        var x = tensor(new[] { 2.0 }, requires_grad: true);
        var gradient = autograd.grad([x * 3, x.pow(2)], [x], [tensor(new[] { 1.0 }), tensor(new[] { 10.0 })])[0];
        Assert.Equal(43, gradient.item<double>());
    }

    [Fact]
    public void Modes_nest_and_end()
    {
        var x = ones(1, requires_grad: true);
        Assert.True(is_grad_enabled());
        using (no_grad())
        {
            Assert.False(is_grad_enabled());
            Assert.False((x * 2).requires_grad);
            using (enable_grad())
                Assert.True((x * 2).requires_grad);
            Assert.False(is_grad_enabled());
        }
        using (inference_mode())
            Assert.True(is_inference_mode_enabled());
        Assert.False(is_inference_mode_enabled());
        Assert.True(is_grad_enabled());
    }

    [Fact]
    public void Modes_belong_to_their_thread()
    {
        using var _ = no_grad();
        bool other = false;
        var thread = new Thread(() => other = is_grad_enabled());
        thread.Start();
        thread.Join();
        Assert.True(other);
    }

    [Fact]
    public void Flags_are_kept_and_detached()
    {
        var x = ones(2).requires_grad_();
        Assert.True(x.requires_grad && (x * 1).requires_grad && !(x * 1).is_leaf);
        Assert.False(x.detach().requires_grad);
        Assert.True(x.with_requires_grad().requires_grad);
        var y = (x * 2).detach_();
        Assert.False(y.requires_grad);
        var inner = x * 2;
        inner.retain_grad();
        (inner * 3).sum().backward();
        Numbers.AssertEqual([3, 3], inner.grad!);
        Assert.Throws<ExternalException>(() => zeros([1], int64).requires_grad = true);
    }
}

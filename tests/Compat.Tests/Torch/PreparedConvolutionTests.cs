using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace Glide.Compat.Tests.Torch;

/// <summary>
/// Convolutions that go on from what the call before has prepared, against libtorch's own, which compute whatever is to be
/// differentiated: bit for bit.
/// </summary>
[Collection(TorchCollection.Name)]
public sealed class PreparedConvolutionTests
{
    // Pictures, inputs, outputs, kernel, height, width: blocks of 16 channels and parts of one, and what libtorch computes without oneDNN.
    public static TheoryData<int, int, int, int, int, int> Shapes => new()
    {
        { 2, 64, 64, 3, 16, 16 }, { 2, 3, 64, 3, 32, 20 }, { 1, 64, 6, 3, 40, 40 }, { 2, 48, 80, 1, 8, 8 }, { 1, 128, 64, 1, 64, 64 }, { 1, 16, 16, 3, 8, 8 },
    };

    [Theory, MemberData(nameof(Shapes))]
    public void Every_call_equals_libtorchs(int pictures, int inputs, int outputs, int kernel, int height, int width)
    {
        using var scope = NewDisposeScope();
        var (weight, bias) = (Values([outputs, inputs, kernel, kernel], 1), Values([outputs], 2));
        for (int call = 0; call < 3; call++)
        {
            var x = Values([pictures, inputs, height, width], 3 + call);
            AssertSame(Convolve(x, weight.clone().requires_grad_(), bias), Convolve(x, weight, bias));
        }
        var other = Values([pictures, inputs, height + 2, width], 7);
        AssertSame(Convolve(other, weight.clone().requires_grad_(), bias), Convolve(other, weight, bias));
    }

    [Fact]
    public void A_sequence_is_a_picture_of_one_row()
    {
        using var scope = NewDisposeScope();
        var (x, weight, bias) = (Values([2, 64, 200], 1), Values([192, 64, 1], 2), Values([192], 3));
        AssertSame(functional.conv1d(x, weight.clone().requires_grad_(), bias), functional.conv1d(x, weight, bias));
        AssertSame(functional.conv1d(x, weight.clone().requires_grad_(), bias), functional.conv1d(x, weight, bias));
    }

    [Fact]
    public void A_changed_kernel_is_noticed()
    {
        using var scope = NewDisposeScope();
        var (x, weight, bias) = (Values([2, 32, 8, 8], 1), Values([32, 32, 3, 3], 2), Values([32], 3));
        _ = Convolve(x, weight, bias);
        weight.mul_(2);
        AssertSame(Convolve(x, weight.clone().requires_grad_(), bias), Convolve(x, weight, bias));
    }

    [Fact]
    public void Kernels_that_come_and_go_are_not_mistaken_for_each_other()
    {
        for (int kernel = 0; kernel < 50; kernel++)
        {
            using var scope = NewDisposeScope();
            var (x, weight, bias) = (Values([2, 16, 8, 8], kernel), Values([16, 16, 3, 3], kernel + 1), Values([16], kernel + 2));
            AssertSame(Convolve(x, weight.clone().requires_grad_(), bias), Convolve(x, weight, bias));
        }
    }

    private static Tensor Convolve(Tensor x, Tensor weight, Tensor bias)
    {
        long padding = weight.shape[2] / 2;
        return functional.conv2d(x, weight, bias, padding: [padding, padding]);
    }

    private static void AssertSame(Tensor expected, Tensor actual)
    {
        Assert.Equal(expected.shape, actual.shape);
        Assert.Equal(expected.detach().data<float>().ToArray(), actual.data<float>().ToArray());
    }

    private static Tensor Values(long[] shape, int seed)
    {
        var random = new Random(seed);
        return tensor(Enumerable.Range(0, (int)shape.Aggregate(1L, (a, b) => a * b)).Select(_ => (random.NextSingle() * 2) - 1).ToArray(), shape);
    }
}

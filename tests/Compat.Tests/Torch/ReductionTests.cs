using static TorchSharp.torch;

namespace Glide.Compat.Tests.Torch;

/// <summary>Reductions of [[3, 1, 2], [6, 5, 4]], worked out by hand.</summary>
[Collection(TorchCollection.Name)]
public class ReductionTests
{
    public static TheoryData<string, Func<Tensor, Tensor>, long[], double[]> Reductions => new()
    {
        { "sum", x => x.sum(), [], [21] }, { "sum dim", x => x.sum(1), [2], [6, 15] },
        { "sum dims", x => x.sum(new long[] { 0, 1 }, keepdim: true), [1, 1], [21] }, { "sum two", x => x.sum(0, 1), [], [21] },
        { "sum type", x => x.sum(new long[] { 0 }, type: int64), [3], [9, 6, 6] },
        { "mean", x => x.mean(), [], [3.5] }, { "mean dims", x => x.mean([1]), [2], [2, 5] },
        { "mean keep", x => x.mean([0], keepdim: true), [1, 3], [4.5, 3, 3] }, { "prod", x => x.prod(1), [2], [6, 120] },
        { "prod all", x => x.prod(), [], [720] }, { "std", x => x.std(), [], [Math.Sqrt(3.5)] }, { "std dim", x => x.std(1), [2], [1, 1] },
        { "std biased", x => x.std([1], unbiased: false), [2], [Math.Sqrt(2.0 / 3), Math.Sqrt(2.0 / 3)] },
        { "var", x => x.var(), [], [3.5] }, { "var dim", x => x.var(0, keepdim: true), [1, 3], [4.5, 8, 2] },
        { "max", x => x.max(), [], [6] }, { "min", x => x.min(), [], [1] }, { "max values", x => x.max(1).values, [2], [3, 6] },
        { "max places", x => x.max(1).indexes, [2], [0, 0] }, { "min values", x => x.min(0).values, [3], [3, 1, 2] },
        { "min places", x => x.min(1, keepdim: true).indexes, [2, 1], [1, 2] }, { "amax", x => x.amax(1), [2], [3, 6] },
        { "amin", x => x.amin(0, 1), [], [1] }, { "argmax", x => x.argmax(), [], [3] }, { "argmax dim", x => x.argmax(0), [3], [1, 1, 1] },
        { "argmin", x => x.argmin(1), [2], [1, 2] }, { "median", x => x.median(), [], [3] }, { "all", x => (x > 1).all(), [], [0] },
        { "any", x => (x > 5).any(1), [2], [0, 1] }, { "norm", x => x[0].norm(), [], [Math.Sqrt(14)] },
        { "norm dim", x => x.norm(1, keepdim: true, p: 1), [2, 1], [6, 15] },
        { "logsumexp", x => x.logsumexp(1), [2], [3.40760596, 6.40760596] },
        { "cumsum", x => x.cumsum(1), [2, 3], [3, 4, 6, 6, 11, 15] }, { "cumprod", x => x.cumprod(0), [2, 3], [3, 1, 2, 18, 5, 8] },
        { "sort", x => x.sort().Values, [2, 3], [1, 2, 3, 4, 5, 6] }, { "sort places", x => x.sort(0, descending: true).Indices, [2, 3], [1, 1, 1, 0, 0, 0] },
        { "argsort", x => x.argsort(), [2, 3], [1, 2, 0, 2, 1, 0] }, { "topk", x => x.topk(2).values, [2, 2], [3, 2, 6, 5] },
        { "topk places", x => x.topk(1, largest: false).indexes, [2, 1], [1, 2] },
        { "quantile", x => x.quantile(Numbers.Vector(0.5, 1), dim: 1), [2, 2], [2, 5, 3, 6] },
        { "quantile flat", x => x.quantile(Numbers.Vector(0.5)), [1], [3.5] },
        { "linalg.norm", x => linalg.norm(x, dims: [-1], keepdim: true), [2, 1], [Math.Sqrt(14), Math.Sqrt(77)] },
        { "linalg.norm all", x => linalg.norm(x), [], [Math.Sqrt(91)] },
        { "linalg.vector_norm", x => linalg.vector_norm(x, 1, [1]), [2], [6, 15] },
        { "softmax", x => x.softmax(1), [2, 3], [0.66524096, 0.09003057, 0.24472847, 0.66524096, 0.24472847, 0.09003057] },
        { "log_softmax", x => x.log_softmax(-1)[0], [3], [-0.40760596, -2.40760596, -1.40760596] },
    };

    [Theory, MemberData(nameof(Reductions))]
    public void A_reduction_gives(string name, Func<Tensor, Tensor> reduction, long[] shape, double[] expected)
    {
        Assert.NotEmpty(name);
        var result = reduction(tensor(new float[,] { { 3, 1, 2 }, { 6, 5, 4 } }));
        Assert.Equal(shape, result.shape);
        Numbers.AssertClose(expected, result);
    }

    [Fact]
    public void Quantiles_interpolate_as_PyTorch_does()
    {
        // torch.quantile of PyTorch 1.13 for the same rows.
        var rows = tensor(new float[,] { { 0, 1, 2, 3 }, { 4, 5, 6, 10 } });
        Numbers.AssertClose([0.75, 4.75, 2.985, 9.94], rows.quantile(Numbers.Vector(0.25, 0.995), dim: 1));
    }

    [Fact]
    public void Products_are_those_of_matrices()
    {
        var a = Numbers.Counted(2, 3);
        var b = Numbers.Counted(3, 2);
        double[] product = [10, 13, 28, 40];
        Numbers.AssertEqual(product, a.matmul(b));
        Numbers.AssertEqual(product, a.mm(b));
        Numbers.AssertEqual(product, matmul(a, b));
        Numbers.AssertEqual(product, einsum("ij,jk->ik", a, b));
        Numbers.AssertEqual(product, a.unsqueeze(0).bmm(b.unsqueeze(0)));
        Numbers.AssertEqual([21, 27, 57, 81], ones(2, 2).addmm(a, b, 1, 2));
        Numbers.AssertEqual([11, 14, 29, 41], ones(1, 2, 2).baddbmm(a.unsqueeze(0), b.unsqueeze(0)));
        Numbers.AssertEqual([14], a[1].dot(a[0] + 1).sub(12));
        Numbers.AssertEqual([0, 0, 3, 4], a[0].narrow(0, 0, 2).outer(a[1].narrow(0, 0, 2)));
    }
}

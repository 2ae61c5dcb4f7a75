using TorchSharp;
using static TorchSharp.torch;

namespace Glide.Compat.Tests.Torch;

[Collection(TorchCollection.Name)]
public class ViewTests
{
    /// <summary>What a view of 0..5 in 2 x 3 shows: its shape, then its elements.</summary>
    public static TheoryData<string, Func<Tensor, Tensor>, long[], double[]> Views => new()
    {
        { "reshape", x => x.reshape(3, -1), [3, 2], [0, 1, 2, 3, 4, 5] },
        { "view", x => x.view(6), [6], [0, 1, 2, 3, 4, 5] },
        { "flatten", x => x.flatten(), [6], [0, 1, 2, 3, 4, 5] },
        { "unflatten", x => x.unflatten(1, 3, 1), [2, 3, 1], [0, 1, 2, 3, 4, 5] },
        { "permute", x => x.permute(1, 0), [3, 2], [0, 3, 1, 4, 2, 5] },
        { "transpose", x => x.transpose(0, -1), [3, 2], [0, 3, 1, 4, 2, 5] },
        { "T", x => x.T, [3, 2], [0, 3, 1, 4, 2, 5] },
        { "unsqueeze", x => x.unsqueeze(1), [2, 1, 3], [0, 1, 2, 3, 4, 5] },
        { "squeeze", x => x.unsqueeze(0).unsqueeze(-1).squeeze(), [2, 3], [0, 1, 2, 3, 4, 5] },
        { "squeeze dim", x => x.unsqueeze(0).unsqueeze(-1).squeeze(0), [2, 3, 1], [0, 1, 2, 3, 4, 5] },
        { "expand", x => x.narrow(1, 0, 1).expand(2, 2), [2, 2], [0, 0, 3, 3] },
        { "expand keeps -1", x => x.unsqueeze(0).expand(2, -1, -1), [2, 2, 3], [0, 1, 2, 3, 4, 5, 0, 1, 2, 3, 4, 5] },
        { "broadcast_to", x => x[0].broadcast_to(2, 3), [2, 3], [0, 1, 2, 0, 1, 2] },
        { "repeat", x => x.repeat(1, 2), [2, 6], [0, 1, 2, 0, 1, 2, 3, 4, 5, 3, 4, 5] },
        { "flip", x => x.flip(1), [2, 3], [2, 1, 0, 5, 4, 3] },
        { "roll", x => x.roll(1, 1), [2, 3], [2, 0, 1, 5, 3, 4] },
        { "roll flat", x => x.roll(1), [2, 3], [5, 0, 1, 2, 3, 4] },
        { "select", x => x.select(1, 1), [2], [1, 4] },
        { "narrow", x => x.narrow(1, 1, 2), [2, 2], [1, 2, 4, 5] },
        { "slice", x => x.slice(1, 0, 3, 2), [2, 2], [0, 2, 3, 5] },
        { "as_strided", x => x.as_strided([2, 2], [1, 2], 1), [2, 2], [1, 3, 2, 4] },
        { "diagonal", x => x.diagonal(), [2], [0, 4] },
        { "tril", x => x.tril(), [2, 3], [0, 0, 0, 3, 4, 0] },
        { "triu", x => x.triu(1), [2, 3], [0, 1, 2, 0, 0, 5] },
        { "one index", x => x[1], [3], [3, 4, 5] },
        { "negative index", x => x[-1, 0], [], [3] },
        { "slice index", x => x[TensorIndex.Colon, TensorIndex.Slice(1, 3)], [2, 2], [1, 2, 4, 5] },
        { "range index", x => x[.., 1..], [2, 2], [1, 2, 4, 5] },
        { "range from the end", x => x[.., ..^1], [2, 2], [0, 1, 3, 4] },
        { "step", x => x[TensorIndex.Ellipsis, TensorIndex.Slice(step: 2)], [2, 2], [0, 2, 3, 5] },
        { "new dimension", x => x[TensorIndex.Colon, TensorIndex.None], [2, 1, 3], [0, 1, 2, 3, 4, 5] },
        { "null is a new dimension", x => x[TensorIndex.Null], [1, 2, 3], [0, 1, 2, 3, 4, 5] },
        { "mask", x => x[x > 2.0], [3], [3, 4, 5] },
        { "table", x => x[TensorIndex.Tensor(tensor(new long[] { 1, 0, 1 })), 2], [3], [5, 2, 5] },
        { "index_select", x => x.index_select(1, tensor(new long[] { 2, 0 })), [2, 2], [2, 0, 5, 3] },
        { "gather", x => x.gather(1, tensor(new long[,] { { 2 }, { 0 } })), [2, 1], [2, 3] },
        { "masked_select", x => x.masked_select(x < 2.0), [2], [0, 1] },
        { "masked_fill", x => x.masked_fill(x > 3.0, -1), [2, 3], [0, 1, 2, 3, -1, -1] },
        { "where", x => x.where(x > 2.0, zeros_like(x)), [2, 3], [0, 0, 0, 3, 4, 5] },
        { "nonzero", x => x[0].nonzero(), [2, 1], [1, 2] },
        { "index_add", x => x.index_add(0, tensor(new long[] { 1 }), ones(1, 3), 2), [2, 3], [0, 1, 2, 5, 6, 7] },
        { "scatter", x => x.scatter(1, zeros([2, 1], int64), full([2, 1], 9.0)), [2, 3], [9, 1, 2, 9, 4, 5] },
    };

    [Theory, MemberData(nameof(Views))]
    public void A_view_shows(string name, Func<Tensor, Tensor> view, long[] shape, double[] elements)
    {
        Assert.NotEmpty(name);
        var result = view(Numbers.Counted(2, 3));
        Assert.Equal(shape, result.shape);
        Numbers.AssertEqual(elements, result);
    }

    [Fact]
    public void Assignments_change_the_tensor_itself()
    {
        var x = Numbers.Counted(2, 3);
        x[0] = tensor(new float[] { 7, 8, 9 });
        x[1, 2] = tensor(6f);
        x[.., 0..1] = zeros(2, 1);
        Numbers.AssertEqual([0, 8, 9, 0, 4, 6], x);
        x[x > 7.0] = tensor(1f);
        Numbers.AssertEqual([0, 1, 1, 0, 4, 6], x);
        x.index_put_(5, TensorIndex.Single(1));
        Numbers.AssertEqual([0, 1, 1, 5, 5, 5], x);
        x.index_put_(ones(2), [tensor(new long[] { 0, 0 }), tensor(new long[] { 0, 0 })], accumulate: true);
        Numbers.AssertEqual([2, 1, 1, 5, 5, 5], x);
        x.index_fill_(1, tensor(new long[] { 2 }), 3).index_copy_(0, tensor(new long[] { 1 }), zeros(1, 3));
        Numbers.AssertEqual([2, 1, 3, 0, 0, 0], x);
        x.masked_fill_(x == 0, 4).index_add_(0, tensor(new long[] { 0 }), ones(1, 3), 1);
        Numbers.AssertEqual([3, 2, 4, 4, 4, 4], x);
        x.scatter_(1, ones([2, 1], int64), zeros(2, 1)).narrow(0, 0, 1).fill_(8).select(1, 0).zero_();
        Numbers.AssertEqual([0, 8, 8, 4, 0, 4], x);
    }

    [Fact]
    public void Splits_share_out_a_dimension()
    {
        var x = Numbers.Counted(2, 3);
        AssertShapes(x.chunk(2, 1), [2, 2], [2, 1]);
        AssertShapes(x.split(2, dim: 1), [2, 2], [2, 1]);
        AssertShapes(x.split(new long[] { 1, 2 }, dim: 1), [2, 1], [2, 2]);
        AssertShapes(Numbers.Counted(4).split(3L, 1L), [3], [1]);
        AssertShapes(x.unbind(), [3], [3]);
        Numbers.AssertEqual([2, 5], x.split(new long[] { 1, 1, 1 }, dim: 1)[2]);
    }

    [Fact]
    public void Joins_put_together()
    {
        Tensor[] parts = [zeros(1, 2), ones(1, 2)];
        Numbers.AssertEqual([0, 0, 1, 1], cat(parts));
        Numbers.AssertEqual([0, 0, 1, 1], cat(parts.ToList(), -1));
        Assert.Equal([1, 2, 2], stack(parts, 1).shape);
        Numbers.AssertEqual([1, 0], where(tensor(new[] { true, false }), ones(2), zeros(2)));
        Numbers.AssertEqual([1, 0], torch.where(tensor(new[] { true, false }), ones(2), zeros(2)));
    }

    private static void AssertShapes(Tensor[] parts, params long[][] shapes)
        => Assert.Equal(shapes, parts.Select(p => p.shape));
}

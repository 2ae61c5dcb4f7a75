using static TorchSharp.torch;

namespace Glide.Compat.Tests.Torch;

/// <summary>The native half's own single-precision product: every sum in the reference's order, bit for bit.</summary>
[Collection(TorchCollection.Name)]
public sealed class MatrixProductTests
{
    // Below, at and beyond the block's 64 rows and 4 columns, and large enough for several threads.
    public static TheoryData<int, int, int> Sizes => new() { { 1, 1, 1 }, { 4, 64, 3 }, { 5, 65, 7 }, { 37, 129, 65 }, { 200, 70, 33 } };

    [Theory, MemberData(nameof(Sizes))]
    public void A_product_sums_in_order_and_rounds_every_step(int rows, int columns, int depth)
    {
        using var scope = NewDisposeScope();
        var (left, right) = (Values(rows * depth, seed: 1), Values(depth * columns, seed: 2));
        float[] product = tensor(left, [rows, depth]).matmul(tensor(right, [depth, columns])).data<float>().ToArray();
        float[] transposed = tensor(left, [depth, rows]).transpose(0, 1).matmul(tensor(right, [columns, depth]).transpose(0, 1)).contiguous().data<float>().ToArray();
        for (int i = 0; i < rows; i++)
        {
            for (int j = 0; j < columns; j++)
            {
                float sum = 0, sumTransposed = 0;
                for (int l = 0; l < depth; l++)
                {
                    float term = left[(i * depth) + l] * right[(l * columns) + j];
                    sum += term;
                    float termTransposed = left[(l * rows) + i] * right[(j * depth) + l];
                    sumTransposed += termTransposed;
                }
                Assert.Equal(sum, product[(i * columns) + j]);
                Assert.Equal(sumTransposed, transposed[(i * columns) + j]);
            }
        }
    }

    private static float[] Values(int count, int seed)
    {
        var random = new Random(seed);
        return [.. Enumerable.Range(0, count).Select(_ => (random.NextSingle() * 2) - 1)];
    }
}

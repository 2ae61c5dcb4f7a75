using Glide.Diffusion;
using Glide.Tests.Support;
using TorchSharp;
using static TorchSharp.torch;

namespace Glide.Tests.Diffusion;

[Collection(TorchCollection.Name)]
public sealed class NoiseSourceTests : IDisposable
{
    /// <summary>
    /// The stream is mt19937's, but Box and Muller's logarithm and cosine differ by a few units in the last place.
    /// </summary>
    private const double Tolerance = 1e-6;

    private static readonly long[] Shape = [3, 4, 4];

    private readonly DisposeScope _scope = NewDisposeScope();

    /// <summary>
    /// PyTorch 1.13: torch.manual_seed(seed), torch.randn(n, 3, 4, 4) twice; the first four numbers of each.
    /// </summary>
    public static TheoryData<long, int, double[], double[]> Streams => new()
    {
        { 7, 2, [-0.82013452, 0.39563116, 0.8989085, -1.3884039], [-0.53682244, 0.82888263, 1.0570698, -1.1046938] },
        { 7, 1, [-0.82013452, 0.39563116, 0.8989085, -1.3884039],
            [-0.17819262, -0.25949886, -0.014487941, -0.38389099] },
        { 10, 1, [-0.817334, -0.55556852, -0.82668954, -1.2969544], [-0.48109606, -1.0822992, 0.31770331, 2.7470047] },
    };

    [Theory, MemberData(nameof(Streams))]
    public void Draws_are_those_of_the_original_for_a_batch_of_one(long seed, int draws, double[] first,
        double[] second)
    {
        using var noise = new NoiseSource([seed], Shape, draws, CPU);
        foreach (double[] expected in new[] { first, second })
        {
            using var drawn = noise.Draw();
            Assert.Equal([1, 3, 4, 4], drawn.shape);
            double[] numbers = TensorAssert.Numbers(drawn);
            Assert.All(Enumerable.Range(0, 4), i => Assert.Equal(expected[i], numbers[i], Tolerance));
        }
    }

    [Fact]
    public void An_image_of_a_batch_equals_the_single_run_with_its_seed()
    {
        using var batch = new NoiseSource([7, 8, 9, 10], Shape, 2, CPU);
        using var single = new NoiseSource([10], Shape, 2, CPU);
        for (int i = 0; i < 3; i++)
            TensorAssert.Same(single.Draw(), batch.Draw().narrow(0, 3, 1));
    }

    [Fact]
    public void Skip_passes_over_one_draw()
    {
        using var skipping = new NoiseSource([3], Shape, 1, CPU);
        using var drawing = new NoiseSource([3], Shape, 1, CPU);
        skipping.Skip();
        skipping.Skip();
        drawing.Draw();
        drawing.Draw();
        TensorAssert.Same(drawing.Draw(), skipping.Draw());
    }

    [Fact]
    public void Kept_images_go_on_with_their_own_numbers()
    {
        using var shrinking = new NoiseSource([1, 2, 3], Shape, 1, CPU);
        using var single = new NoiseSource([3], Shape, 1, CPU);
        shrinking.Draw();
        single.Draw();
        shrinking.Skip();
        single.Skip();
        Assert.Equal(2, shrinking.Keep([2, 0]).Count);
        TensorAssert.Same(single.Draw(), shrinking.Draw().narrow(0, 0, 1));
    }

    [Fact]
    public void Negative_seeds_are_refused() =>
        Assert.Throws<ArgumentOutOfRangeException>(() => new NoiseSource([-1], Shape, 1, CPU));

    public void Dispose() => _scope.Dispose();
}

using Glide.Diffusion;
using Glide.Models.Ops;
using Glide.Runtime;
using static TorchSharp.torch;

namespace Glide.Pipelines;

/// <summary>
/// Lets a network see a large canvas in overlapping windows; where they overlap its predictions are mixed.
/// </summary>
/// <remarks>
/// All windows are of one x, so their noise is shared and they agree at every step (Bar-Tal et al. 2023), and all are
/// normalized by the same means and deviations, so that none has colors of its own. Those are of all windows, or of as
/// many as go through the network together, spread evenly over the image, with what the others added the step before.
/// </remarks>
/// <param name="ofParts">The network for windows, given their small images, [W·N, 3, s, s], and what they
/// share.</param>
/// <param name="lowRes">The small images of the whole canvas, [N, 3, h, w]; stay the caller's.</param>
/// <param name="side">Side of a window in pixels of <paramref name="lowRes"/>.</param>
/// <param name="windowsAtOnce">How many windows go through the network together and are measured for the normalization;
/// from 1.</param>
internal sealed class TiledDenoiser(Func<Tensor, TiledGroupNormStats, Denoiser> ofParts, Tensor lowRes, int side,
    int windowsAtOnce)
{
    // A quarter of a window is seen by its neighbor too.
    private const int OverlapParts = 4;

    // The others go in small groups: what a network makes of them on the way stays in the processor's cache.
    private const int OthersAtOnce = 2;

    private readonly TiledGroupNormStats _statistics = new(lowRes);

    /// <summary>Where windows begin along a side of the canvas: as few as overlap enough, evenly.</summary>
    public static int[] Places(int length, int side)
    {
        int stride = side - (side / OverlapParts);
        int count = 1 + Math.Max(0, (length - side + stride - 1) / stride);
        return [.. Enumerable.Range(0, count).Select(index => count == 1
            ? 0
            : (int)((long)index * (length - side) / (count - 1)))];
    }

    /// <summary>The prediction for the canvas, [N, 3, H, W].</summary>
    public Prediction Denoise(Tensor x, Tensor timestep)
    {
        using var scope = NewDisposeScope();
        int factor = (int)(x.shape[2] / lowRes.shape[2]);
        var places = Places((int)lowRes.shape[2], side)
            .SelectMany(top => Places((int)lowRes.shape[3], side).Select(left => (Top: top, Left: left))).ToArray();
        var weights = Weights(side * factor).to(x.device);                                           // [1, 1, S, S]
        var total = zeros([1, 1, x.shape[2], x.shape[3]], device: x.device);
        foreach (var (top, left) in places)
            Large(total, top, left).PlusInPlace(weights);
        var eps = zeros_like(x);
        var fraction = zeros_like(x);
        var measured = Spread(places, windowsAtOnce);
        foreach (var together in places.Except(measured).Chunk(OthersAtOnce).Prepend(measured))
        {
            using var part = NewDisposeScope();
            Tensor[] shares = [.. together.Select(place => weights / Large(total, place.Top, place.Left))];
            _statistics.Begin(cat(shares, dim: 0), isFirst: together == measured);
            var small = cat(together.Select(place => Part(lowRes, place.Top, place.Left, side)).ToArray(), dim: 0);
            // [W·N, 3, S, S]
            var large = cat(together.Select(place => Large(x, place.Top, place.Left)).ToArray(), dim: 0);
            var times = cat(together.Select(_ => timestep).ToArray(), dim: 0);
            var prediction = ofParts(small, _statistics)(large, times);
            for (int window = 0; window < together.Length; window++)
            {
                var (top, left) = together[window];
                Large(eps, top, left).PlusInPlace(RowsOf(prediction.Eps, window) * shares[window]);
                Large(fraction, top, left).PlusInPlace(RowsOf(prediction.VarianceFraction!, window) * shares[window]);
            }
        }
        return new Prediction(eps.MoveToOuterDisposeScope(), fraction.MoveToOuterDisposeScope());

        Tensor Large(Tensor whole, int top, int left) =>
            Part(whole, (long)top * factor, (long)left * factor, (long)side * factor);
        Tensor RowsOf(Tensor rows, int window) => rows.narrow(0, window * x.shape[0], x.shape[0]);
    }

    private static T[] Spread<T>(T[] all, int count) =>
        count >= all.Length ? all : [.. Enumerable.Range(0, count)
            .Select(index => all[((2 * index) + 1) * all.Length / (2 * count)])];

    private static Tensor Part(Tensor whole, long top, long left, long size) =>
        whole.narrow(2, top, size).narrow(3, left, size);

    // Rises from the edges over the width of the overlap; never 0, so that the canvas' own edge is covered.
    private static Tensor Weights(int size)
    {
        float overlap = (float)size / OverlapParts;
        float[] ramp = [.. Enumerable.Range(0, size)
            .Select(index => Math.Min(1, (Math.Min(index, size - 1 - index) + 0.5f) / overlap))];
        float[] square = [.. ramp.SelectMany(vertical => ramp.Select(horizontal => vertical * horizontal))];
        return tensor(square, [1, 1, size, size]);
    }
}

using Glide.Diffusion;
using static TorchSharp.torch;

namespace Glide.Pipelines.Editing;

/// <summary>Lets a network see a large canvas in overlapping windows; where they overlap its predictions are mixed.</summary>
/// <remarks>
/// All windows are of one x, so their noise is shared and they agree at every step. Bar-Tal et al. 2023.
/// </remarks>
/// <param name="ofPart">The network for the windows whose small pictures are given, [N, 3, s, s].</param>
/// <param name="lowRes">The small pictures of the whole canvas, [N, 3, h, w]; stay the caller's.</param>
/// <param name="side">Side of a window in pixels of <paramref name="lowRes"/>.</param>
internal sealed class WindowedDenoiser(Func<Tensor, Denoiser> ofPart, Tensor lowRes, int side)
{
    // A quarter of a window is seen by its neighbour too.
    private const int OverlapParts = 4;

    /// <summary>Where windows begin along a side of the canvas: as few as overlap enough, evenly.</summary>
    public static int[] Places(int length, int side)
    {
        int stride = side - (side / OverlapParts);
        int count = 1 + Math.Max(0, (length - side + stride - 1) / stride);
        return [.. Enumerable.Range(0, count).Select(index => count == 1 ? 0 : (int)((long)index * (length - side) / (count - 1)))];
    }

    /// <summary>The prediction for the canvas, [N, 3, H, W].</summary>
    public Prediction Denoise(Tensor x, Tensor timestep)
    {
        using var scope = NewDisposeScope();
        int factor = (int)(x.shape[2] / lowRes.shape[2]);
        int size = side * factor;
        var weights = Weights(size).to(x.device);                                                    // [1, 1, S, S]
        var total = zeros([1, 1, x.shape[2], x.shape[3]], device: x.device);
        var eps = zeros_like(x);
        var fraction = zeros_like(x);
        foreach (int top in Places((int)lowRes.shape[2], side))
        {
            foreach (int left in Places((int)lowRes.shape[3], side))
            {
                using var part = NewDisposeScope();
                var prediction = ofPart(Part(lowRes, top, left, side).contiguous())(Part(x, top * factor, left * factor, size).contiguous(), timestep);
                Part(eps, top * factor, left * factor, size).add_(prediction.Eps * weights);
                Part(fraction, top * factor, left * factor, size).add_(prediction.VarianceFraction! * weights);
                Part(total, top * factor, left * factor, size).add_(weights);
            }
        }
        return new Prediction((eps / total).MoveToOuterDisposeScope(), (fraction / total).MoveToOuterDisposeScope());
    }

    private static Tensor Part(Tensor whole, long top, long left, long size) => whole.narrow(2, top, size).narrow(3, left, size);

    // Rises from the edges over the width of the overlap; never 0, so that the canvas' own edge is covered.
    private static Tensor Weights(int size)
    {
        float overlap = (float)size / OverlapParts;
        float[] ramp = [.. Enumerable.Range(0, size).Select(index => Math.Min(1, (Math.Min(index, size - 1 - index) + 0.5f) / overlap))];
        float[] square = [.. ramp.SelectMany(vertical => ramp.Select(horizontal => vertical * horizontal))];
        return tensor(square, [1, 1, size, size]);
    }
}

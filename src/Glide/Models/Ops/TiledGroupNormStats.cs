using Glide.Runtime;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace Glide.Models.Ops;

/// <summary>
/// GroupNorm statistics of a whole image that is processed in tiles: every pixel counts once, however many tiles
/// contain it.
/// </summary>
/// <remarks>
/// With statistics of its own each tile would shift its colors differently. Tiles go through the network
/// together: row w·N + n is tile w of image n. If they are too many for one pass, those of the first pass of a step
/// stand for the image, corrected by what the others contributed at the previous step, which hardly
/// changes from step to step. All tiles of a step are normalized by the same statistics.
/// </remarks>
/// <param name="owner">Tensors kept between passes belong to this tensor's dispose scope.</param>
internal sealed class TiledGroupNormStats(Tensor owner)
{
    private readonly List<Layer> _layers = [];        // in the order of a pass
    private Tensor? _shares;
    private bool _isFirst;
    private int _next;

    /// <summary>Begins a pass.</summary>
    /// <param name="shares">Weight of each pixel in each tile of the pass, [W, 1, S, S]; the caller keeps it alive
    /// until the pass has ended.</param>
    /// <param name="isFirst">Whether it is the first pass of a step.</param>
    public void Begin(Tensor shares, bool isFirst)
    {
        _shares = shares;
        _isFirst = isFirst;
        _next = 0;
    }

    /// <summary>Mean and standard deviation of x over a group of channels and all tiles of an image.</summary>
    /// <param name="x">[W·N, C, H, W] in float32; H and W divide those of the shares.</param>
    /// <param name="groups">Groups of channels.</param>
    /// <param name="epsilon">Added to the variance.</param>
    /// <returns>Both [W·N, C, 1, 1], in the caller's scope.</returns>
    public (Tensor Mean, Tensor Deviation) Moments(Tensor x, long groups, double epsilon)
    {
        using var scope = NewDisposeScope();
        if (_isFirst)
            Measure(x, groups, epsilon);
        else
            _layers[_next].Add(this, x);
        var layer = _layers[_next++];
        return (ForRows(layer.Applied.Mean, x).MoveToOuterDisposeScope(), ForRows(layer.Applied.Deviation, x)
            .MoveToOuterDisposeScope());
    }

    // [N, G, 1] to [W·N, C, 1, 1].
    private static Tensor ForRows(Tensor ofGroups, Tensor x)
    {
        long images = ofGroups.shape[0], channels = x.shape[1];
        return ofGroups.expand(-1, -1, channels / ofGroups.shape[1]).reshape(images, channels, 1, 1).repeat(
            x.shape[0] / images, 1, 1, 1);
    }

    private void Measure(Tensor x, long groups, double epsilon)
    {
        var shares = SharesAt(x.shape[2]);
        var weight = shares.sum().Times(x.shape[1] / groups);
        var mean = zeros([x.shape[0] / shares.shape[0], groups, 1], device: x.device);
        ForEachWindow(x, groups, shares, (rows, share) => mean.PlusInPlace((rows * share).sum([2, 3]).unsqueeze(2)));
        mean.div_(weight);
        var squares = zeros_like(mean);
        var center = mean.unsqueeze(3);
        ForEachWindow(x, groups, shares, (rows, share) =>
            squares.PlusInPlace((rows - center).Squared().mul_(share).sum([2, 3]).unsqueeze(2)));
        var deviation = (squares / weight).Plus(epsilon).sqrt();
        var known = _next < _layers.Count ? _layers[_next] : null;
        var (shift, stretch) = known?.Correction(epsilon) ?? (zeros_like(mean), ones_like(mean));
        known?.Dispose();
        var layer = new Layer(
            new MeanDeviation(mean, deviation), new MeanDeviation(mean.Plus(shift * deviation), deviation * stretch),
            weight, zeros_like(mean), squares);
        layer.MoveTo(owner);
        if (known is null)
            _layers.Add(layer);
        else
            _layers[_next] = layer;
    }

    private Tensor SharesAt(long size)
    {
        var small = functional.avg_pool2d(_shares!, _shares!.shape[2] / size);                      // [W, 1, H, W]
        return small.reshape(small.shape[0], 1, 1, -1);                                             // [W, 1, 1, T]
    }

    // Tile by tile, so that intermediate results stay in the processor's cache.
    private static void ForEachWindow(Tensor x, long groups, Tensor shares, Action<Tensor, Tensor> add)
    {
        long images = x.shape[0] / shares.shape[0];
        for (long window = 0; window < shares.shape[0]; window++)
        {
            using var scope = NewDisposeScope();
            add(x.narrow(0, window * images, images).reshape(images, groups, x.shape[1] / groups, -1), shares[window]);
        }
    }

    private sealed record MeanDeviation(Tensor Mean, Tensor Deviation);

    /// <summary>The statistics of one normalization, all [N, G, 1] except the weight.</summary>
    /// <param name="First">Moments of the tiles of the first pass.</param>
    /// <param name="Applied">Moments that tiles are normalized by.</param>
    /// <param name="Weight">Total weight of all tiles so far.</param>
    /// <param name="Sum">Their weighted sum of x − first mean.</param>
    /// <param name="Squares">Their weighted sum of (x − first mean)².</param>
    private sealed record Layer(MeanDeviation First, MeanDeviation Applied, Tensor Weight, Tensor Sum, Tensor Squares)
        : IDisposable
    {
        private Tensor[] All => [First.Mean, First.Deviation, Applied.Mean, Applied.Deviation, Weight, Sum, Squares];

        public void Add(TiledGroupNormStats statistics, Tensor x)
        {
            long groups = First.Mean.shape[1];
            var shares = statistics.SharesAt(x.shape[2]);
            var center = First.Mean.unsqueeze(3);
            ForEachWindow(x, groups, shares, (rows, share) =>
            {
                var centered = rows - center;
                Sum.PlusInPlace((centered * share).sum([2, 3]).unsqueeze(2));
                Squares.PlusInPlace(centered.Squared().mul_(share).sum([2, 3]).unsqueeze(2));
            });
            Weight.PlusInPlace(shares.sum().Times(x.shape[1] / groups));
        }

        // Offset of the mean of all tiles in deviations of the first ones, and the ratio of the deviations.
        public (Tensor Shift, Tensor Stretch) Correction(double epsilon)
        {
            var shift = Sum / Weight;
            return (shift / First.Deviation, (Squares / Weight - shift.Squared())
                .Plus(epsilon).sqrt() / First.Deviation);
        }

        public void MoveTo(Tensor owner)
        {
            foreach (var tensor in All)
                tensor.MoveToOtherDisposeScope(owner);
        }

        public void Dispose()
        {
            foreach (var tensor in All)
                tensor.Dispose();
        }
    }
}

using Glide.Runtime;
using static TorchSharp.torch.nn;
using static TorchSharp.torch;

namespace Glide.Models.Ops;

/// <summary>GroupNorm of windows of an image as of the whole image: every pixel counts once, however many windows see it.</summary>
/// <remarks>
/// With means and deviations of its own each window would shift its colours in its own way. Windows go through the network
/// together: row w·N + n is window w of image n. Where they are too many for one pass, those of the first pass of a step
/// speak for the image, and what the others were found to add to them at the step before is added to them now: it hardly
/// changes from step to step. All windows of a step are normalised by the same numbers.
/// </remarks>
/// <param name="owner">What is kept between passes belongs to this tensor's scope.</param>
internal sealed class TiledGroupNormStats(Tensor owner)
{
    private readonly List<Layer> _layers = [];        // in the order of a pass
    private Tensor? _shares;
    private bool _isFirst;
    private int _next;

    /// <summary>Begins a pass.</summary>
    /// <param name="shares">How much of each pixel a window of the pass stands for, [W, 1, S, S]; stays the caller's, until the pass has ended.</param>
    /// <param name="isFirst">Whether it is the first pass of a step.</param>
    public void Begin(Tensor shares, bool isFirst)
    {
        _shares = shares;
        _isFirst = isFirst;
        _next = 0;
    }

    /// <summary>Mean and deviation of x over a group of channels and all windows of an image.</summary>
    /// <param name="x">[W·N, C, H, W] in float32; the size divides that of the shares.</param>
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
        return (ForRows(layer.Mean, x).MoveToOuterDisposeScope(), ForRows(layer.Deviation, x).MoveToOuterDisposeScope());
    }

    // [N, G, 1] to [W·N, C, 1, 1].
    private static Tensor ForRows(Tensor ofGroups, Tensor x)
    {
        long images = ofGroups.shape[0], channels = x.shape[1];
        return ofGroups.expand(-1, -1, channels / ofGroups.shape[1]).reshape(images, channels, 1, 1).repeat(x.shape[0] / images, 1, 1, 1);
    }

    private void Measure(Tensor x, long groups, double epsilon)
    {
        var shares = SharesAt(x.shape[2]);
        var weight = shares.sum().Times(x.shape[1] / groups);
        var mean = zeros([x.shape[0] / shares.shape[0], groups, 1], device: x.device);
        ForEachWindow(x, groups, shares, (rows, share) => mean.PlusInPlace((rows * share).sum([2, 3]).unsqueeze(2)));
        mean.div_(weight);
        var squares = zeros_like(mean);
        var centre = mean.unsqueeze(3);
        ForEachWindow(x, groups, shares, (rows, share) => squares.PlusInPlace((rows - centre).Squared().mul_(share).sum([2, 3]).unsqueeze(2)));
        var deviation = (squares / weight).Plus(epsilon).sqrt();
        var known = _next < _layers.Count ? _layers[_next] : null;
        var (shift, stretch) = known?.Correction(epsilon) ?? (zeros_like(mean), ones_like(mean));
        known?.Dispose();
        var layer = new Layer(mean, deviation, mean.Plus(shift * deviation), deviation * stretch, weight, zeros_like(mean), squares);
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

    // Window by window: what is made on the way stays in the processor's cache.
    private static void ForEachWindow(Tensor x, long groups, Tensor shares, Action<Tensor, Tensor> add)
    {
        long images = x.shape[0] / shares.shape[0];
        for (long window = 0; window < shares.shape[0]; window++)
        {
            using var scope = NewDisposeScope();
            add(x.narrow(0, window * images, images).reshape(images, groups, x.shape[1] / groups, -1), shares[window]);
        }
    }

    /// <summary>What is known of one normalisation, all [N, G, 1] but the weight.</summary>
    /// <param name="FirstMean">Of the windows of the first pass.</param>
    /// <param name="FirstDeviation">Likewise.</param>
    /// <param name="Mean">That windows are normalised by.</param>
    /// <param name="Deviation">Likewise.</param>
    /// <param name="Weight">Of all windows so far.</param>
    /// <param name="Sum">Their weighted sum of x − first mean.</param>
    /// <param name="Squares">Their weighted sum of (x − first mean)².</param>
    private sealed record Layer(Tensor FirstMean, Tensor FirstDeviation, Tensor Mean, Tensor Deviation, Tensor Weight, Tensor Sum, Tensor Squares) : IDisposable
    {
        private Tensor[] All => [FirstMean, FirstDeviation, Mean, Deviation, Weight, Sum, Squares];

        public void Add(TiledGroupNormStats statistics, Tensor x)
        {
            long groups = Mean.shape[1];
            var shares = statistics.SharesAt(x.shape[2]);
            var centre = FirstMean.unsqueeze(3);
            ForEachWindow(x, groups, shares, (rows, share) =>
            {
                var centred = rows - centre;
                Sum.PlusInPlace((centred * share).sum([2, 3]).unsqueeze(2));
                Squares.PlusInPlace(centred.Squared().mul_(share).sum([2, 3]).unsqueeze(2));
            });
            Weight.PlusInPlace(shares.sum().Times(x.shape[1] / groups));
        }

        // Where the mean of all windows lies, in deviations of the first ones, and how many times as large their deviation is.
        public (Tensor Shift, Tensor Stretch) Correction(double epsilon)
        {
            var shift = Sum / Weight;
            return (shift / FirstDeviation, (Squares / Weight - shift.Squared()).Plus(epsilon).sqrt() / FirstDeviation);
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

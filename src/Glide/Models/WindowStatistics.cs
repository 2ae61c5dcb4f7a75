using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace Glide.Models;

/// <summary>GroupNorm of windows of a picture as of the whole picture: every pixel counts once, however many windows see it.</summary>
/// <remarks>
/// With means and deviations of its own each window would shift its colours in its own way. Windows go through the network
/// together: row w·N + n is window w of picture n. Where they are too many for that, those of the first pass speak for the
/// picture: after <see cref="Keep"/> all others are normalised by what was measured in them. Whoever makes it disposes it.
/// </remarks>
internal sealed class WindowStatistics : IDisposable
{
    private readonly Tensor _shares;
    private readonly List<Tensor> _moments = [];      // mean and deviation by turns, [N, C, 1, 1], in the order of a pass
    private int? _next;                               // null while they are measured

    /// <summary>Keeps the shares of the windows of the first pass.</summary>
    /// <param name="shares">How much of each pixel a window stands for, [W, 1, S, S]; stays the caller's.</param>
    public WindowStatistics(Tensor shares) => _shares = shares.alias().DetachFromDisposeScope();

    /// <summary>Ends a pass: in the next one the normalisations take what was measured in the first, in the same order.</summary>
    public void Keep() => _next = 0;

    /// <summary>Mean and deviation of x over a group of channels and all windows of a picture.</summary>
    /// <param name="x">[W·N, C, H, W] in float32; the size divides that of the shares. After <see cref="Keep"/> of any number of windows.</param>
    /// <param name="groups">Groups of channels.</param>
    /// <param name="epsilon">Added to the variance.</param>
    /// <returns>Both [W·N, C, 1, 1], in the caller's scope.</returns>
    public (Tensor Mean, Tensor Deviation) Moments(Tensor x, long groups, double epsilon)
    {
        using var scope = NewDisposeScope();
        if (_next is null)
            _moments.AddRange(Measure(x, groups, epsilon));
        int at = _next ?? _moments.Count - 2;
        _next = _next is null ? null : at + 2;
        return (ForRows(_moments[at], x).MoveToOuterDisposeScope(), ForRows(_moments[at + 1], x).MoveToOuterDisposeScope());
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _shares.Dispose();
        _moments.ForEach(moment => moment.Dispose());
    }

    private static Tensor ForRows(Tensor ofPictures, Tensor x) => ofPictures.repeat(x.shape[0] / ofPictures.shape[0], 1, 1, 1);

    // Window by window: what is made on the way stays in the processor's cache.
    private Tensor[] Measure(Tensor x, long groups, double epsilon)
    {
        long windows = _shares.shape[0], pictures = x.shape[0] / windows, channels = x.shape[1];
        var shares = SharesAt(x.shape[2]) / (channels / groups);                                    // [W, 1, 1, T]
        var mean = zeros([pictures, groups, 1], device: x.device);
        ForEach((rows, share) => mean.add_((rows * share).sum([2, 3]).unsqueeze(2)));
        var variance = zeros_like(mean);
        var centre = mean.unsqueeze(3);
        ForEach((rows, share) => variance.add_((rows - centre).pow(2).mul_(share).sum([2, 3]).unsqueeze(2)));
        return [PerChannel(mean), PerChannel((variance + epsilon).sqrt())];

        void ForEach(Action<Tensor, Tensor> add)
        {
            for (long window = 0; window < windows; window++)
            {
                using var scope = NewDisposeScope();
                add(x.narrow(0, window * pictures, pictures).reshape(pictures, groups, channels / groups, -1), shares[window]);
            }
        }

        Tensor PerChannel(Tensor ofGroups) =>
            ofGroups.expand(-1, -1, channels / groups).reshape(pictures, channels, 1, 1).DetachFromDisposeScope();
    }

    private Tensor SharesAt(long size)
    {
        var small = functional.avg_pool2d(_shares, _shares.shape[2] / size);                        // [W, 1, H, W]
        return (small / small.sum()).reshape(_shares.shape[0], 1, 1, -1);
    }
}

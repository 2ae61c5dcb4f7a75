using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace Glide.Models;

/// <summary>GroupNorm of windows of a picture as of the whole picture: every pixel counts once, however many windows see it.</summary>
/// <remarks>
/// With means and deviations of its own each window would shift its colours in its own way. The windows go through the
/// network together: row w·N + n is window w of picture n. Whoever makes it disposes it.
/// </remarks>
internal sealed class WindowStatistics : IDisposable
{
    private readonly Tensor _shares;

    /// <summary>Keeps the windows' shares.</summary>
    /// <param name="shares">How much of each pixel a window stands for, [W, 1, S, S]; stays the caller's.</param>
    public WindowStatistics(Tensor shares) => _shares = shares.alias().DetachFromDisposeScope();

    /// <summary>(x − mean) / deviation, both over a group of channels and all windows of a picture.</summary>
    /// <param name="x">[W·N, C, H, W] in float32; the size divides that of the shares.</param>
    /// <param name="groups">Groups of channels.</param>
    /// <param name="epsilon">Added to the variance.</param>
    public Tensor Standardize(Tensor x, long groups, double epsilon)
    {
        using var scope = NewDisposeScope();
        long windows = _shares.shape[0], channels = x.shape[1] / groups;
        var rows = x.reshape(windows, x.shape[0] / windows, groups, channels, -1);                  // [W, N, G, C/G, T]
        var shares = SharesAt(x.shape[2]) / channels;                                               // [W, 1, 1, 1, T]
        var centred = rows - (rows * shares).sum([0, 3, 4], keepdim: true);
        var variance = (centred * centred * shares).sum([0, 3, 4], keepdim: true);                  // [1, N, G, 1, 1]
        return (centred / (variance + epsilon).sqrt()).reshape(x.shape).MoveToOuterDisposeScope();
    }

    /// <inheritdoc/>
    public void Dispose() => _shares.Dispose();

    private Tensor SharesAt(long size)
    {
        var small = functional.avg_pool2d(_shares, _shares.shape[2] / size);                        // [W, 1, H, W]
        return (small / small.sum()).reshape(_shares.shape[0], 1, 1, 1, -1);
    }
}

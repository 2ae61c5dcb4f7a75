namespace Glide.Tests.Support;

/// <summary>How far numbers may be from the original's, on every machine and device.</summary>
/// <remarks>What has no bound here - tokens, schedules, kept steps - must be equal.</remarks>
internal static class Bounds
{
    /// <summary>One step of a sampler: float32 on numbers of size 1, with a few operations in another order.</summary>
    public const double DiffusionStep = 1e-5;

    /// <summary>
    /// The largest error of a network in float32, in standard deviations of its output: the same formulas, with sums of
    /// thousands of products in another order.
    /// </summary>
    public const double NetworkInDeviations = 1e-3;

    /// <summary>
    /// The relative L2 error of a network in bf16 or fp16: bf16 keeps 8 bits, and roundings of 4e-3 add up over the
    /// layers.
    /// </summary>
    public const double SixteenBitRelative = 2e-2;

    /// <summary>
    /// The share of an image's bytes that are within one level of the original's after a whole run in float32: a value
    /// at the edge between two levels may be rounded either way.
    /// </summary>
    public const double ShareWithinOne = 0.999;

    /// <summary>
    /// The peak signal-to-noise ratio, in dB, of that image against the original's: it leaves room for a few bytes at
    /// hard edges, where a small error of x decides much, but not for a region that looks different.
    /// </summary>
    public const double LeastPsnr = 45;

    /// <summary>
    /// Levels by which a byte may change with libtorch's kernels when an image is made in a batch: they choose their
    /// order of summation by the batch. Our AVX-512 kernels do not, and give the same bytes.
    /// </summary>
    public const int BatchLevels = 1;
}

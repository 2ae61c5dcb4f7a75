using System.Diagnostics;
using static TorchSharp.torch;

namespace Glide.Models.Ops;

/// <summary>
/// The operations of the U-Nets: the interface between the networks and the kernels of a machine.
/// </summary>
/// <remarks>
/// Images are [N, C, H, W]; their layout in memory is the kernels' own. The result of one operation is the input of the
/// next one. <see cref="ToOpsLayout"/> makes the first of them.
/// </remarks>
internal abstract class UNetOps
{
    // Networks with fewer channels take a second or two in float32; bf16 would gain nothing.
    private const int LargeNetworkChannels = 128;

    /// <summary>libtorch's operations, on any device.</summary>
    public static UNetOps Plain { get; } = new TorchOps();

    /// <summary>The fastest operations that this machine has for a network.</summary>
    /// <param name="config">The network's.</param>
    /// <param name="precision">Which parts are 16 bits wide.</param>
    /// <param name="device">Where it runs.</param>
    /// <param name="level">Level of the processor, as in <see cref="NativeOpsLibrary.Level"/>; <c>null</c> for this
    /// one.</param>
    /// <remarks><see cref="KernelChoice"/> restricts them.</remarks>
    public static UNetOps For(UNetConfig config, Precision precision, Device device, int? level = null)
    {
        bool isWanted = KernelChoice.Chosen != KernelChoice.Plain;
        if (isWanted && ChannelsLastOps.Suit(precision, device))
        {
            CudaKernels.Prepare(device);
            return ChannelsLastOps.Instance;
        }
        return isWanted && NativeOps.Suit(config, precision, device, level ?? NativeOpsLibrary.Level)
            ? NativeOps.Instance : Plain;
    }

    /// <summary>Whether bf16 should be the default: the network is large and this processor is fast in bf16.</summary>
    public static bool GainFromBFloat16(UNetConfig config, int? level = null) =>
        config.NumChannels >= LargeNetworkChannels && For(config, Precision.BFloat16, CPU, level) != Plain;

    /// <summary>Converts images of any layout and type to the layout of these kernels.</summary>
    /// <returns>[N, C or more, H, W]; channels beyond C are 0.</returns>
    public abstract Tensor ToOpsLayout(Tensor x, ScalarType type);

    /// <summary>kernel∗x + bias.</summary>
    /// <param name="weights">The kernel with its bias.</param>
    /// <param name="x">[N, C, H, W].</param>
    /// <param name="enlarged">Enlarges x to twice its height and width first, by nearest neighbor.</param>
    /// <param name="wrap">Directions in which x repeats; in the others there are zeros beyond its edges.</param>
    /// <returns>[N, C', H, W], a new tensor.</returns>
    public abstract Tensor Convolve(PackedWeights weights, Tensor x, bool enlarged = false, Wrap wrap = Wrap.None);

    /// <summary>kernel∗x + bias + added.</summary>
    /// <param name="weights">The kernel with its bias.</param>
    /// <param name="x">[N, C, H, W].</param>
    /// <param name="added">[N, C', H, W].</param>
    /// <param name="enlarged">Enlarges <paramref name="added"/> to twice its height and width first, by nearest
    /// neighbor.</param>
    /// <param name="wrap">As for <see cref="Convolve"/>.</param>
    /// <returns>[N, C', H, W], a new tensor.</returns>
    public abstract Tensor ConvolveAndAdd(
        PackedWeights weights, Tensor x, Tensor added, bool enlarged = false, Wrap wrap = Wrap.None);

    /// <summary>x·Wᵀ + b, computed in the type of x.</summary>
    /// <param name="weights">W [outputs, inputs] with its bias.</param>
    /// <param name="x">One row per image, [N, inputs].</param>
    /// <returns>[N, outputs].</returns>
    public abstract Tensor Project(PackedWeights weights, Tensor x);

    public abstract Tensor Normalize(Tensor x, Tensor weight, Tensor bias);

    /// <summary>SiLU(GroupNorm(x)).</summary>
    /// <param name="x">[N, C, H, W].</param>
    /// <param name="weight">[C], float32.</param>
    /// <param name="bias">[C], float32.</param>
    /// <param name="type">The result's type: that of x, or float32.</param>
    public abstract Tensor NormalizeSilu(Tensor x, Tensor weight, Tensor bias, ScalarType type);

    public abstract Tensor NormalizeScaleShiftSilu(Tensor x, Tensor weight, Tensor bias, Tensor scaleShift);

    /// <summary>softmax(QᵀK/√d)·V over text and pixels.</summary>
    /// <param name="pixels">Queries, keys and values of each head together, [N, h·3·d, H, W].</param>
    /// <param name="text">Keys and values of each head together, [N, h·2·d, L].</param>
    /// <param name="heads">h.</param>
    /// <returns>[N, h·d, H, W].</returns>
    public abstract Tensor Attend(Tensor pixels, Tensor text, long heads);

    /// <summary>softmax(QKᵀ/√d)·V over the tokens of a prompt.</summary>
    /// <param name="query">[N, h, L, d].</param>
    /// <param name="key">[N, h, L, d].</param>
    /// <param name="value">[N, h, L, d].</param>
    /// <returns>The heads concatenated, [N, L, h·d].</returns>
    public virtual Tensor AttendTokens(Tensor query, Tensor key, Tensor value) =>
        ScaledAttention.OverTokens(query, key, value);

    /// <summary>Number type of the text transformer's activations, whatever the type of its weights.</summary>
    /// <remarks>float32 by default: it runs once per prompt.</remarks>
    public virtual ScalarType TextType(Precision precision) => ScalarType.Float32;

    /// <summary>Concatenates channels, [N, C₁ + C₂, H, W].</summary>
    public abstract Tensor Join(Tensor first, Tensor second);

    /// <summary>Means of 2×2 pixels, [N, C, H/2, W/2].</summary>
    public abstract Tensor Halve(Tensor x);
}

/// <summary>Directions in which an image repeats: beyond an edge lie the pixels of the opposite one.</summary>
[Flags]
internal enum Wrap
{
    None = 0,

    /// <summary>Left and right edges meet.</summary>
    X = 1,

    /// <summary>Upper and lower edges meet.</summary>
    Y = 2,
}

/// <summary>Padding of images that repeat.</summary>
internal static class CircularPadding
{
    /// <summary>Puts pixels of the opposite edge beyond every edge at which x repeats.</summary>
    /// <param name="x">[N, C, H, W]; its layout in memory stays.</param>
    /// <param name="size">Pixels beyond each such edge; at most H and W.</param>
    /// <param name="wrap">Directions in which x repeats.</param>
    /// <returns>[N, C, H + 2·size, W + 2·size], or H and W where x does not repeat; a new tensor.</returns>
    public static Tensor Pad(Tensor x, long size, Wrap wrap)
    {
        using var scope = NewDisposeScope();
        var padded = x.alias();
        if (wrap.HasFlag(Wrap.Y))
            padded = Along(padded, 2, size);
        if (wrap.HasFlag(Wrap.X))
            padded = Along(padded, 3, size);
        return padded.MoveToOuterDisposeScope();
    }

    private static Tensor Along(Tensor x, int dimension, long size) => cat(
        [x.narrow(dimension, x.shape[dimension] - size, size), x, x.narrow(dimension, 0, size)], dimension);
}

/// <summary>Activities that the layers report for profiling. They cost next to nothing while nobody listens.</summary>
internal static class Operations
{
    public const string SourceName = "Glide.Operations";

    private static readonly ActivitySource s_source = new(SourceName);

    public static Activity? Convolution() => s_source.StartActivity("convolution");

    /// <summary>GroupNorm and LayerNorm with what is fused with them.</summary>
    public static Activity? GroupNorm() => s_source.StartActivity("normalization");

    /// <summary>Products of queries, keys and values, and the softmax between them.</summary>
    public static Activity? Attention() => s_source.StartActivity("attention");

    /// <summary>Linear layers, 1×1 convolutions included.</summary>
    public static Activity? Linear() => s_source.StartActivity("linear");

    /// <summary>Changes of height and width.</summary>
    public static Activity? Resampling() => s_source.StartActivity("resampling");

    /// <summary>
    /// The text transformer with every operation in it, and the keys and values made from its output.
    /// </summary>
    public static Activity? Text() => s_source.StartActivity("text");
}

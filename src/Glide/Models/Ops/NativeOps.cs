using TorchSharp;
using static TorchSharp.torch;

namespace Glide.Models.Ops;

/// <summary>The kernels of libglide_fast: packed weights and images in channels-last layout.</summary>
/// <remarks>Such an image is a contiguous [N, H, W, C] tensor seen as [N, C, H, W].</remarks>
internal sealed class NativeOps : UNetOps
{
    private const int Lanes = 16;
    private const int WidestHead = 64;

    private NativeOps()
    {
    }

    /// <summary>The only instance; usable if <see cref="Suit"/> says so.</summary>
    public static NativeOps Instance { get; } = new();

    /// <summary>Whether the library is available, and can compute such a network on this processor.</summary>
    public static bool Suit(UNetConfig config, Precision precision, Device device, int level) =>
        device.type == DeviceType.CPU
        && precision.WeightType == precision.TorsoType
        && config.ChannelsPerHead % Lanes == 0 && config.ChannelsPerHead <= WidestHead
        && NativeOpsLibrary.Computes(precision.TorsoType, level)
            && NativeOpsLibrary.Computes(ScalarType.Float32, level);

    public override Tensor ToOpsLayout(Tensor x, ScalarType type)
    {
        using var scope = NewDisposeScope();
        long[] shape = x.shape;
        long channels = type == ScalarType.BFloat16 ? shape[1] + shape[1] % 2 : shape[1];
        var pixels = zeros([shape[0], shape[2], shape[3], channels], dtype: type);                    // [N, H, W, C]
        pixels.narrow(3, 0, shape[1]).copy_(x.permute(0, 2, 3, 1));
        return pixels.permute(0, 3, 1, 2).MoveToOuterDisposeScope();                                  // [N, C, H, W]
    }

    public override Tensor Convolve(
        PackedWeights weights, Tensor x, bool enlarged = false, Wrap wrap = Wrap.None) =>
        Convolve(weights, x, enlarged, added: null, addedEnlarged: false, wrap);

    public override Tensor ConvolveAndAdd(
        PackedWeights weights, Tensor x, Tensor added, bool enlarged = false, Wrap wrap = Wrap.None) =>
        Convolve(weights, x, enlarged: false, added, enlarged, wrap);

    public override Tensor Project(PackedWeights weights, Tensor x)
    {
        using var scope = NewDisposeScope();
        var images = x.reshape(x.shape[0], x.shape[1], 1, 1);                                       // [N, C, 1, 1]
        return Convolve(weights, images).reshape(x.shape[0], -1).MoveToOuterDisposeScope();         // [N, C']
    }

    public override Tensor Normalize(Tensor x, Tensor weight, Tensor bias) =>
        Normalize(x, weight, bias, scaleShift: null, activates: false, x.dtype);

    public override Tensor NormalizeSilu(Tensor x, Tensor weight, Tensor bias, ScalarType type) =>
        Normalize(x, weight, bias, scaleShift: null, activates: true, type);

    public override Tensor NormalizeScaleShiftSilu(Tensor x, Tensor weight, Tensor bias, Tensor scaleShift) =>
        Normalize(x, weight, bias, scaleShift, activates: true, x.dtype);

    public override Tensor Attend(Tensor pixels, Tensor text, long heads)
    {
        using var operation = Operations.Attention();
        using var scope = NewDisposeScope();
        long[] shape = pixels.shape;
        var output = Image(shape[0], shape[1] / 3, shape[2], shape[3], pixels.dtype);
        var call = new Attending
        {
            Output = First(output),
            Input = First(pixels),
            Text = Address(text.contiguous()),
            Images = shape[0],
            Pixels = shape[2] * shape[3],
            Heads = heads,
            Width = shape[1] / 3 / heads,
            Tokens = text.shape[2],
            Threads = get_num_threads(),
        };
        NativeOpsLibrary.Check(IsWide(pixels)
            ? NativeOpsLibrary.glide_fast_attend_float32(call)
            : NativeOpsLibrary.glide_fast_attend_bfloat16(call));
        return output.MoveToOuterDisposeScope();
    }

    public override Tensor Join(Tensor first, Tensor second)
    {
        using var scope = NewDisposeScope();
        long[] shape = first.shape;
        var output = Image(shape[0], shape[1] + second.shape[1], shape[2], shape[3], first.dtype);
        var call = new Joining
        {
            Output = First(output),
            First = First(first),
            Second = First(second),
            Pixels = shape[0] * shape[2] * shape[3],
            FirstBytes = shape[1] * first.element_size(),
            SecondBytes = second.shape[1] * second.element_size(),
            Threads = get_num_threads(),
        };
        NativeOpsLibrary.Check(NativeOpsLibrary.glide_fast_join(call));
        return output.MoveToOuterDisposeScope();
    }

    public override Tensor Halve(Tensor x)
    {
        using var operation = Operations.Resampling();
        using var scope = NewDisposeScope();
        long[] shape = x.shape;
        var output = Image(shape[0], shape[1], shape[2] / 2, shape[3] / 2, x.dtype);
        var call = new Halving
        {
            Output = First(output),
            Input = First(x),
            Images = shape[0],
            Height = shape[2] / 2,
            Width = shape[3] / 2,
            Channels = shape[1],
            Threads = get_num_threads(),
        };
        NativeOpsLibrary.Check(IsWide(x)
            ? NativeOpsLibrary.glide_fast_halve_float32(call)
            : NativeOpsLibrary.glide_fast_halve_bfloat16(call));
        return output.MoveToOuterDisposeScope();
    }

    private static Tensor Convolve(
        PackedWeights weights, Tensor x, bool enlarged, Tensor? added, bool addedEnlarged, Wrap wrap)
    {
        using var scope = NewDisposeScope();
        Pack(weights);
        long[] shape = x.shape;
        long height = enlarged ? 2 * shape[2] : shape[2], width = enlarged ? 2 * shape[3] : shape[3];
        var output = Image(shape[0], weights.Outputs, height, width, x.dtype);
        var call = new Convolving
        {
            Output = First(output),
            Input = First(x),
            Packed = Address(weights.Weight),
            Bias = Address(weights.PackedBias!),
            Added = added is null ? 0 : First(added),
            Images = shape[0],
            Height = height,
            Width = width,
            Inputs = shape[1],
            Outputs = weights.Outputs,
            Kernel = weights.Kernel,
            InputEnlarged = enlarged ? 1 : 0,
            AddedEnlarged = addedEnlarged ? 1 : 0,
            WrapsX = wrap.HasFlag(Wrap.X) ? 1 : 0,
            WrapsY = wrap.HasFlag(Wrap.Y) ? 1 : 0,
            Threads = get_num_threads(),
        };
        NativeOpsLibrary.Check(IsWide(x)
            ? NativeOpsLibrary.glide_fast_convolve_float32(call)
            : NativeOpsLibrary.glide_fast_convolve_bfloat16(call));
        return output.MoveToOuterDisposeScope();
    }

    // Several threads may reach the first pass at once: one of them packs.
    private static void Pack(PackedWeights weights)
    {
        if (weights.Change is not null)
        {
            throw new InvalidOperationException(
                "The native operations pack a weight once and know no change of it; use plain ones.");
        }
        lock (weights)
        {
            if (weights.PackedBias is null)
                PackNow(weights);
        }
    }

    // Outputs are padded to whole vectors, bf16 inputs to pairs.
    private static void PackNow(PackedWeights weights)
    {
        using var scope = NewDisposeScope();
        bool isWide = IsWide(weights.Weight);
        long outputs = (weights.Outputs + Lanes - 1) / Lanes * Lanes;
        long inputs = isWide ? weights.Inputs : weights.Inputs + weights.Inputs % 2;
        var packed = empty([outputs * weights.Taps * inputs], dtype: weights.Weight.dtype);
        var call = new Packing
        {
            Packed = Address(packed),
            Weights = Address(weights.Weight),
            Outputs = weights.Outputs,
            Inputs = weights.Inputs,
            Taps = weights.Taps,
            Threads = get_num_threads(),
        };
        NativeOpsLibrary.Check(isWide
            ? NativeOpsLibrary.glide_fast_pack_float32(call)
            : NativeOpsLibrary.glide_fast_pack_bfloat16(call));
        weights.Replace(packed);
    }

    private static Tensor Normalize(Tensor x, Tensor weight, Tensor bias, Tensor? scaleShift, bool activates,
        ScalarType type)
    {
        using var operation = Operations.GroupNorm();
        using var scope = NewDisposeScope();
        long[] shape = x.shape;
        var output = Image(shape[0], shape[1], shape[2], shape[3], type);
        var call = new Normalizing
        {
            Output = First(output),
            Input = First(x),
            Weight = Address(weight),
            Bias = Address(bias),
            ScaleShift = scaleShift is null ? 0 : Address(scaleShift),
            Images = shape[0],
            Pixels = shape[2] * shape[3],
            Channels = shape[1],
            Groups = NormOps.Groups,
            Epsilon = (float)NormOps.Epsilon,
            Activates = activates ? 1 : 0,
            OutputIsFloat = type == ScalarType.Float32 ? 1 : 0,
            Threads = get_num_threads(),
        };
        NativeOpsLibrary.Check(IsWide(x)
            ? NativeOpsLibrary.glide_fast_normalize_float32(call)
            : NativeOpsLibrary.glide_fast_normalize_bfloat16(call));
        return output.MoveToOuterDisposeScope();
    }

    private static bool IsWide(Tensor x) => x.dtype == ScalarType.Float32;

    private static Tensor Image(long images, long channels, long height, long width, ScalarType type) =>
        empty([images, height, width, channels], dtype: type).permute(0, 3, 1, 2);

    // Only the first image: all of them may exceed the 2 GB that Tensor.bytes can address.
    private static nint First(Tensor images)
    {
        using var scope = NewDisposeScope();
        return Address(images.narrow(0, 0, 1).permute(0, 2, 3, 1));
    }

    // Native memory does not move; the tensor must outlive the address.
    private static unsafe nint Address(Tensor tensor)
    {
        fixed (byte* first = tensor.bytes)
            return (nint)first;
    }
}

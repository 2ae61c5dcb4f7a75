using System.Collections.Concurrent;
using System.Runtime.InteropServices;
using Glide.Runtime;
using static TorchSharp.torch;

namespace Glide.Models.Ops;

/// <summary>
/// Kernels for 16-bit images in channels-last layout on a GPU, which are compiled on the user's machine; see
/// native/cuda/kernels.cu.
/// </summary>
/// <remarks>They compute in float32. An image is the same to the bit alone and in a batch.</remarks>
internal sealed partial class CudaKernels
{
    private const int MostChannels = 2048;
    private const int VectorBytes = 16;    // that a thread reads at a time
    private const int RowsOfShare = 2;

    private static readonly ConcurrentDictionary<int, Task<Outcome>> s_outcomes = [];

    private readonly CudaLibrary _library;
    private readonly nint _kernels;

    private CudaKernels(CudaLibrary library, nint kernels) => (_library, _kernels) = (library, kernels);

    /// <summary>
    /// Begins to compile the kernels for a GPU on another thread, which takes a fraction of a second.
    /// </summary>
    public static void Prepare(Device device) =>
        s_outcomes.GetOrAdd(NumberOf(device), _ => Task.Run(() => CompileOwn(device)));

    /// <summary>The kernels of a device, as soon as they are compiled.</summary>
    /// <returns><c>null</c> if none were prepared or they are not available.</returns>
    public static CudaKernels? Of(Device device) => OutcomeFor(device)?.Kernels;

    /// <summary>Tells once why a GPU that kernels were prepared for has none; silent if it has.</summary>
    public static FallbackNotice? Notice(Device device) => OutcomeFor(device)?.Notice;

    /// <summary>Compiles the kernels for a GPU.</summary>
    /// <param name="library">The library over the loaded libtorch.</param>
    /// <param name="index">The GPU's number, or -1 for the current one.</param>
    /// <returns>The kernels, or the reason why there are none.</returns>
    public static (CudaKernels? Kernels, string? Fault) Compile(CudaLibrary library, int index)
    {
        using var source = new StreamReader(typeof(CudaKernels).Assembly.GetManifestResourceStream("kernels.cu")!);
        var (kernels, fault) = library.CompileKernels(index, source.ReadToEnd());
        return (kernels == 0 ? null : new CudaKernels(library, kernels), fault);
    }

    /// <summary>GroupNorm, then what the normalization says.</summary>
    /// <param name="x">[N, C, H, W].</param>
    /// <param name="normalization">Its factors.</param>
    /// <param name="type">The result's type: that of x, or float32.</param>
    /// <returns>A new tensor; <c>null</c> if there is no kernel for such images.</returns>
    public Tensor? Normalize(Tensor x, Normalization normalization, ScalarType type)
    {
        if (!Suit(x))
            return null;
        using var operation = Operations.GroupNorm();
        using var scope = NewDisposeScope();
        long[] shape = x.shape;
        var output = empty([shape[0], shape[2], shape[3], shape[1]], dtype: type, device: x.device)
            .permute(0, 3, 1, 2);                                                                    // [N, C, H, W]
        long shares = (shape[2] + RowsOfShare - 1) / RowsOfShare;
        var moments = empty([shape[0], shares, NormOps.Groups, 2], dtype: ScalarType.Float32, device: x.device);
        var scaleShift = normalization.ScaleShift?.contiguous();
        var call = new CudaNormalizing
        {
            Output = Address(output),
            Input = Address(x),
            Weight = Address(normalization.Weight),
            Bias = Address(normalization.Bias),
            ScaleShift = scaleShift is null ? 0 : Address(scaleShift),
            Moments = Address(moments),
            Images = shape[0],
            Height = shape[2],
            Width = shape[3],
            Channels = shape[1],
            Epsilon = (float)NormOps.Epsilon,
            Type = TypeOf(x),
            Activates = normalization.Activates ? 1 : 0,
            OutputIsFloat = type == ScalarType.Float32 ? 1 : 0,
        };
        return _library.Normalize(_kernels, call) ? output.MoveToOuterDisposeScope() : null;
    }

    /// <summary>x += bias + added.</summary>
    /// <param name="x">[N, C, H, W].</param>
    /// <param name="bias">[C].</param>
    /// <param name="added">[N, C, H, W].</param>
    /// <param name="enlarged">Enlarges <paramref name="added"/> to twice its height and width first, by nearest
    /// neighbor.</param>
    /// <returns>Whether it could be done; if not, x is as it was.</returns>
    /// <exception cref="ArgumentException">Types or shapes do not fit.</exception>
    public bool TryAdd(Tensor x, Tensor bias, Tensor added, bool enlarged)
    {
        long[] shape = x.shape, small = [shape[0], shape[1], shape[2] / 2, shape[3] / 2];
        if (added.dtype != x.dtype || bias.dtype != x.dtype || bias.numel() != shape[1]
            || !added.shape.AsSpan().SequenceEqual(enlarged ? small : shape))
        {
            throw new ArgumentException("Images, bias and what is added do not fit each other.", nameof(added));
        }
        if (!Suit(x) || !Suit(added) || !IsAligned(bias))
            return false;
        var call = new CudaAdding
        {
            Images = Address(x),
            Bias = Address(bias),
            Added = Address(added),
            Count = shape[0],
            Height = shape[2],
            Width = shape[3],
            Channels = shape[1],
            Type = TypeOf(x),
            Enlarges = enlarged ? 1 : 0,
        };
        return _library.Add(_kernels, call);
    }

    private static Outcome? OutcomeFor(Device device) =>
        s_outcomes.TryGetValue(NumberOf(device), out var compiling) ? compiling.GetAwaiter().GetResult() : null;

    // A device without a number is the first one; tensors on it have the number.
    private static int NumberOf(Device device) => Math.Max(device.index, 0);

    // Of a missing library another notice tells.
    private static Outcome CompileOwn(Device device)
    {
        var (kernels, fault) = CudaLibrary.For(device) is { } library ? Compile(library, device.index) : default;
        // A compiler's message has a line for each fault.
        string? first = fault?.Split('\n')[0];
        return new Outcome(kernels, new FallbackNotice("the GPU normalizes by libtorch's kernels", first));
    }

    private static bool Suit(Tensor x) =>
        x.dtype is ScalarType.Float16 or ScalarType.BFloat16
        && x.shape[1] % NormOps.Groups == 0 && x.shape[1] <= MostChannels && x.numel() <= int.MaxValue
        && IsChannelsLast(x) && IsAligned(x);

    private static bool IsAligned(Tensor x) => Address(x) % VectorBytes == 0;

    private static bool IsChannelsLast(Tensor x)
    {
        using var pixels = x.permute(0, 2, 3, 1);
        return pixels.is_contiguous();
    }

    private static int TypeOf(Tensor x) => x.dtype == ScalarType.Float16 ? 0 : 1;

    // Memory of a tensor does not move; the tensor must outlive the address.
    private static nint Address(Tensor tensor) => THSTensor_data(tensor.Handle);

    // TorchSharp gives addresses of tensors on a CPU only.
    [LibraryImport("LibTorchSharp")]
    private static partial nint THSTensor_data(nint handle);

    private sealed record Outcome(CudaKernels? Kernels, FallbackNotice Notice);
}

/// <summary>GroupNorm and what follows it.</summary>
/// <param name="Weight">[C], float32.</param>
/// <param name="Bias">[C], float32.</param>
/// <param name="Activates">Whether SiLU is the last step.</param>
/// <param name="ScaleShift">Scales, then shifts, [N, 2·C] in float32; <c>null</c> for none.</param>
internal sealed record Normalization(Tensor Weight, Tensor Bias, bool Activates = false, Tensor? ScaleShift = null);

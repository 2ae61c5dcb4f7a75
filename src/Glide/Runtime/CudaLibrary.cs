using System.Runtime.InteropServices;
using System.Text;
using TorchSharp;
using static TorchSharp.torch;

namespace Glide.Runtime;

/// <summary>
/// libglide_cuda: CUDA functions that TorchSharp lacks, on top of the loaded libtorch; see native/cuda. The library may
/// be missing, and libtorch may lack symbols that it needs.
/// </summary>
internal sealed unsafe class CudaLibrary
{
    private const string Libtorch = "libtorch_cuda.so";
    private const int MostBytesOfNames = 4096;

    private static readonly Lazy<(CudaLibrary? Library, FallbackNotice Notice)> s_own = new(LoadOwn);

    private readonly delegate* unmanaged<int, nint> _graphBegin;
    private readonly delegate* unmanaged<nint, int> _graphEnd;
    private readonly delegate* unmanaged<nint, int> _graphReplay;
    private readonly delegate* unmanaged<nint, void> _graphRelease;
    private readonly delegate* unmanaged<int, nint> _copyBegin;
    private readonly delegate* unmanaged<nint, nint, int> _copyEnd;
    private readonly delegate* unmanaged<int, long> _peak;
    private readonly delegate* unmanaged<int, byte*, byte*, int, nint> _compile;
    private readonly delegate* unmanaged<nint, CudaNormalizing*, int> _normalize;
    private readonly delegate* unmanaged<nint, CudaAdding*, int> _add;

    private CudaLibrary(nint handle)
    {
        nint Function(string name) => NativeLibrary.GetExport(handle, name);
        _graphBegin = (delegate* unmanaged<int, nint>)Function("glide_graph_begin");
        _graphEnd = (delegate* unmanaged<nint, int>)Function("glide_graph_end");
        _graphReplay = (delegate* unmanaged<nint, int>)Function("glide_graph_replay");
        _graphRelease = (delegate* unmanaged<nint, void>)Function("glide_graph_release");
        _copyBegin = (delegate* unmanaged<int, nint>)Function("glide_copy_begin");
        _copyEnd = (delegate* unmanaged<nint, nint, int>)Function("glide_copy_end");
        _peak = (delegate* unmanaged<int, long>)Function("glide_cuda_peak");
        _compile = (delegate* unmanaged<int, byte*, byte*, int, nint>)Function("glide_kernels_compile");
        _normalize = (delegate* unmanaged<nint, CudaNormalizing*, int>)Function("glide_kernels_normalize");
        _add = (delegate* unmanaged<nint, CudaAdding*, int>)Function("glide_kernels_add");
    }

    /// <summary>Tells once why a GPU is slower than it could be; silent if it is not.</summary>
    public static FallbackNotice Notice => s_own.Value.Notice;

    /// <summary>The library for tensors on a device; <c>null</c> if it is not available or not needed.</summary>
    public static CudaLibrary? For(Device device) => device.type == DeviceType.CUDA ? s_own.Value.Library : null;

    public static long? TakePeakBytes(Device device) => For(device)?.TakePeakBytes(device.index);

    /// <summary>Loads the library and resolves its symbols.</summary>
    /// <param name="file">The library's file.</param>
    /// <param name="libtorch">Name of the loaded library in which, with its dependencies, symbols are looked
    /// up.</param>
    /// <returns>The library, or the reason why it is not available.</returns>
    public static (CudaLibrary? Library, string? Fault) Load(string file, string libtorch)
    {
        if (!NativeLibrary.TryLoad(file, out nint handle))
            return (null, $"{Path.GetFileName(file)} is not there or cannot be loaded; 'scripts/setup' builds it");
        if (!NativeLibrary.TryGetExport(handle, "glide_cuda_open", out nint open))
            return (null, $"{Path.GetFileName(file)} is of another version; 'scripts/setup' builds it anew");
        byte* names = stackalloc byte[MostBytesOfNames];
        fixed (byte* name = Encoding.UTF8.GetBytes(libtorch + '\0'))
        {
            if (((delegate* unmanaged<byte*, byte*, int, int>)open)(name, names, MostBytesOfNames) != 0)
                return (null, $"this libtorch lacks {Marshal.PtrToStringUTF8((nint)names)}");
        }
        return (new CudaLibrary(handle), null);
    }

    /// <summary>Peak bytes that libtorch held on a GPU since the last call, cached memory included.</summary>
    /// <param name="index">The GPU's number, or -1 for the current one.</param>
    /// <returns><c>null</c> if that is not known.</returns>
    public long? TakePeakBytes(int index) => _peak(index) is >= 0 and long bytes ? bytes : null;

    /// <summary>Copies a tensor from page-locked memory to a GPU on a stream of its own.</summary>
    /// <returns>A new tensor; <c>null</c> if the copy is not possible.</returns>
    public Tensor? CopyAhead(Tensor locked, Device device)
    {
        nint copying = _copyBegin(device.index);
        if (copying == 0)
            return null;
        Tensor? copy = null;
        bool isWhole = false;
        try
        {
            copy = locked.to(device, non_blocking: true);
        }
        finally
        {
            // Even after a failure the thread must leave the copy stream.
            isWhole = _copyEnd(copying, copy?.Handle ?? 0) == 0;
        }
        if (isWhole)
            return copy;
        copy.Dispose();
        return null;
    }

    /// <summary>Starts to capture this thread's work for a GPU in a graph; 0 on failure.</summary>
    public nint BeginGraph(int index) => _graphBegin(index);

    /// <summary>Ends the capture.</summary>
    /// <returns>Whether the graph is usable.</returns>
    public bool EndGraph(nint recording) => _graphEnd(recording) == 0;

    /// <summary>Replays the graph.</summary>
    /// <returns>Whether the work was submitted.</returns>
    public bool ReplayGraph(nint recording) => _graphReplay(recording) == 0;

    /// <summary>Frees a graph, whether or not its capture has ended.</summary>
    public void ReleaseGraph(nint recording) => _graphRelease(recording);

    /// <summary>Compiles kernels for a GPU; they stay for the life of the process.</summary>
    /// <param name="index">The GPU's number, or -1 for the current one.</param>
    /// <param name="source">The text of native/cuda/kernels.cu.</param>
    /// <returns>The kernels, or 0 and the reason why there are none.</returns>
    public (nint Kernels, string? Fault) CompileKernels(int index, string source)
    {
        byte* fault = stackalloc byte[MostBytesOfNames];
        fixed (byte* text = Encoding.UTF8.GetBytes(source + '\0'))
        {
            nint kernels = _compile(index, text, fault, MostBytesOfNames);
            return kernels != 0 ? (kernels, null) : (0, Marshal.PtrToStringUTF8((nint)fault));
        }
    }

    /// <summary>Starts GroupNorm.</summary>
    /// <returns>Whether the work was submitted.</returns>
    public bool Normalize(nint kernels, CudaNormalizing call) => _normalize(kernels, &call) == 0;

    /// <summary>Starts a sum.</summary>
    /// <returns>Whether the work was submitted.</returns>
    public bool Add(nint kernels, CudaAdding call) => _add(kernels, &call) == 0;

    private static (CudaLibrary? Library, FallbackNotice Notice) LoadOwn()
    {
        var (library, fault) = Load(Path.Combine(AppContext.BaseDirectory, "libglide_cuda.so"), Libtorch);
        return (library, new FallbackNotice("the GPU is told every pass kernel by kernel", fault));
    }
}

/// <summary>Says once why a GPU is told its work the plain way.</summary>
/// <param name="consequence">What that means for the user.</param>
/// <param name="fault">What is missing; <c>null</c> for nothing, of which nothing is said.</param>
internal sealed class FallbackNotice(string consequence, string? fault)
{
    private int _isSaid;

    public void Say(Action<string>? listener)
    {
        if (fault is not null && listener is not null && Interlocked.Exchange(ref _isSaid, 1) == 0)
            listener($"{consequence}, which takes longer: {fault}");
    }
}

/// <summary>Copies of CPU tensors to other devices.</summary>
internal static class DeviceCopies
{
    /// <summary>Copies a CPU tensor to a device without waiting for earlier work of that device.</summary>
    /// <param name="host">On the CPU; not disposed.</param>
    /// <param name="device">Target device.</param>
    /// <returns>A new tensor; on the CPU it may share the memory of <paramref name="host"/>.</returns>
    /// <remarks>
    /// A GPU copies from page-locked memory by itself: the CPU continues at once and has drawn the noise
    /// of the next step long before it is needed. With libglide_cuda the copy does not even wait for
    /// the network. libtorch keeps such memory until the copy is done, even if the tensor is disposed earlier.
    /// </remarks>
    public static Tensor To(Tensor host, Device device)
    {
        if (device.type != DeviceType.CUDA)
            return host.to(device);
        using var scope = NewDisposeScope();
        var locked = host.pin_memory();
        var copy = CudaLibrary.For(device)?.CopyAhead(locked, device) ?? locked.to(device, non_blocking: true);
        return copy.MoveToOuterDisposeScope();
    }
}

// The structs of native/cuda/kernels.h, field by field.

/// <summary>GroupNorm on a GPU, fused with what follows it.</summary>
[StructLayout(LayoutKind.Sequential)]
internal struct CudaNormalizing
{
    public nint Output, Input, Weight, Bias, ScaleShift, Moments;
    public long Images, Height, Width, Channels;
    public float Epsilon;
    public int Type, Activates, OutputIsFloat;
}

/// <summary>A sum of images and a bias on a GPU, in place.</summary>
[StructLayout(LayoutKind.Sequential)]
internal struct CudaAdding
{
    public nint Images, Bias, Added;
    public long Count, Height, Width, Channels;
    public int Type, Enlarges;
}

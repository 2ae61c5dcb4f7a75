using System.Runtime.InteropServices;
using Glide.Runtime;
using TorchSharp;

namespace Glide.Models.Ops;

/// <summary>The functions of libglide_fast; see native/cpu/glide_fast.h. The library may be missing.</summary>
internal static unsafe partial class NativeOpsLibrary
{
    private const string Library = "glide_fast";
    private const int WidestVector = 512;
    private const int Avx2Vector = 256;
    private static readonly Lazy<nint> s_library = new(Load);
    private static readonly Lazy<int> s_level = new(Choose);

    /// <summary>Kernels that this machine can run: 0 none, 1 float32, 2 float32 and bf16.</summary>
    /// <remarks>The first call chooses the kernels for the whole process.</remarks>
    public static int Level => s_level.Value;

    /// <summary>
    /// The value of <see cref="Level"/> if <see cref="KernelChoice.Chosen"/> were <paramref name="wish"/>.
    /// </summary>
    public static int LevelFor(string? wish) => s_library.Value == 0 ? 0 : glide_fast_level(WidthFor(wish));

    /// <summary>Whether this processor can run kernels for a type.</summary>
    public static bool Computes(torch.ScalarType type) => Computes(type, Level);

    /// <summary>Whether a level, as in <see cref="Level"/>, has kernels for a type.</summary>
    public static bool Computes(torch.ScalarType type, int level) => type switch
    {
        torch.ScalarType.Float32 => level >= 1,
        torch.ScalarType.BFloat16 => level >= 2,
        _ => false,
    };

    [LibraryImport(Library)]
    internal static partial int glide_fast_join(in Joining call);

    [LibraryImport(Library)]
    internal static partial int glide_fast_pack_float32(in Packing call);

    [LibraryImport(Library)]
    internal static partial int glide_fast_pack_bfloat16(in Packing call);

    [LibraryImport(Library)]
    internal static partial int glide_fast_convolve_float32(in Convolving call);

    [LibraryImport(Library)]
    internal static partial int glide_fast_convolve_bfloat16(in Convolving call);

    [LibraryImport(Library)]
    internal static partial int glide_fast_normalize_float32(in Normalizing call);

    [LibraryImport(Library)]
    internal static partial int glide_fast_normalize_bfloat16(in Normalizing call);

    [LibraryImport(Library)]
    internal static partial int glide_fast_attend_float32(in Attending call);

    [LibraryImport(Library)]
    internal static partial int glide_fast_attend_bfloat16(in Attending call);

    [LibraryImport(Library)]
    internal static partial int glide_fast_halve_float32(in Halving call);

    [LibraryImport(Library)]
    internal static partial int glide_fast_halve_bfloat16(in Halving call);

    [LibraryImport(Library)]
    private static partial int glide_fast_level(int widest);

    [LibraryImport(Library)]
    private static partial void glide_fast_choose(int widest);

    /// <summary>Throws if a function ran out of memory.</summary>
    internal static void Check(int status)
    {
        if (status != 0)
            throw new InsufficientMemoryException("memory ran out in a network's kernel");
    }

    // In bits. GLIDE_KERNELS=avx2 limits a processor with AVX-512 to AVX2.
    private static int WidthFor(string? wish) => wish == KernelChoice.Avx2 ? Avx2Vector : WidestVector;

    private static int Choose()
    {
        string? wish = KernelChoice.Chosen;
        if (s_library.Value != 0)
            glide_fast_choose(WidthFor(wish));
        return LevelFor(wish);
    }

    private static nint Load()
    {
        // libtorch brings its own libgomp; if it is loaded first, both libraries share it and one thread pool.
        Libtorch.Load();
        string file = Path.Combine(AppContext.BaseDirectory, "libglide_fast.so");
        if (RuntimeInformation.ProcessArchitecture != Architecture.X64 || !File.Exists(file)
            || !NativeLibrary.TryLoad(file, out nint library))
        {
            return 0;
        }
        NativeLibrary.SetDllImportResolver(typeof(NativeOpsLibrary).Assembly, (name, _, _) => name == Library
            ? library
            : 0);
        return library;
    }
}

// The structs of native/cpu/glide_fast.h, field by field.

/// <summary>Reorders weights for the convolutions.</summary>
[StructLayout(LayoutKind.Sequential)]
internal struct Packing
{
    public nint Packed, Weights;
    public long Outputs, Inputs, Taps;
    public int Threads;
}

/// <summary>A convolution with an optional addition.</summary>
[StructLayout(LayoutKind.Sequential)]
internal struct Convolving
{
    public nint Output, Input, Packed, Bias, Added;
    public long Images, Height, Width, Inputs, Outputs, Kernel;
    public int InputEnlarged, AddedEnlarged, WrapsX, WrapsY, Threads;
}

/// <summary>GroupNorm, fused with what follows it.</summary>
[StructLayout(LayoutKind.Sequential)]
internal struct Normalizing
{
    public nint Output, Input, Weight, Bias, ScaleShift;
    public long Images, Pixels, Channels, Groups;
    public float Epsilon;
    public int Activates, OutputIsFloat, Threads;
}

/// <summary>Attention over text and pixels.</summary>
[StructLayout(LayoutKind.Sequential)]
internal struct Attending
{
    public nint Output, Input, Text;
    public long Images, Pixels, Heads, Width, Tokens;
    public int Threads;
}

/// <summary>Concatenates channels.</summary>
[StructLayout(LayoutKind.Sequential)]
internal struct Joining
{
    public nint Output, First, Second;
    public long Pixels, FirstBytes, SecondBytes;
    public int Threads;
}

/// <summary>Means of 2×2 pixels.</summary>
[StructLayout(LayoutKind.Sequential)]
internal struct Halving
{
    public nint Output, Input;
    public long Images, Height, Width, Channels;
    public int Threads;
}
